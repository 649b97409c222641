import { expect, test } from 'vitest'

import type * as Ledger from '../../../src/Ledger.js'
import { version } from '../../../src/ledgers/migrations.js'
import { caps, jobOf, price, quoteOf, reserve, rowOf } from '../../support/purchases.js'
import type { Store } from '../../support/stores.js'

const sentAt = new Date('2026-01-01T00:00:01.234Z')
const answer = { queueId: 'v1', queuedAt: new Date('2026-01-01T00:00:02Z'), sealedUrl: 's', sentAt }

async function send(ledger: Ledger.Ledger, quoteId = 'q'): Promise<string> {
  const id = await reserve(ledger, quoteId)
  await ledger.moveJob(id, { from: 'reserved', patch: { sentAt }, to: 'sending' })
  return id
}

/** The answer to a paid call: put on record wherever it fits, and by an older program too. */
export function answers(setup: () => Promise<Store>) {
  test.each(['sending', 'ambiguous', 'reserved', 'abandoned'] as const)(
    'behavior: the answer to a call is put on record from %s, once',
    async (status) => {
      await using store = await setup()
      const ledger = await store.open()
      const id = await send(ledger)
      if (status === 'abandoned') await ledger.moveJob(id, { from: 'sending', to: 'ambiguous' })
      const from = status === 'abandoned' ? 'ambiguous' : 'sending'
      if (status !== 'sending')
        await ledger.moveJob(id, { from, patch: { detail: 'gone' }, to: status })
      const before = await ledger.usage()

      expect(await ledger.recordAnswer(id, answer)).toBe(true)

      const { queueId, queuedAt, sealedUrl } = answer
      const queued = { detail: '', queueId, queuedAt, sealedUrl, sentAt, status: 'queued' }
      expect(await ledger.findJob(id)).toMatchObject(queued)
      const events = await ledger.events()
      const data = { from: status, queue_id: queueId, to: 'queued' }
      expect(events.at(-1)).toMatchObject({ data, subject: id, type: 'job' })
      expect(await ledger.recordAnswer(id, answer)).toBe(true)
      expect(await ledger.recordAnswer(id, { ...answer, queueId: 'v2' })).toBe(false)
      expect(await ledger.findJob(id)).toMatchObject(queued)
      expect(await ledger.events()).toEqual(events)
      expect(await ledger.usage()).toEqual(before)
      expect(await ledger.verifyEvents()).toMatchObject({ ok: true })
    },
  )

  test('behavior: an answer to another call than the last one is not, nor one for no job', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await send(ledger)
    const before = await ledger.findJob(id)
    const early = { ...answer, sentAt: new Date(sentAt.getTime() - 1) }

    expect(await ledger.recordAnswer(id, early)).toBe(false)
    expect(await ledger.recordAnswer('job_none', answer)).toBe(false)

    expect(await ledger.findJob(id)).toEqual(before)
  })

  test.each(['rejected', 'abandoned', 'needs_consent', 'needs_approval'] as const)(
    'behavior: a job in %s that was freed is queued by its answer, and its price set aside again',
    async (status) => {
      await using store = await setup()
      const ledger = await store.open()
      const id = await send(ledger)
      const before = await ledger.usage()
      const from = status === 'rejected' || status === 'needs_consent' ? 'sending' : 'reserved'
      if (from === 'reserved') await ledger.moveJob(id, { from: 'sending', to: 'reserved' })
      if (status === 'needs_approval') {
        const expiresAt = new Date((await ledger.now()).getTime() + 60_000)
        const approval = { expiresAt, hash: 'shown', id: 'approval_1', topUp: 0n }
        const anew = {
          approval,
          detail: 'more by now',
          from: 'reserved',
          jobId: id,
          price,
        } as const
        expect(await ledger.askAgain({ ...anew, price, replaces: undefined })).toMatchObject({
          job: { status },
        })
      } else expect(await ledger.moveJob(id, { from, to: status })).toBe(true)
      expect((await ledger.usage()).total).toBe(0n)

      expect(await ledger.recordAnswer(id, answer)).toBe(true)

      const { queueId, queuedAt, sealedUrl } = answer
      const queued = { detail: '', queueId, queuedAt, sealedUrl, sentAt, status: 'queued' }
      expect(await ledger.findJob(id)).toMatchObject(queued)
      expect(await ledger.usage()).toEqual(before)
      expect(await ledger.approvals()).toEqual([])
      const job = jobOf('q')
      const buy = ledger.reserveJob({ approvalHash: 'shown', caps, job })
      expect(await buy).toMatchObject({ created: false, job: queued })
      expect(await ledger.verifyEvents()).toMatchObject({ ok: true })
    },
  )

  test('behavior: an answer books no charge twice that was tied to a freed job before', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await send(ledger)
    await ledger.moveJob(id, { from: 'sending', to: 'rejected' })
    await ledger.recordRows([rowOf('a')])
    await ledger.linkRow('a', id)
    expect((await ledger.usage()).total).toBe(price)

    expect(await ledger.recordAnswer(id, answer)).toBe(true)

    expect((await ledger.usage()).total).toBe(price)
  })

  test('behavior: a link is added to a job that was adopted meanwhile, wherever it stands', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await send(ledger)
    const { queueId } = answer
    await ledger.moveJob(id, { from: 'sending', patch: { queueId }, to: 'queued' })
    await ledger.moveJob(id, { from: 'queued', to: 'lost_media' })

    expect(await ledger.recordAnswer(id, answer)).toBe(true)
    expect(await ledger.recordAnswer(id, { ...answer, sealedUrl: 'other' })).toBe(true)

    expect(await ledger.findJob(id)).toMatchObject({ sealedUrl: 's', status: 'lost_media' })
  })

  test('behavior: a queue id is one job’s', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const first = await send(ledger)
    await ledger.recordAnswer(first, answer)
    const second = await send(ledger, 'r')

    expect(await ledger.recordAnswer(second, answer)).toBe(false)

    expect(await ledger.findJob(second)).toMatchObject({ queueId: undefined, status: 'sending' })
  })

  test('behavior: a schema that was made newer during the call takes the answer, and nothing else', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await send(ledger)
    await store.unguard('job', 'job_kept') // a schema that was altered is not used again
    await store.query(`
      ALTER TABLE job DROP COLUMN estimate;
      ALTER TABLE job DROP COLUMN checked_at;
      ALTER TABLE job DROP COLUMN bad_news;
      ALTER TABLE job ADD COLUMN mood TEXT NOT NULL DEFAULT 'good';
      ALTER TABLE event ADD COLUMN mood TEXT;
      ALTER TABLE wallet ADD COLUMN mood TEXT;
      UPDATE schema_version SET version = ${version + 1}`)
    const newer = { code: 'LEDGER_NEWER' }

    await expect(ledger.noteJob(id, { detail: 'no' })).rejects.toMatchObject(newer)
    await expect(ledger.moveJob(id, { from: 'sending', to: 'queued' })).rejects.toMatchObject(newer)
    expect(await ledger.recordAnswer(id, answer)).toBe(true)
    await expect(ledger.saveQuote(quoteOf('r'))).rejects.toMatchObject(newer)
    expect(ledger.readOnly).toMatchObject(newer)
    // What this program cannot read there is not damaged.
    await expect(ledger.findJob(id)).rejects.toMatchObject(newer)

    const [job] = await store.query(`SELECT queue_id, status FROM job WHERE id = '${id}'`)
    expect(job).toEqual({ queue_id: 'v1', status: 'queued' })
    expect(await ledger.verifyEvents()).toMatchObject({ ok: true })
  })

  test('behavior: so does one that was newer before the program was started', async () => {
    await using store = await setup()
    const id = await send(await store.open())
    await store.query(`UPDATE schema_version SET version = ${version + 1}`)
    const ledger = await store.open()

    await expect(ledger.freeze('no')).rejects.toMatchObject({ code: 'LEDGER_NEWER' })
    expect(await ledger.recordAnswer(id, answer)).toBe(true)
    await expect(ledger.freeze('no')).rejects.toMatchObject({ code: 'LEDGER_NEWER' })

    expect(await ledger.findJob(id)).toMatchObject({ status: 'queued' })
  })

  test('behavior: a handle that met a newer schema writes again when it is gone; damage stays', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await store.query(`UPDATE schema_version SET version = ${version + 1}`)
    await expect(ledger.freeze('no')).rejects.toMatchObject({ code: 'LEDGER_NEWER' })
    expect(ledger.readOnly).toBeDefined()

    await store.query(`UPDATE schema_version SET version = ${version}`)
    await ledger.freeze('yes')
    expect(ledger.readOnly).toBeUndefined()

    await store.query(`UPDATE schema_version SET version = ${version - 1}`)
    const corrupt = { code: 'LEDGER_CORRUPT' }
    await expect(ledger.freeze('no')).rejects.toMatchObject(corrupt)
    await store.query(`UPDATE schema_version SET version = ${version}`)
    await expect(ledger.freeze('no')).rejects.toMatchObject(corrupt)
  })
}
