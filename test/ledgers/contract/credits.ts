import { expect, test } from 'vitest'

import * as Clock from '../../../src/Clock.js'
import type * as Ledger from '../../../src/Ledger.js'
import { caps, pay, paymentOf, price, reserve, rowOf } from '../../support/purchases.js'
import type { Store } from '../../support/stores.js'

const five = 5_000_000n

/** What credit there is: a payment counts until the balance, or the provider's rows, show it. */
export function credits(setup: () => Promise<Store>) {
  async function open() {
    const store = await setup()
    let ahead = 0
    const began = Date.parse('2026-03-01T12:00:00Z')
    const now = () => new Date(began + ahead)
    const ledger = await store.open({ now })
    return {
      advance: (ms: number) => void (ahead += ms),
      ledger,
      now,
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    }
  }

  /** Sends a job that was set aside, and takes it to where its price has left the credit. */
  async function send(ledger: Ledger.Ledger, id: string): Promise<void> {
    const patch = { sentAt: await ledger.now() }
    await ledger.moveJob(id, { from: 'reserved', patch, to: 'sending' })
    await ledger.moveJob(id, { from: 'sending', patch: { queueId: id }, to: 'queued' })
  }

  test('behavior: without a payment the credit is the balance', async () => {
    await using it = await open()
    const shown = { credit: 3n, isBooked: false, late: 0n }
    expect(await it.ledger.creditOf(3n)).toEqual(shown)
    await pay(it.ledger, 'p', { to: 'unknown' })
    expect(await it.ledger.creditOf(3n)).toEqual(shown)
    await it.ledger.movePayment('p', { from: 'unknown', to: 'failed_unpaid' })
    expect(await it.ledger.creditOf(3n)).toEqual(shown)
  })

  test('behavior: a credited payment counts until the balance shows it, for so long', async () => {
    await using it = await open()
    await pay(it.ledger, 'p', { credit: 40_000n, to: 'credited' })
    const late = { credit: 5_040_000n, fresh: { id: 'p' }, isBooked: false, late: five }
    expect(await it.ledger.creditOf(40_000n)).toMatchObject(late)
    expect(await it.ledger.creditOf(5_040_000n)).toMatchObject({ credit: 5_040_000n, late: 0n })
    expect(await it.ledger.creditOf(7_000_000n)).toMatchObject({ credit: 7_000_000n, late: 0n })
    it.advance(Clock.showing - 1)
    expect(await it.ledger.creditOf(40_000n)).toMatchObject(late)
    it.advance(1)
    expect(await it.ledger.creditOf(40_000n)).toEqual({
      credit: 40_000n,
      isBooked: false,
      late: 0n,
    })
  })

  test('behavior: what was bought since is none any more, unless it was refunded', async () => {
    await using it = await open()
    const before = await reserve(it.ledger, 'before')
    await send(it.ledger, before)
    it.advance(1_000)
    await pay(it.ledger, 'p', { to: 'credited' })
    expect(await it.ledger.creditOf(0n)).toMatchObject({ credit: five })
    const id = await reserve(it.ledger, 'q')
    expect(await it.ledger.creditOf(0n)).toMatchObject({ credit: five })
    await send(it.ledger, id)
    expect(await it.ledger.creditOf(0n)).toMatchObject({ credit: five - price })
    const createdAt = it.now().toISOString()
    await it.ledger.recordRows([
      rowOf('charge', { createdAt }),
      rowOf('refund', { amount: price, createdAt, type: 'REFUND' }),
    ])
    await it.ledger.linkRow('charge', id)
    await it.ledger.linkRow('refund', id)
    expect(await it.ledger.creditOf(0n)).toMatchObject({ credit: five })
  })

  test('behavior: a balance that the provider’s rows show since is no late one', async () => {
    await using it = await open()
    await pay(it.ledger, 'p', { credit: 1n, to: 'credited' })
    const row = (id: string, seconds: number, balanceAfter: bigint, amount: bigint) =>
      rowOf(id, {
        amount,
        balanceAfter,
        createdAt: new Date(it.now().getTime() + seconds * 1_000).toISOString(),
        ...(amount > 0n && { type: 'TOP_UP' }),
      })
    await it.ledger.recordRows([
      row('before', -60, 1n, -price),
      row('top_up', 1, five + 1n, five),
      row('foreign', 2, five - 9n, -10n),
    ])
    expect(await it.ledger.creditOf(five - 9n)).toMatchObject({ credit: five + 1n, late: 10n })
    await it.ledger.linkRow('top_up', 'p')
    expect(await it.ledger.creditOf(five - 9n)).toMatchObject({
      credit: five - 9n,
      isBooked: true,
      late: 0n,
    })
    expect(await it.ledger.creditOf(1n)).toMatchObject({ credit: five + 1n, isBooked: true })
  })

  test('behavior: the cap on the credit counts what is late, and so does the next payment', async () => {
    await using it = await open()
    await pay(it.ledger, 'p', { to: 'credited' })
    const tight = { ...caps, credit: 9_999_999n }
    const next = { at: it.now(), payments: 1 }
    expect(await it.ledger.reservePayment(paymentOf('r', { ...next, caps: tight }))).toEqual({
      asked: five,
      cap: 9_999_999n,
      refused: 'budget',
      scope: 'credit',
      used: five,
    })
    await pay(it.ledger, 'r', { ...next, to: 'credited' })
    expect(await it.ledger.creditOf(0n)).toMatchObject({ credit: 2n * five, fresh: { id: 'r' } })
  })

  test('behavior: money that the owner gave up is no credit', async () => {
    await using it = await open()
    await pay(it.ledger, 'p', { to: 'paid_not_credited' })
    await it.ledger.unfreeze('seen')
    await it.ledger.movePayment('p', { from: 'paid_not_credited', to: 'abandoned' })
    expect(await it.ledger.creditOf(0n)).toEqual({ credit: 0n, isBooked: false, late: 0n })
  })
}
