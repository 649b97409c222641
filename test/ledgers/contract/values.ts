import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { pay, reserve, rowOf } from '../../support/purchases.js'
import type { Store } from '../../support/stores.js'

/** What servers may send and databases do not like: kept as it is, or refused, alike by both. */
export function values(setup: () => Promise<Store>) {
  const sentAt = new Date('2026-01-01T00:00:01Z')
  const strange = [
    'a\0b',
    '\0',
    'half \uD83C',
    '\uDFA5',
    'sub\u001A0041',
    '\u001A',
    '🎥 whole',
    "it's",
  ]

  test.each(strange.map((text) => [JSON.stringify(text), text] as const))(
    'behavior: the answer to a paid call is kept, and found again, with the queue id %s',
    async (_, queueId) => {
      await using store = await setup()
      const ledger = await store.open()
      const id = await reserve(ledger, 'q')
      await ledger.moveJob(id, { from: 'reserved', patch: { sentAt }, to: 'sending' })

      expect(await ledger.recordAnswer(id, { queueId, queuedAt: sentAt, sentAt })).toBe(true)

      expect(await ledger.findJob(id)).toMatchObject({ queueId, status: 'queued' })
      expect((await ledger.findJobOfQueueId(queueId))?.id).toBe(id)
      for (const other of [...strange, 'a'].filter((text) => text !== queueId))
        expect(await ledger.findJobOfQueueId(other)).toBeUndefined()
      expect((await ledger.events()).at(-1)?.data).toMatchObject({ queue_id: queueId })
      expect(await ledger.verifyEvents()).toMatchObject({ ok: true })
    },
  )

  test('behavior: whatever a text holds, it is read as it was written', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'q')
    const piece = fc.oneof(
      fc.constantFrom('\0', '\u001A', '0000', '001a', '\uD800', '\uDFFF', '🎥'),
      fc.string({ unit: 'binary' }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
        const detail = pieces.join('') || '-'
        await ledger.noteJob(id, { detail })
        expect((await ledger.findJob(id))?.detail).toBe(detail)
      }),
      { numRuns: 60 },
    )
  })

  test('behavior: rows, payments and reasons with such texts neither stop nor mix anything up', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'q')
    const row = rowOf('a\0b', { modelId: 'm\0', requestId: '\uD800' })
    await ledger.recordRows([row, rowOf('a')])
    expect(await ledger.linkRow('a\0b', id)).toBe(true)
    expect(await ledger.linkedRows(id)).toEqual([row])
    expect((await ledger.unlinkedRows()).map((one) => one.id)).toEqual(['a'])

    await pay(ledger, 'p')
    const patch = { detail: 'said \0', paymentId: 'x\0y', transaction: '0x\0' }
    expect(await ledger.movePayment('p', { from: 'sent', patch, to: 'credited' })).toBe(true)
    expect(await ledger.findPayment('p')).toMatchObject(patch)

    await ledger.freeze('row a\0b')
    expect((await ledger.state()).frozen?.reason).toBe('row a\0b')
    expect(await ledger.verifyEvents()).toMatchObject({ ok: true })
  })

  test.each([1e300, 1e19, Number.MAX_SAFE_INTEGER + 1, Number.POSITIVE_INFINITY, Number.NaN])(
    'behavior: an estimate of %d says nothing, and what is said beside it is kept',
    async (estimate) => {
      await using store = await setup()
      const ledger = await store.open()
      const id = await reserve(ledger, 'q')
      await ledger.noteJob(id, { estimate: 60_000.4 })

      await ledger.noteJob(id, { detail: 'on', estimate })

      expect(await ledger.findJob(id)).toMatchObject({ detail: 'on', estimate: 60_000 })
    },
  )

  test('error: an integer that no database keeps is refused before it is written', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const row = rowOf('r', { amount: 2n ** 63n })

    await expect(ledger.recordRows([rowOf('before'), row])).rejects.toMatchObject({
      code: 'UNEXPECTED',
    })

    expect(await ledger.unlinkedRows()).toEqual([])
    await ledger.recordRows([rowOf('most', { amount: 2n ** 63n - 1n })])
    expect((await ledger.unlinkedRows())[0]?.amount).toBe(2n ** 63n - 1n)
  })
}
