import type * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import { ms, type Write } from './engine.js'
import * as events from './events.js'

/**
 * Statuses of a job whose paid call may still be answered: nobody has heard, or somebody has judged
 * without having heard, its owner included. Its price is still set aside, and sent again meanwhile it
 * was sent at another time.
 */
const unanswered: readonly Job.Status[] = ['sending', 'ambiguous', 'reserved', 'abandoned']

/**
 * Puts the answer to a paid call on record: the job that was sent at that time is queued, and a link
 * that a reader of the rows could not know is added to it. `false`: it is no answer to how the job
 * stands; nothing written.
 *
 * Of a schema that is newer than this program's it needs what `migrations` promises, and no more.
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
  if (job.sent_at !== ms(sentAt) || !unanswered.includes(job.status as Job.Status)) return false
  if (job.reserved !== job.price) return false
  // What was said on the way here is over.
  await set({ ...link, detail: '', queue_id: queueId, queued_at: ms(queuedAt), status: 'queued' })
  const data = { from: job.status, queue_id: queueId, to: 'queued' }
  await events.append(write, { data, subject: id, type: 'job' })
  return true
}
