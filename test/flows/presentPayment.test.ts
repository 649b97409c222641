import { expect, test } from 'vitest'

import { presentPayment } from '../../src/flows/presentPayment.js'
import { raiseCredit } from '../../src/flows/raiseCredit.js'
import { resolvePayment } from '../../src/flows/resolvePayment.js'
import { topUp } from '../../src/flows/topUp.js'
import * as Network from '../../src/Network.js'
import { type Envelopes, envelopes } from '../../src/sandbox/envelopes.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import * as X402 from '../../src/X402.js'
import { control, createBuyer } from '../support/createBuyer.js'
import { type Reply, serve } from '../support/serve.js'
import { entryV2 } from '../support/x402.js'

const { asset } = Network.networks['base-sepolia']
const ours = entryV2({ asset, extra: { name: 'USDC', version: '2' }, network: 'eip155:84532' })
const format = { error: 'INVALID_PAYMENT_FORMAT', message: 'Invalid payment header' }
const reply = (status: number, json: unknown) => Response.json(json, { status })

/** What a wallet without rows is told. */
const none = {
  currentBalance: 0,
  pagination: { hasMore: false, limit: 100, offset: 0 },
  transactions: [],
  walletAddress: '0x0',
}

type Shape = { accepted?: { amount: string }; payload: { signature: string }; scheme?: string }

/** The name of an envelope, told by somebody who has not seen how it was made. */
function nameOf({ accepted, scheme }: Shape): string {
  if (!accepted) return 'flat'
  if (scheme !== undefined) return 'labelled'
  return accepted.amount === '8000000' ? 'full' : 'unchanged'
}

/** A server that asks for $5 and answers payments of $8 as told, one after the other. */
async function setup(answers: readonly (() => Promise<Reply> | Reply)[]) {
  const sent: Shape[] = []
  const left = [...answers]
  const onRecord: string[][] = []
  const server = await serve(async ({ headers, path }) => {
    const header = headers['payment-signature']
    if (path.includes('transactions')) return { data: none, success: true }
    if (header === undefined) return reply(402, { accepts: [ours], x402Version: 2 })
    const [payment] = await buyer.zecchino.ledger.payments()
    const attempts = await buyer.zecchino.ledger.attempts(payment?.id ?? '')
    onRecord.push(attempts.map(({ envelope }) => envelope))
    sent.push(JSON.parse(Buffer.from(String(header), 'base64').toString()) as Shape)
    return (left.shift() ?? (() => reply(400, format)))()
  })
  const buyer = await createBuyer({ apiUrl: `${server.url}/api/v1`, rpc: false })
  const { ledger } = buyer.zecchino
  return {
    ...buyer,
    ledger,
    /** What was on record when each arrived. */
    onRecord,
    present: (id: string) => presentPayment(buyer.zecchino, id),
    /** What has arrived, and its names. */
    shapes: () => sent,
    sent: () => sent.map(nameOf),
    signatures: () => new Set(sent.map(({ payload }) => JSON.stringify(payload))).size,
    topUp: () => topUp(buyer.zecchino, { amount: 8_000_000n, credit: 0n, payments: 0 }),
    async [Symbol.asyncDispose]() {
      await buyer[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

test('behavior: each envelope is on record before it leaves, and all carry one signature', async () => {
  await using shop = await setup([])
  const { id } = await shop.topUp()

  expect(shop.sent()).toEqual(['full', 'unchanged', 'labelled', 'flat'])
  expect(shop.onRecord).toEqual([
    ['full'],
    ['full', 'unchanged'],
    ['full', 'unchanged', 'labelled'],
    ['full', 'unchanged', 'labelled', 'flat'],
  ])
  expect(shop.signatures()).toBe(1)
  expect(await shop.ledger.findPayment(id)).toMatchObject({
    detail: 'every form was refused: INVALID_PAYMENT_FORMAT',
    status: 'unknown',
  })
})

test('behavior: once every form is refused it is looked for, and not sent any more', async () => {
  await using shop = await setup([])
  const payment = await shop.topUp()

  await resolvePayment(shop.zecchino, payment)
  expect(await shop.present(payment.id)).toMatchObject({ status: 'unknown' })

  expect(shop.sent()).toHaveLength(4)
  expect((await shop.ledger.usage()).topUpsPerDay).toBe(1n)
  const again = { amount: 8_000_000n, credit: 0n, payments: 1 }
  await expect(topUp(shop.zecchino, again)).rejects.toMatchObject({ code: 'PAYMENT_UNRESOLVED' })
  expect(shop.signatures()).toBe(1)
})

test('behavior: the codes are told, each once', async () => {
  await using shop = await setup([
    () => reply(400, { error: 'INVALID_AMOUNT' }),
    () => reply(400, { error: 'INVALID_PAYMENT' }),
    () => reply(400, { error: 'INVALID_PAYMENT' }),
  ])
  expect((await shop.topUp()).detail).toBe(
    'every form was refused: INVALID_AMOUNT, INVALID_PAYMENT, INVALID_PAYMENT_FORMAT',
  )
})

test.each<[string, () => Reply]>([
  ['504', () => reply(504, { error: 'SETTLEMENT_TIMEOUT' })],
  ['429', () => reply(429, { error: 'Rate limit exceeded' })],
  [
    'a connection that ends',
    () => {
      throw new Error('dropped')
    },
  ],
  ['402 SETTLEMENT_FAILED', () => reply(402, { error: 'SETTLEMENT_FAILED' })],
  ['409 PAYMENT_IN_PROGRESS', () => reply(409, { error: 'PAYMENT_IN_PROGRESS' })],
  ['400 about what is signed', () => reply(400, { error: 'PAYMENT_VERIFICATION_FAILED' })],
  ['an edge that says 400', () => new Response('<html>', { status: 400 })],
])('behavior: after %s the same envelope comes first', async (_, answer) => {
  await using shop = await setup([() => reply(400, format), answer])
  const { id } = await shop.topUp()
  expect(shop.sent()).toEqual(['full', 'unchanged'])

  await shop.present(id)

  expect(shop.sent()).toEqual(['full', 'unchanged', 'unchanged', 'labelled', 'flat'])
  expect(shop.signatures()).toBe(1)
  expect(await shop.ledger.findPayment(id)).toMatchObject({
    detail: 'every form was refused: INVALID_PAYMENT_FORMAT',
  })
})

test('behavior: two that present at once settle on one signature', async () => {
  await using shop = await setup([() => reply(504, {})])
  const { id } = await shop.topUp()

  await Promise.all([shop.present(id), shop.present(id), shop.present(id)])

  expect(shop.signatures()).toBe(1)
  expect(await shop.ledger.attempts(id)).toMatchObject(
    ['full', 'unchanged', 'labelled', 'flat'].map((envelope) => ({
      envelope,
      refused: 'INVALID_PAYMENT_FORMAT',
    })),
  )
})

test('behavior: ended by its owner in between, nothing more leaves', async () => {
  await using shop = await setup([
    async () => {
      const [{ id, status } = { id: '', status: 'sent' as const }] = await shop.ledger.payments()
      await shop.ledger.movePayment(id, { from: status, to: 'failed_unpaid' })
      return reply(400, format)
    },
  ])
  expect(await shop.topUp()).toMatchObject({ status: 'failed_unpaid' })
  expect(shop.sent()).toEqual(['full'])
})

test('behavior: a wallet frozen in between tries no other envelope until its owner acts', async () => {
  await using shop = await setup([
    async () => {
      await shop.ledger.freeze('stop')
      return reply(400, format)
    },
  ])
  const { id } = await shop.topUp()
  await shop.present(id)
  expect(shop.sent()).toEqual(['full'])

  await shop.ledger.unfreeze('seen')
  await shop.present(id)
  expect(shop.sent()).toEqual(['full', 'unchanged', 'labelled', 'flat'])
})

test('behavior: what an earlier version kept is presented as it is, and nothing is made of it', async () => {
  await using shop = await setup([() => reply(504, {})])
  const { ledger, zecchino } = shop
  const header = X402.encode({ payload: { kept: 'before' }, x402Version: 2 })
  const payment = {
    amount: 8_000_000n,
    id: 'payment_old',
    nonce: `0x${'1'.repeat(64)}`,
    payTo: `0x${'2'.repeat(40)}`,
    validBefore: new Date(Date.now() + 300_000),
  } as const
  const caps = { credit: 10_000_000n, paid: 10_000_000n, perDay: 1n, topUpsPerDay: 1n, total: 1n }
  await ledger.reservePayment({ agreed: payment.amount, caps, credit: 0n, payment, payments: 0 })
  const sealedTransfer = zecchino.seal.seal(header)
  const { id } = payment
  await ledger.movePayment(id, { from: 'intent', patch: { sealedTransfer }, to: 'signed' })

  await shop.present(id)
  await shop.present(id)
  await shop.present(id)

  const kept = JSON.parse(Buffer.from(header, 'base64').toString()) as object
  expect(shop.shapes()).toEqual([kept, kept])
  expect(await ledger.attempts(id)).toMatchObject([{ envelope: 'kept', refused: format.error }])
})

/** The envelope that a server takes at last, and what it said to those before. */
const ends: Record<Envelopes, { envelope?: string; tried: number }> = {
  both: { envelope: 'full', tried: 1 },
  full: { envelope: 'full', tried: 1 },
  'full-unchanged': { envelope: 'unchanged', tried: 2 },
  'full-labelled': { envelope: 'labelled', tried: 3 },
  flat: { envelope: 'flat', tried: 4 },
  none: { tried: 4 },
}

test.each(envelopes)('default: $8 at a sandbox that takes %s', async (takes) => {
  await using sandbox = await listenSandbox({ envelopes: takes, speed: 200 })
  await using buyer = await createBuyer({ apiUrl: sandbox.apiUrl })
  const { fund, state } = control(sandbox.controlUrl)
  await fund(buyer.address, '20')
  const { envelope, tried } = ends[takes]

  const { payment } = await raiseCredit(buyer.zecchino, { credit: 8_000_000n })

  const attempts = await buyer.zecchino.ledger.attempts(payment?.id ?? '')
  expect(attempts).toHaveLength(tried)
  const { settlements, wallets } = await state()
  if (envelope) {
    expect(payment).toMatchObject({ amount: 8_000_000n, status: 'credited' })
    expect(payment?.detail).toBe(tried > 1 ? `taken as ${envelope}` : undefined)
    expect(attempts.at(-1)).toMatchObject({ envelope, refused: undefined })
    expect(settlements).toMatchObject([{ amount_usd: '8', nonce: payment?.nonce, presented: 1 }])
    expect(wallets).toMatchObject([{ credit_usd: '8', usdc: '12' }])
  } else {
    expect(payment).toMatchObject({
      detail: 'every form was refused: INVALID_PAYMENT_FORMAT',
      status: 'unknown',
    })
    expect(settlements).toEqual([])
    expect(wallets).toMatchObject([{ credit_usd: '0', usdc: '20' }])
  }
  const signed = buyer.events.filter(({ type }) => type === 'topup.signed')
  expect(signed).toHaveLength(1)
})

test.each(['both', 'full', 'full-unchanged', 'full-labelled', 'flat'] as const)(
  'behavior: the entry of May is understood, at a sandbox that takes %s',
  async (takes) => {
    const omit = ['scheme', 'maxTimeoutSeconds', 'extra']
    const may = { kind: 'offer', omit, route: 'top-up-discovery', times: 'always' } as const
    await using sandbox = await listenSandbox({ envelopes: takes, faults: [may], speed: 200 })
    await using buyer = await createBuyer({ apiUrl: sandbox.apiUrl })
    const { fund, state } = control(sandbox.controlUrl)
    await fund(buyer.address, '20')

    const { payment } = await raiseCredit(buyer.zecchino, {})

    expect(payment).toMatchObject({ amount: 5_000_000n, status: 'credited' })
    expect((await state()).settlements).toHaveLength(1)
  },
)
