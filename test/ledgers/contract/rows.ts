import { expect, test } from 'vitest'

import type * as Ledger from '../../../src/Ledger.js'
import { price, reserve, rowOf } from '../../support/purchases.js'
import type { Store } from '../../support/stores.js'

/** The provider's own rows: kept as they came, and each is one job's or payment's. */
export function rows(setup: () => Promise<Store>) {
  test('behavior: a row that is tied is offered to nobody else', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const first = await reserve(ledger, 'a')
    const second = await reserve(ledger, 'b')
    await ledger.recordRows([rowOf('row_1'), rowOf('row_2')])

    expect(await ledger.linkRow('row_1', first)).toBe(true)
    expect(await ledger.linkRow('row_1', second)).toBe(false)

    expect((await ledger.unlinkedRows()).map(({ id }) => id)).toEqual(['row_2'])
    expect(await ledger.linkedRows(first)).toEqual([rowOf('row_1')])
    expect(await ledger.linkedRows(second)).toEqual([])
  })

  test('behavior: a row that comes again is the one that is there', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ledger.recordRows([rowOf('row', { amount: -1n })])

    await ledger.recordRows([rowOf('row', { amount: -2n }), rowOf('other')])

    expect(await ledger.unlinkedRows()).toEqual([rowOf('other'), rowOf('row', { amount: -1n })])
  })

  test('behavior: what is tied to nobody is tied to a job after all, and booked', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'a')
    const [charge, refund] = [rowOf('charge'), rowOf('refund', { amount: price, type: 'REFUND' })]
    await ledger.recordRows([charge, refund])
    await ledger.linkRow('charge', id)
    await ledger.linkRow('refund', 'foreign')
    expect(await ledger.usage()).toMatchObject({ total: price })

    expect(await ledger.retieRow('refund', { from: 'history', to: id })).toBe(false)
    expect(await ledger.retieRow('refund', { from: 'foreign', to: id })).toBe(true)
    expect(await ledger.retieRow('refund', { from: 'foreign', to: id })).toBe(false)

    expect(await ledger.findJob(id)).toMatchObject({ refund: price })
    expect(await ledger.usage()).toMatchObject({ total: 0n })
    expect(await ledger.findRow('refund')).toEqual({ row: refund, subject: id })
    const event = (await ledger.events()).at(-1)
    expect(event).toMatchObject({ subject: id, type: 'job_noted' })
    expect((await ledger.verifyEvents()).ok).toBe(true)
  })

  test('behavior: a tie to a job or a payment is for good', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const [first, second] = [await reserve(ledger, 'a'), await reserve(ledger, 'b')]
    await ledger.recordRows([rowOf('row')])
    await ledger.linkRow('row', first)

    for (const from of ['foreign', 'history'] as const)
      expect(await ledger.retieRow('row', { from, to: second })).toBe(false)
    // Whatever a caller says that nobody's ties are: the database refuses it.
    const tie = ledger.retieRow('row', { from: first as 'foreign', to: second })
    await expect(tie).rejects.toMatchObject({ code: expect.any(String) })
    expect(await ledger.findRow('row')).toMatchObject({ subject: first })
  })

  test('behavior: rows are read by what they are tied to, many at once', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const [first, second] = [await reserve(ledger, 'a'), await reserve(ledger, 'b')]
    const late = rowOf('a late', { createdAt: '2026-01-02T00:00:00.000Z' })
    await ledger.recordRows([late, rowOf('early'), rowOf('other'), rowOf('untied')])
    await ledger.linkRow('a late', first)
    await ledger.linkRow('early', first)
    await ledger.linkRow('other', second)

    const ids = Array.from({ length: 2_500 }, (_, index) => `nobody ${index}`)
    expect(await ledger.tiedRows([...ids, first, second])).toEqual(
      new Map([
        [first, [rowOf('early'), late]],
        [second, [rowOf('other')]],
      ]),
    )
    expect(await ledger.tiedRows([])).toEqual(new Map())
    expect(await ledger.findRow('untied')).toEqual({ row: rowOf('untied'), subject: undefined })
    expect(await ledger.findRow('no such row')).toBeUndefined()
  })

  test('behavior: the newest row is that before a time: one of another age hides none', async () => {
    await using store = await setup()
    const ledger = await store.open()
    expect(await ledger.newestRow(new Date())).toBeUndefined()
    const dates = [
      '2026-01-01T00:00:00.000Z',
      '2026-01-02T00:00:00.000Z',
      '2099-01-01T00:00:00.000Z',
    ]
    await ledger.recordRows(dates.map((createdAt, index) => rowOf(`row_${index}`, { createdAt })))

    expect(await ledger.newestRow(new Date('2026-06-01'))).toEqual(new Date(dates[1]!))
    expect(await ledger.newestRow(new Date(dates[0]!))).toEqual(new Date(dates[0]!))
    expect(await ledger.newestRow(new Date('2025-06-01'))).toBeUndefined()
  })

  test('behavior: many rows are kept at once, known ones among them', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const all = Array.from({ length: 2_345 }, (_, index) => rowOf(`row_${index}`))
    await ledger.recordRows(all.filter((_, index) => index % 2 === 0))
    await ledger.recordRows(all)
    expect(await ledger.unlinkedRows()).toHaveLength(all.length)
  })

  test('behavior: a send is kept by two clocks, and jobs are found by when they were sent', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const [id] = [await reserve(ledger, 'a'), await reserve(ledger, 'b')]
    const [sentAt, providerSentAt] = [new Date('2026-01-01'), new Date('2026-01-01T00:10:00Z')]
    const send = (patch: Ledger.JobPatch) =>
      ledger.moveJob(id, { from: 'reserved', patch, to: 'sending' })
    await send({ providerSentAt, sentAt })
    expect(await ledger.findJob(id)).toMatchObject({ providerSentAt, sentAt })
    const sent = { from: sentAt, until: sentAt }
    expect((await ledger.jobs({ sent })).map((job) => job.id)).toEqual([id])
    const later = { from: providerSentAt, until: new Date('2026-01-02') }
    expect(await ledger.jobs({ sent: later })).toEqual([])

    // Of a later send that no answer has dated, the earlier one says nothing.
    await ledger.moveJob(id, { from: 'sending', to: 'reserved' })
    expect(await ledger.findJob(id)).toMatchObject({ providerSentAt, sentAt })
    await send({ sentAt: providerSentAt })
    const job = await ledger.findJob(id)
    expect(job).toMatchObject({ providerSentAt: undefined, sentAt: providerSentAt })
  })
}
