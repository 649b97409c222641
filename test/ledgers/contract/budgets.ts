import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { caps, jobOf, price, quoteOf, reserve, rowOf } from '../../support/purchases.js'
import type { Store } from '../../support/stores.js'

const refundOf = (id: string, amount: bigint) => rowOf(id, { amount, type: 'REFUND' })
const day = (text: string) => new Date(`${text}Z`)

/** Budgets: what is booked, what is given back, and what is refused. */
export function budgets(setup: () => Promise<Store>) {
  test('behavior: a job is booked on the day and on the total', async () => {
    await using store = await setup()
    const ledger = await store.open()

    const id = await reserve(ledger, 'q', { price: 1_234_567n })

    expect(await ledger.usage()).toEqual({
      paid: 0n,
      perDay: 1_234_567n,
      topUpsPerDay: 0n,
      total: 1_234_567n,
    })
    expect((await ledger.findJob(id))?.status).toBe('reserved')
  })

  test('behavior: the last micro-dollar fits and the next does not', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await reserve(ledger, 'most', { price: caps.perDay - 1n })
    await ledger.saveQuote(quoteOf('q'))
    const before = await ledger.events()

    const refused = await ledger.reserveJob({ caps, job: jobOf('q', { price: 2n }) })

    expect(refused).toEqual({
      asked: 2n,
      cap: 10_000_000n,
      refused: 'budget',
      scope: 'perDay',
      used: 9_999_999n,
    })
    expect(await ledger.events()).toEqual(before)
    expect(await ledger.findJobOfQuote('q')).toBeUndefined()
    expect(await ledger.usage()).toMatchObject({ perDay: 9_999_999n, total: 9_999_999n })
    expect(await ledger.reserveJob({ caps, job: jobOf('q', { price: 1n }) })).toMatchObject({
      created: true,
    })
  })

  test('behavior: the total is refused even though the day has room, and nothing is left booked', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const tight = { ...caps, total: 1_500_000n }
    await reserve(ledger, 'a', { caps: tight })
    await ledger.saveQuote(quoteOf('q'))

    const refused = await ledger.reserveJob({ caps: tight, job: jobOf('q') })

    expect(refused).toMatchObject({ refused: 'budget', scope: 'total', used: price })
    expect(await ledger.usage()).toMatchObject({ perDay: price, total: price })
  })

  test('behavior: a new day has a new budget, and the total goes on', async () => {
    await using store = await setup()
    let now = day('2026-03-01T23:59:59.999')
    const ledger = await store.open({ now: () => now })
    await reserve(ledger, 'a', { price: caps.perDay })
    await ledger.saveQuote(quoteOf('q'))
    expect(await ledger.reserveJob({ caps, job: jobOf('q') })).toMatchObject({ scope: 'perDay' })

    now = day('2026-03-02T00:00:00.000')

    expect(await ledger.usage()).toEqual({
      paid: 0n,
      perDay: 0n,
      topUpsPerDay: 0n,
      total: caps.perDay,
    })
    expect(await ledger.reserveJob({ caps, job: jobOf('q') })).toMatchObject({ created: true })
    expect(await ledger.usage()).toMatchObject({ perDay: price, total: caps.perDay + price })
  })

  test('behavior: without a given clock the windows follow the clock of the database', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await reserve(ledger, 'a')
    const now = (await ledger.now()).getTime()

    const slots = await store.query(`SELECT slot FROM budget WHERE scope = 'perDay'`)

    const days = [now - 5_000, now].map((at) => new Date(at).toISOString().slice(0, 10))
    expect(days).toContain(slots[0]?.['slot'])
    expect(Math.abs(now - Date.now())).toBeLessThan(5_000)
  })

  test('behavior: a cap below what is used refuses everything and keeps the count', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await reserve(ledger, 'a', { price: 8_000_000n })
    await ledger.saveQuote(quoteOf('q'))
    const lowered = { ...caps, perDay: 5_000_000n, total: 5_000_000n }

    const refused = await ledger.reserveJob({ caps: lowered, job: jobOf('q', { price: 1n }) })

    expect(refused).toMatchObject({ cap: 5_000_000n, refused: 'budget', used: 8_000_000n })
    expect(await ledger.usage()).toMatchObject({ perDay: 8_000_000n, total: 8_000_000n })
    expect(await ledger.reserveJob({ caps, job: jobOf('q') })).toMatchObject({ created: true })
  })

  test.each(['rejected', 'abandoned'] as const)(
    'behavior: a job that ends %s gives back what was set aside, once',
    async (to) => {
      await using store = await setup()
      const ledger = await store.open()
      await reserve(ledger, 'other', { price: 3n })
      const id = await reserve(ledger, 'q')

      expect(await ledger.moveJob(id, { from: 'reserved', to })).toBe(true)
      expect(await ledger.moveJob(id, { from: 'reserved', to })).toBe(false)

      expect(await ledger.usage()).toMatchObject({ perDay: 3n, total: 3n })
    },
  )

  test('behavior: what is given back leaves the day it was booked on', async () => {
    await using store = await setup()
    let now = day('2026-03-01T12:00:00')
    const ledger = await store.open({ now: () => now })
    const id = await reserve(ledger, 'a')
    now = day('2026-03-02T12:00:00')
    await reserve(ledger, 'b')

    await ledger.moveJob(id, { from: 'reserved', to: 'rejected' })

    expect(await ledger.usage()).toMatchObject({ perDay: price, total: price })
    now = day('2026-03-01T12:00:01')
    expect((await ledger.usage()).perDay).toBe(0n)
  })

  test('behavior: a budget never goes below zero, whatever was done to it', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'q')
    await store.query('UPDATE budget SET used = 5')

    await ledger.moveJob(id, { from: 'reserved', to: 'rejected' })

    expect(await ledger.usage()).toMatchObject({ perDay: 0n, total: 0n })
  })

  test('behavior: what nobody can account for stays booked', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'q')
    await ledger.moveJob(id, { from: 'reserved', to: 'sending' })
    await ledger.moveJob(id, { from: 'sending', to: 'ambiguous' })
    await ledger.moveJob(id, { from: 'ambiguous', to: 'abandoned' })

    expect(await ledger.usage()).toMatchObject({ perDay: price, total: price })
  })

  test('behavior: a refund is booked with its row, and frees no more than itself', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'q')
    await ledger.moveJob(id, { from: 'reserved', to: 'sending' })
    await ledger.moveJob(id, { from: 'sending', patch: { queueId: 'v1' }, to: 'queued' })
    await ledger.recordRows([rowOf('charge'), rowOf('part', { amount: 400_000n, type: 'REFUND' })])

    expect(await ledger.linkRow('charge', id)).toBe(true)
    expect(await ledger.linkRow('part', id)).toBe(true)
    expect(await ledger.linkRow('part', id)).toBe(false)
    expect(await ledger.usage()).toMatchObject({ perDay: 600_000n, total: 600_000n })
    await ledger.moveJob(id, { from: 'queued', to: 'failed_refunded' })

    expect((await ledger.findJob(id))?.refund).toBe(400_000n)
    expect(await ledger.usage()).toMatchObject({ perDay: 600_000n, total: 600_000n })
  })

  test.each(['cleaned', 'lost_media', 'failed_unrefunded', 'failed_refunded'])(
    'behavior: a refund in parts frees a job in %s, and never more than its price',
    async (status) => {
      await using store = await setup()
      const ledger = await store.open()
      await reserve(ledger, 'other', { price: 3n })
      const id = await reserve(ledger, 'q')
      await store.query(`UPDATE job SET status = '${status}' WHERE id = '${id}'`)
      const parts = [400_000n, 500_000n, 300_000n, 1n]
      await ledger.recordRows([
        rowOf('charge'),
        ...parts.map((amount, index) => rowOf(`part${index}`, { amount, type: 'REFUND' })),
      ])
      await ledger.linkRow('charge', id)

      const left: bigint[] = []
      for (const [index] of parts.entries()) {
        await ledger.linkRow(`part${index}`, id)
        const { perDay, total } = await ledger.usage()
        expect(perDay).toBe(total)
        left.push(total)
      }

      expect(left).toEqual([600_003n, 100_003n, 3n, 3n])
      expect(await ledger.findJob(id)).toMatchObject({ refund: 1_200_001n, status })
    },
  )

  test('behavior: a refund of what was never set aside frees nothing', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await reserve(ledger, 'other', { price: 3n })
    const id = await reserve(ledger, 'q')
    await ledger.moveJob(id, { from: 'reserved', to: 'rejected' })
    await ledger.recordRows([rowOf('refund', { amount: price, type: 'REFUND' })])

    await ledger.linkRow('refund', id)

    expect(await ledger.usage()).toMatchObject({ perDay: 3n, total: 3n })
  })

  test('behavior: a charge beyond the price counts against day and total', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'q')
    const over = rowOf('c1', { amount: -price - 250_000n })
    await ledger.recordRows([over, rowOf('c2', { amount: -5n })])

    await ledger.linkRow('c1', id)
    expect(await ledger.usage()).toMatchObject({ perDay: 1_250_000n, total: 1_250_000n })

    await ledger.linkRow('c2', id)
    expect(await ledger.usage()).toMatchObject({ perDay: 1_250_005n, total: 1_250_005n })
    await ledger.saveQuote(quoteOf('r'))
    const rest = jobOf('r', { price: caps.perDay - price })
    expect(await ledger.reserveJob({ caps, job: rest })).toMatchObject({ used: 1_250_005n })
  })

  test('behavior: charged more and refunded in full, nothing is used', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'q')
    const rows = [rowOf('c', { amount: -1_500_000n }), refundOf('r1', 1_200_000n)]
    await ledger.recordRows([...rows, refundOf('r2', 300_000n)])

    await ledger.linkRow('c', id)
    await ledger.linkRow('r1', id)
    expect(await ledger.usage()).toMatchObject({ perDay: 300_000n, total: 300_000n })
    await ledger.linkRow('r2', id)

    expect(await ledger.usage()).toMatchObject({ perDay: 0n, total: 0n })
    await ledger.saveQuote(quoteOf('r'))
    const all = jobOf('r', { price: caps.perDay })
    expect(await ledger.reserveJob({ caps, job: all })).toMatchObject({ created: true })
  })

  test('behavior: a charge that takes back what others were given meanwhile is counted all the same', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'q')
    await ledger.recordRows([refundOf('r', price), rowOf('c', { amount: -3_000_000n })])
    await ledger.linkRow('r', id)
    await reserve(ledger, 'all', { price: caps.perDay })

    expect(await ledger.linkRow('c', id)).toBe(true)

    const used = caps.perDay + 2_000_000n
    expect(await ledger.usage()).toMatchObject({ perDay: used, total: used })
  })

  test('behavior: what was charged for a job that ends refused stays booked, and is freed once', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await reserve(ledger, 'other', { price: 3n })
    const id = await reserve(ledger, 'q')
    await ledger.recordRows([rowOf('c', { amount: -400_000n }), refundOf('r', 400_000n)])
    await ledger.linkRow('c', id)

    await ledger.moveJob(id, { from: 'reserved', to: 'rejected' })
    expect(await ledger.usage()).toMatchObject({ perDay: 400_003n, total: 400_003n })
    await ledger.linkRow('r', id)

    expect(await ledger.usage()).toMatchObject({ perDay: 3n, total: 3n })
  })

  test('behavior: whatever is charged and refunded, in whichever order, others keep what is theirs', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const room = { ...caps, perDay: 2n ** 60n, total: 2n ** 60n }
    await reserve(ledger, 'other', { caps: room, price: 3n })
    let jobs = 0
    const units = fc.bigInt({ max: 9n, min: 1n })
    const entry = fc.record({ amount: units, type: fc.constantFrom('CHARGE', 'REFUND') })

    await fc.assert(
      fc.asyncProperty(units, fc.array(entry, { maxLength: 6 }), async (asked, entries) => {
        const number = (jobs += 1)
        const before = (await ledger.usage()).total
        const id = await reserve(ledger, `q${number}`, { caps: room, price: asked })
        let [taken, given, left] = [0n, 0n, asked]
        for (const [index, { amount, type }] of entries.entries()) {
          const row = `${number}.${index}`
          const isCharge = type === 'CHARGE'
          await ledger.recordRows([rowOf(row, { amount: isCharge ? -amount : amount, type })])
          await ledger.linkRow(row, id)
          if (isCharge) taken += amount
          else given += amount
          const most = taken > asked ? taken : asked
          left = (taken > 0n && given >= taken) || given > most ? 0n : most - given
          const { perDay, total } = await ledger.usage()
          expect({ perDay, total }).toEqual({ perDay: before + left, total: before + left })
        }
      }),
      { numRuns: 40 },
    )
  })

  test('behavior: sums above 2^53 are exact', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const big = { ...caps, perDay: 2n ** 62n, total: 2n ** 62n }
    await reserve(ledger, 'a', { caps: big, price: 2n ** 61n + 1n })
    await reserve(ledger, 'b', { caps: big, price: 2n })

    expect((await ledger.usage()).total).toBe(2n ** 61n + 3n)
    expect((await ledger.findJob('job_a'))?.price).toBe(2n ** 61n + 1n)
  })
}
