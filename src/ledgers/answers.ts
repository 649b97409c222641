import type * as Ledger from '../Ledger.js'
import * as approvals from './approvals.js'
import { ms, type Write } from './engine.js'
import * as events from './events.js'
import * as rows from './rows.js'

/**
 * Puts the answer to a paid call on record: the job that was sent at that time is queued, and a link
 * that a reader of the rows could not know is added to it. Nobody else knows as much: whoever has judged the
 * job without having heard, its owner included, gives way, and what was freed is set aside again. `false`:
 * another call was answered, or with another video; nothing written.
 *
 * Of a schema that is newer than this program's it needs what `migrations` promises, and no more; a job whose
 * money was freed is left to the newer program there, if what it needs is gone.
 */
export async function record(write: Write, id: string, answer: Ledger.Answer): Promise<boolean> {
  const { account, at, db } = write
  const { queueId, queuedAt, sealedUrl, sentAt } = answer
  const job = await db
    .selectFrom('job')
    .select(['price', 'queue_id', 'reserved', 'sealed_url', 'sent_at', 'status'])
    .where('account', '=', account)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!job) return false
  const set = (fields: object) =>
    db
      .updateTable('job')
      .set({ ...fields, updated_at: ms(at) })
      .where('account', '=', account)
      .where('id', '=', id)
      .execute()
  const link = sealedUrl === undefined ? {} : { sealed_url: sealedUrl }
  if (job.queue_id !== null) {
    if (job.queue_id !== queueId) return false
    if (job.sealed_url === null && sealedUrl !== undefined) await set(link)
    return true
  }
  if (job.sent_at !== ms(sentAt)) return false
  if (job.reserved !== job.price) await rows.setAside(write, id)
  // What a person was asked, or said, was about paying for it.
  if (job.status === 'needs_approval') await approvals.supersede(write, id)
  // What was said on the way here is over.
  await set({ ...link, detail: '', queue_id: queueId, queued_at: ms(queuedAt), status: 'queued' })
  const data = { from: job.status, queue_id: queueId, to: 'queued' }
  await events.append(write, { data, subject: id, type: 'job' })
  return true
}
