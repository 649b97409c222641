import { expect, test } from 'vitest'

import type * as Ledger from '../../../src/Ledger.js'
import { price, reserve, rowOf } from '../../support/purchases.js'
import type { Store } from '../../support/stores.js'

const sentAt = new Date('2026-01-01T00:00:01.234Z')
const queuedAt = new Date('2026-01-01T00:00:05Z')
const patch = { detail: 'taken', queueId: 'v1', queuedAt }

async function send(ledger: Ledger.Ledger, quoteId: string): Promise<string> {
  const id = await reserve(ledger, quoteId)
  await ledger.moveJob(id, { from: 'reserved', patch: { sentAt }, to: 'sending' })
  return id
}

/** A job whose answer was lost. */
async function lose(ledger: Ledger.Ledger, quoteId = 'q'): Promise<string> {
  const id = await send(ledger, quoteId)
  await ledger.moveJob(id, { from: 'sending', to: 'ambiguous' })
  return id
}

/** One that was refused, and given up with nothing set aside for it. */
async function giveUp(ledger: Ledger.Ledger, quoteId = 'q'): Promise<string> {
  const id = await send(ledger, quoteId)
  await ledger.moveJob(id, { from: 'sending', to: 'reserved' })
  await ledger.moveJob(id, { from: 'reserved', to: 'abandoned' })
  return id
}

/** A person's word about a job: its rows and its move are one step. */
export function verdicts(setup: () => Promise<Store>) {
  test.each(['nothing', 'nobody'])(
    'behavior: a job takes its video, and a charge that was tied to %s',
    async (before) => {
      await using store = await setup()
      const ledger = await store.open()
      const id = await lose(ledger)
      await ledger.recordRows([rowOf('charge', { requestId: 'v1' })])
      if (before === 'nobody') await ledger.linkRow('charge', 'foreign')
      const ties = [{ rowId: 'charge', subject: id }]

      expect(
        await ledger.resolveJob(id, { from: 'ambiguous', patch, sentAt, ties, to: 'queued' }),
      ).toBe(true)

      expect(await ledger.findJob(id)).toMatchObject({ ...patch, status: 'queued' })
      expect(await ledger.linkedRows(id)).toHaveLength(1)
      expect(await ledger.usage()).toMatchObject({ perDay: price, total: price })
      expect(await ledger.verifyEvents()).toMatchObject({ ok: true })
      // Given again: it stands elsewhere.
      expect(await ledger.resolveJob(id, { from: 'ambiguous', ties, to: 'queued' })).toBe(false)
      expect(await ledger.usage()).toMatchObject({ total: price })
    },
  )

  test.each([
    ['as it was agreed', price, price],
    ['for less so far', price / 4n, price],
    ['for more', 2n * price, 2n * price],
  ])(
    'behavior: what was given up and freed is booked again, charged %s',
    async (_, amount, booked) => {
      await using store = await setup()
      const ledger = await store.open()
      const id = await giveUp(ledger)
      expect(await ledger.usage()).toMatchObject({ total: 0n })
      await ledger.recordRows([rowOf('charge', { amount: -amount, requestId: 'v1' })])
      await ledger.linkRow('charge', id)
      expect(await ledger.usage()).toMatchObject({ total: amount })
      const word = { from: 'abandoned', patch, sentAt, ties: [], to: 'queued' } as const

      expect(await ledger.resolveJob(id, word)).toBe(true)

      expect(await ledger.findJob(id)).toMatchObject({ price, queueId: 'v1', status: 'queued' })
      expect(await ledger.usage()).toMatchObject({ perDay: booked, total: booked })
      expect(await ledger.resolveJob(id, word)).toBe(false)
      // Its refund gives back all of it.
      await ledger.recordRows([rowOf('refund', { amount, requestId: 'v1', type: 'REFUND' })])
      await ledger.linkRow('refund', id)
      expect(await ledger.usage()).toMatchObject({ total: 0n })
      expect(await ledger.verifyEvents()).toMatchObject({ ok: true })
    },
  )

  test('behavior: what was given up goes back with its charge and its queue id alone', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await giveUp(ledger)
    const before = await ledger.events()
    const word = { from: 'abandoned', sentAt, ties: [], to: 'queued' } as const

    expect(await ledger.resolveJob(id, { ...word, patch })).toBe(false)
    expect(await ledger.moveJob(id, { from: 'abandoned', patch, to: 'queued' })).toBe(false)
    expect(await ledger.events()).toEqual(before)
    await ledger.recordRows([rowOf('charge')])
    await ledger.linkRow('charge', id)
    expect(await ledger.resolveJob(id, word)).toBe(false)
    expect(await ledger.resolveJob(id, { ...word, patch, to: 'reserved' })).toBe(false)
    expect(await ledger.findJob(id)).toMatchObject({ status: 'abandoned' })
  })

  test('behavior: a word that does not fit writes nothing', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const other = await lose(ledger, 'other')
    await ledger.moveJob(other, { from: 'ambiguous', patch: { queueId: 'v1' }, to: 'queued' })
    const id = await lose(ledger)
    await ledger.recordRows([rowOf('charge', { requestId: 'v2' }), rowOf('theirs')])
    await ledger.linkRow('theirs', other)
    const before = await ledger.events()
    const word = {
      from: 'ambiguous',
      patch: { queueId: 'v2' },
      sentAt,
      ties: [{ rowId: 'charge', subject: id }],
      to: 'queued',
    } as const

    for (const wrong of [
      { from: 'abandoned' as const },
      { sentAt: new Date(sentAt.getTime() + 1) },
      { patch: { queueId: 'v1' } }, // another job's
      { ties: [...word.ties, { rowId: 'theirs', subject: id }] },
      { ties: [...word.ties, { rowId: 'none', subject: id }] },
    ])
      expect(await ledger.resolveJob(id, { ...word, ...wrong })).toBe(false)

    expect(await ledger.events()).toEqual(before)
    expect((await ledger.unlinkedRows()).map((row) => row.id)).toEqual(['charge'])
    expect(await ledger.resolveJob(id, word)).toBe(true)
  })

  test('behavior: a job that is to be sent again leaves what was seen to nobody, and has no charge', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await lose(ledger)
    await ledger.recordRows([rowOf('seen'), rowOf('own')])
    const ties = [{ rowId: 'seen', subject: 'foreign' }]
    const word = { from: 'ambiguous', sentAt, ties, to: 'reserved' } as const

    expect(
      await ledger.resolveJob(id, { from: 'ambiguous', ties: [{ rowId: 'own', subject: id }] }),
    ).toBe(true)
    expect(await ledger.resolveJob(id, word)).toBe(false)
    expect(await ledger.findRow('seen')).toMatchObject({ subject: undefined })

    const second = await lose(ledger, 'second')
    expect(await ledger.resolveJob(second, word)).toBe(true)
    expect(await ledger.findRow('seen')).toMatchObject({ subject: 'foreign' })
    expect(await ledger.findJob(second)).toMatchObject({ status: 'reserved' })
    expect(await ledger.usage()).toMatchObject({ total: 2n * price })
  })
}
