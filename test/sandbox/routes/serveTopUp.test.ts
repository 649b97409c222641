import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { expect, test } from 'vitest'

import { base64, setup } from '../support/client.js'

type It = Awaited<ReturnType<typeof setup>>

const funded = async (options?: Parameters<typeof setup>[0]) => {
  const it = await setup(options)
  await it.api.control('/fund', { address: it.person.address, usdc: '100' })
  return it
}
const reasonOf = async (response: Response) => {
  const body = (await response.json()) as { details?: { reason?: string }; error?: string }
  return `${response.status} ${body.error} ${body.details?.reason}`
}

test.each(['PAYMENT-SIGNATURE', 'X-402-Payment', 'X-PAYMENT'])('behavior: %s', async (name) => {
  await using it = await funded()
  const response = await it.api.topUp(await it.api.payment(), name)
  expect(response.status).toBe(200)
  const receipt = Buffer.from(response.headers.get('payment-response') ?? '', 'base64').toString()
  expect(JSON.parse(receipt)).toEqual({
    network: 'eip155:84532',
    payer: it.person.address,
    success: true,
    transaction: expect.stringMatching(/^0x[0-9a-f]{64}$/),
  })
})

test('behavior: the flat shape with either name of the network, the full shape, any capitals', async () => {
  await using it = await funded()
  const { accepts } = (await (await it.api.topUp('')).json()) as { accepts: object[] }
  const full = async (accepted: object) => {
    const { payload, x402Version } = await it.api.payment()
    return { accepted, payload, x402Version }
  }
  const shapes = [
    await it.api.payment({ change: { network: 'eip155:84532' } }),
    await it.api.payment({ value: 7_340_000n }),
    await full(accepts[0] ?? {}),
    await full({ ...accepts[0], extra: { added: 1, name: 'USDC', version: '2' } }),
  ]
  const loud = await it.api.payment()
  loud.payload.authorization['from'] = `0x${it.person.address.slice(2).toUpperCase()}`
  for (const shape of [...shapes, loud]) expect((await it.api.topUp(shape)).status).toBe(200)
  const { wallets } = await it.api.state()
  expect(wallets).toMatchObject([{ credit_usd: '27.34', usdc: '72.66' }])
})

const refused: [name: string, reason: string, payment: (it: It) => Promise<unknown>][] = [
  [
    'a changed offer',
    '400 INVALID_PAYMENT accepted is not an offer of this server',
    async ({ api }) => {
      const { accepts } = (await (await api.topUp('')).json()) as { accepts: object[] }
      const { payload } = await api.payment()
      return { accepted: { ...accepts[0], maxTimeoutSeconds: 60 }, payload, x402Version: 2 }
    },
  ],
  [
    'an amount that is not the accepted one',
    '400 INVALID_AMOUNT the value is not the amount of the accepted offer',
    async ({ api }) => {
      const { accepts } = (await (await api.topUp('')).json()) as { accepts: object[] }
      const { payload } = await api.payment({ value: 6_000_000n })
      return { accepted: accepts[0], payload, x402Version: 2 }
    },
  ],
  [
    'version 1',
    '400 INVALID_PAYMENT_FORMAT the header is not base64 JSON of an x402 v2 payment',
    ({ api }) => api.payment({ change: { x402Version: 1 } }),
  ],
  [
    'Solana',
    '400 UNSUPPORTED_NETWORK the network is not base-sepolia',
    ({ api }) => api.payment({ change: { network: 'solana' } }),
  ],
  [
    'a stranger’s signature',
    '400 PAYMENT_VERIFICATION_FAILED invalid_exact_evm_signature',
    ({ api }) => api.payment({ signer: privateKeyToAccount(generatePrivateKey()) }),
  ],
  [
    'five seconds left',
    '400 PAYMENT_VERIFICATION_FAILED invalid_exact_evm_payload_authorization_valid_before',
    async ({ api }) => {
      const now = BigInt(Math.floor((await api.time()).getTime() / 1_000))
      return api.payment({ authorization: { validBefore: now + 5n } })
    },
  ],
  [
    'not yet valid',
    '400 PAYMENT_VERIFICATION_FAILED invalid_exact_evm_payload_authorization_valid_after',
    async ({ api }) => {
      const now = BigInt(Math.floor((await api.time()).getTime() / 1_000))
      return api.payment({ authorization: { validAfter: now + 60n } })
    },
  ],
  [
    'more than there is',
    '400 PAYMENT_VERIFICATION_FAILED invalid_exact_evm_insufficient_balance',
    ({ api }) => api.payment({ value: 100_000_001n }),
  ],
  [
    'a nonce that paid before',
    '400 PAYMENT_VERIFICATION_FAILED invalid_exact_evm_nonce_already_used',
    async ({ api }) => {
      const first = await api.payment()
      await api.topUp(first)
      const nonce = first.payload.authorization['nonce'] as `0x${string}`
      return api.payment({ authorization: { nonce }, value: 6_000_000n })
    },
  ],
  [
    'a value above 256 bits',
    '400 INVALID_AMOUNT the value is not a whole number of base units',
    async ({ api }) => {
      const { payload } = await api.payment()
      const authorization = { ...payload.authorization, value: (2n ** 256n).toString() }
      return api.payment({ change: { payload: { ...payload, authorization } } })
    },
  ],
]

test.each(refused)('error: %s', async (_name, reason, payment) => {
  await using it = await funded()
  expect(await reasonOf(await it.api.topUp(await payment(it)))).toBe(reason)
  const { settlements, wallets } = await it.api.state()
  const paid = settlements.length * 5
  expect(wallets[0]?.usdc).toBe(String(100 - paid))
})

test('error: the token refuses what the seller lets through', async () => {
  // A clock that stands still: the seller allows `validAfter` to be this second, the token does not.
  const at = new Date()
  await using it = await funded({ now: () => at })
  const validAfter = BigInt(Math.floor(at.getTime() / 1_000))
  const response = await it.api.topUp(await it.api.payment({ authorization: { validAfter } }))
  expect([response.status, await response.json()]).toMatchObject([
    402,
    { error: 'SETTLEMENT_FAILED' },
  ])
  const { requests, wallets } = await it.api.state()
  expect(requests.at(-1)?.['verdict']).toBe(
    'settlement failed: FiatTokenV2: authorization is not yet valid',
  )
  expect(wallets).toMatchObject([{ usdc: '100' }])
})

test('behavior: a payment is not asked for elsewhere, and its header is never on record', async () => {
  await using it = await funded()
  const payment = await it.api.payment()
  await it.api.topUp(payment)
  const state = JSON.stringify(await it.api.state())
  expect(state).not.toContain(payment.payload.signature)
  expect(state).not.toContain(base64(payment).slice(0, 60))
})
