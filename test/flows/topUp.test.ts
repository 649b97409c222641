import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import * as Envelope from '../../src/Envelope.js'
import { topUp } from '../../src/flows/topUp.js'
import * as Network from '../../src/Network.js'
import { createBuyer } from '../support/createBuyer.js'
import { serve } from '../support/serve.js'
import { entryV2, payTo } from '../support/x402.js'

const { asset } = Network.networks['base-sepolia']
const ours = entryV2({ asset, extra: { name: 'USDC', version: '2' }, network: 'eip155:84532' })

/** A shop that asks for payment in several ways, and takes none. */
async function setup(accepts: readonly object[]) {
  const server = await serve(() => Response.json({ accepts, x402Version: 2 }, { status: 402 }))
  const buyer = await createBuyer({ apiUrl: `${server.url}/api/v1`, rpc: false })
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
