import { expect, test } from 'vitest'

import * as Job from '../../../src/Job.js'
import * as Ledger from '../../../src/Ledger.js'
import { reserve } from '../../support/purchases.js'
import { account, type Store } from '../../support/stores.js'

/** Written out once more, from the specification: what `moveJob` may do. */
const jobMoves: Record<Job.Status, string> = {
  // It goes to `queued` with its charge alone: `resolveJob`.
  abandoned: '',
  ambiguous: 'queued reserved rejected lost_media abandoned',
  cleaned: '',
  failed_refunded: '',
  failed_unrefunded: 'queued ready failed_refunded',
  intent: 'abandoned',
  lost_media: 'queued ready failed_refunded',
  needs_approval: 'abandoned',
  needs_consent: 'abandoned',
  queued: 'ready failed_refunded failed_unrefunded lost_media',
  ready: 'saved failed_refunded failed_unrefunded lost_media',
  rejected: '',
  reserved: 'sending rejected abandoned',
  saved: 'cleaned',
  sending: 'queued reserved needs_consent rejected ambiguous lost_media',
}

const paymentMoves: Record<Ledger.PaymentStatus, string> = {
  abandoned: '',
  credited: '',
  failed_unpaid: '',
  intent: 'signed failed_unpaid',
  paid_not_credited: 'credited abandoned',
  sent: 'credited unknown failed_unpaid paid_not_credited',
  signed: 'sent failed_unpaid',
  unknown: 'credited failed_unpaid paid_not_credited',
}

/** Every pair of statuses, put there by raw SQL and moved by the ledger. */
export function transitions(setup: () => Promise<Store>) {
  test.each(Job.statuses)('behavior: a job in %s goes only where it may', async (from) => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'q')
    const aside = /^(needs|intent|rejected|failed_refunded|abandoned)/.test(from) ? 0n : 1_000_000n
    for (const to of Job.statuses) {
      await store.query(
        `UPDATE job SET status = '${from}', reserved = ${aside}, queue_id = 'v1' WHERE id = '${id}'`,
      )
      const before = (await ledger.events()).length
      const legal = jobMoves[from].split(' ').includes(to)

      expect([to, await ledger.moveJob(id, { from, to })]).toEqual([to, legal])

      expect((await ledger.findJob(id))?.status).toBe(legal ? to : from)
      const told = (await ledger.events()).slice(before).map(({ data, type }) => ({ data, type }))
      expect(told).toEqual(legal ? [{ data: { from, to }, type: 'job' }] : [])
    }
  })

  test.each(Ledger.paymentStatuses)(
    'behavior: a payment in %s goes only where it may',
    async (from) => {
      await using store = await setup()
      const ledger = await store.open()
      for (const [index, to] of Ledger.paymentStatuses.entries()) {
        const id = `payment_${to}`
        const sealed = from === 'intent' ? 'NULL' : `'sealed'`
        await store.query(`
        UPDATE payment SET sealed_header = 'sealed', status = 'credited' WHERE sealed_header IS NULL;
        UPDATE payment SET status = 'credited';
        INSERT INTO payment (id, account, seq, status, amount, nonce, pay_to, valid_before,
          budget_day, sealed_header, created_at, updated_at)
        VALUES ('${id}', '${account}', ${index + 1}, '${from}', 1, '0x${index}', '0xbb', 1,
          '2026-01-01', ${sealed}, 1, 1)`)
        const patch = to === 'signed' ? { sealedTransfer: 'sealed' } : {}
        const legal = paymentMoves[from].split(' ').includes(to)

        expect([to, await ledger.movePayment(id, { from, patch, to })]).toEqual([to, legal])

        expect((await ledger.findPayment(id))?.status).toBe(legal ? to : from)
        const told = (await ledger.events()).filter(({ subject }) => subject === id)
        expect(told.map(({ data }) => data)).toEqual(legal ? [{ from, to }] : [])
        if ((await ledger.state()).frozen) await ledger.unfreeze('seen')
      }
    },
  )

  test('behavior: a job is found by its queue id, which nothing else is taken for', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'q')
    await reserve(ledger, 'other')
    await ledger.moveJob(id, { from: 'reserved', to: 'sending' })
    await ledger.moveJob(id, { from: 'sending', patch: { queueId: 'v1' }, to: 'queued' })

    expect(await ledger.findJobOfQueueId('v1')).toMatchObject({ id, queueId: 'v1' })
    for (const other of [id, 'q', '', 'V1'])
      // the job's own id, its quote's, none, another
      expect(await ledger.findJobOfQueueId(other)).toBeUndefined()
  })

  test.each(Job.givenUp)('behavior: a job in %s goes on under its queue id', async (from) => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'q')
    await store.query(`UPDATE job SET status = '${from}' WHERE id = '${id}'`)
    const used = await ledger.usage()

    expect(await ledger.moveJob(id, { from, to: 'queued' })).toBe(false)
    expect(await ledger.moveJob(id, { from, to: 'ready' })).toBe(false)
    await store.query(`UPDATE job SET queue_id = 'v1' WHERE id = '${id}'`)
    expect(await ledger.moveJob(id, { from, to: 'queued' })).toBe(true)

    expect(await ledger.usage()).toEqual(used)
  })

  test('behavior: bad news is kept as it was heard, and goes when it is over', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'q')
    const events = await ledger.events()
    const badNews = {
      failed: { refunded: false, says: 'No.', suggestion: undefined },
      heard: 2,
      looked: new Date(61_000),
      since: new Date(1_000),
    }

    await ledger.noteJob(id, { badNews })
    expect((await ledger.findJob(id))?.badNews).toEqual(badNews)
    await ledger.noteJob(id, { detail: '' })
    expect((await ledger.findJob(id))?.badNews).toEqual(badNews)
    await ledger.noteJob(id, { badNews: null })

    expect((await ledger.findJob(id))?.badNews).toBeUndefined()
    expect((await ledger.events()).length - events.length).toBe(1) // the detail alone is told
  })

  test('behavior: a move from where the job does not stand writes nothing', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'q')
    const before = await ledger.events()

    expect(await ledger.moveJob(id, { from: 'sending', to: 'queued' })).toBe(false)
    expect(await ledger.moveJob('job_unknown', { from: 'reserved', to: 'sending' })).toBe(false)
    expect(await ledger.movePayment('unknown', { from: 'sent', to: 'credited' })).toBe(false)

    expect(await ledger.events()).toEqual(before)
  })

  test('behavior: what is known of one send does not move a job that was sent again', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'q')
    const [first, second] = [new Date(1_000), new Date(2_000)]
    const send = (sentAt: Date) =>
      ledger.moveJob(id, { from: 'reserved', patch: { sentAt }, to: 'sending' })
    await send(first)
    expect(await ledger.moveJob(id, { from: 'sending', sentAt: first, to: 'reserved' })).toBe(true)
    await send(second)

    const late = { from: 'sending', sentAt: first } as const
    expect(await ledger.moveJob(id, { ...late, to: 'reserved' })).toBe(false)
    expect(await ledger.moveJob(id, { ...late, to: 'rejected' })).toBe(false)
    expect((await ledger.findJob(id))?.status).toBe('sending')
    expect(await ledger.moveJob(id, { ...late, sentAt: second, to: 'queued' })).toBe(true)
  })

  test('behavior: another wallet of the same store moves nothing of this one', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'q')
    const other = await store.open({ account: 'eip155:84532:0xcc' })

    expect(await other.moveJob(id, { from: 'reserved', to: 'sending' })).toBe(false)
    expect(await other.findJob(id)).toBeUndefined()
    expect(await other.findQuote('q')).toBeUndefined()
    expect(await other.jobs()).toEqual([])
    expect((await ledger.findJob(id))?.status).toBe('reserved')
  })
}
