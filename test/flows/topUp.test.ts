import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import * as Envelope from '../../src/Envelope.js'
import type { Fetch } from '../../src/client/createWire.js'
import { topUp } from '../../src/flows/topUp.js'
import * as Network from '../../src/Network.js'
import * as Venice from '../../src/Venice.js'
import { createBuyer } from '../support/createBuyer.js'
import { serve } from '../support/serve.js'
import { entryV2, payTo } from '../support/x402.js'

const { asset } = Network.networks['base-sepolia']
const ours = entryV2({ asset, extra: { name: 'USDC', version: '2' }, network: 'eip155:84532' })

/** A shop that asks for payment in several ways, and takes none. As Venice itself, it is on Base. */
async function setup(accepts: readonly object[], { isVenice = false } = {}) {
  const server = await serve(() => Response.json({ accepts, x402Version: 2 }, { status: 402 }))
  const apiUrl = `${server.url}/api/v1`
  const asVenice = {
    apiUrl: Venice.apiUrl,
    client: {
      tap:
        (inner: Fetch): Fetch =>
        (url, init) =>
          inner(url.replace(Venice.apiUrl, apiUrl), init),
    },
    network: Network.networks.base,
  }
  const buyer = await createBuyer({ rpc: false, ...(isVenice ? asVenice : { apiUrl }) })
  return {
    ...buyer,
    /** The payments that arrived, as they were sent. */
    sent: () => server.requests.flatMap(({ headers }) => headers['payment-signature'] ?? []),
    topUp: () => topUp(buyer.zecchino, { amount: 5_000_000n, credit: 0n, payments: 0 }),
    async [Symbol.asyncDispose]() {
      await buyer[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

test('behavior: the offer of our network is paid, not the bait before it', async () => {
  const bait = entryV2({ payTo: `0x${'ba'.repeat(20)}` })
  await using shop = await setup([bait, ours])

  expect(await shop.topUp()).toMatchObject({ payTo, status: 'unknown' })

  const [payment] = shop.sent().map((text) => JSON.parse(atob(String(text))) as object)
  expect(payment).toMatchObject({ accepted: ours, payload: { authorization: { to: payTo } } })
})

const stranger = `0x${'ba'.repeat(20)}` as const

test('behavior: Venice’s own payee is pinned before anybody has named one', async () => {
  await using shop = await setup([entryV2({ payTo: Venice.payee })], { isVenice: true })

  expect(await shop.topUp()).toMatchObject({ payTo: Venice.payee })

  expect(await shop.zecchino.ledger.state()).toMatchObject({ payee: Venice.payee })
})

test.each([
  ['another payee', [entryV2({ payTo: stranger })]],
  ['another payee, with its own behind', [entryV2({ payTo: stranger }), entryV2()]],
])('error: Venice names %s at first sight ⇒ nothing is signed', async (_, accepts) => {
  await using shop = await setup(accepts, { isVenice: true })

  await expect(shop.topUp()).rejects.toMatchObject({
    code: 'PAYEE_CHANGED',
    message: expect.stringContaining(Venice.payee),
  })

  expect(shop.sent()).toEqual([])
  expect(await shop.zecchino.ledger.payments()).toEqual([])
})

test('behavior: whom the owner trusts is paid, though it is not Venice’s own', async () => {
  await using shop = await setup([entryV2({ payTo: stranger })], { isVenice: true })
  await shop.zecchino.ledger.trustPayee(stranger)

  expect(await shop.topUp()).toMatchObject({ payTo: stranger })
})

test.each([
  [Venice.apiUrl, 'base', Venice.payee],
  ['https://API.venice.ai:443/api/v2', 'base', Venice.payee],
  [Venice.apiUrl, 'base-sepolia', undefined],
  ['https://venice.ai/api/v1', 'base', undefined],
  ['https://api.venice.ai.evil.example/api/v1', 'base', undefined],
  ['https://api.venice.ai:444/api/v1', 'base', undefined],
  ['http://127.0.0.1:4020/api/v1', 'base', undefined],
] as const)('behavior: the payee of %s on %s', (apiUrl, name, known) => {
  expect(Venice.payeeOf(apiUrl, Network.networks[name])).toBe(known)
})

test('error: where only another network is offered, nothing is signed', async () => {
  await using shop = await setup([entryV2()])

  await expect(shop.topUp()).rejects.toMatchObject({ code: 'UNSUPPORTED_PAYMENT' })

  expect(await shop.zecchino.ledger.payments()).toEqual([])
})

test('behavior: the signed payment is on record before it leaves, and sealed', async () => {
  await using shop = await setup([ours])
  await shop.topUp()

  const [payment] = await shop.zecchino.ledger.payments()
  const [sent = ''] = shop.sent().map(String)
  expect(sent.length).toBeGreaterThan(100)
  const kept = shop.zecchino.seal.open(payment?.sealedTransfer ?? '')
  expect(Envelope.open(kept).map(({ header }) => header)).toContain(sent)
  const { payload } = JSON.parse(atob(sent)) as { payload: { signature: string } }
  const stored = ['', '-wal']
    .map((suffix) => join(shop.home, `ledger.sqlite${suffix}`))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'latin1'))
    .join('')
  expect(stored).toContain(payment?.sealedTransfer)
  expect(stored).not.toContain(sent)
  expect(stored).not.toContain(payload.signature)
})
