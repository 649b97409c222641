import type * as Job from '../Job.js'
import * as Money from '../Money.js'
import { clearParts } from './clearParts.js'
import type { Zecchino } from './createZecchino.js'
import { unsavedWords } from './fileErrorOf.js'
import { keptOf, keptWords } from './keptOf.js'
import { moveJob } from './moveJob.js'
import { syncRows } from './syncRows.js'

/**
 * Ends a job whose file cannot be had any more, with all that a person needs to ask for the money:
 * what, when, how much, under which id. When the money is back already, it has simply failed.
 */
export async function loseJob(
  zecchino: Zecchino,
  options: { job: Job.Job; reason: string },
): Promise<void> {
  const { client, ledger } = zecchino
  const { job, reason } = options
  await clearParts(zecchino, job).catch(() => {}) // its end does not depend on what is left
  await syncRows(zecchino)
  const { detail: said, queueId, refund, sentAt, status } = (await ledger.findJob(job.id)) ?? job
  const price = Money.display(job.price)
  const unsaved = unsavedWords(said)
  const kept = keptWords(await keptOf(zecchino, job))
  const lost = `The video cannot be fetched: ${reason}.${unsaved}${kept}`
  if (refund !== undefined) {
    const detail = `${lost} ${Money.display(refund)} was refunded.`
    await moveJob(zecchino, {
      from: status,
      jobId: job.id,
      patch: { detail },
      to: 'failed_refunded',
    })
    return
  }
  const at = (sentAt ?? job.createdAt).toISOString()
  const now = client.now().toISOString()
  const where = zecchino.payer === 'key' ? 'at venice.ai' : 'with `zecchino transactions`'
  const detail = `${lost} ${price} was paid for it at ${at}, and it was given up at ${now}; Venice knows it as ${queueId ?? 'unknown'} (model ${job.model}). Look for a refund ${where}, or ask Venice for one with that id.`
  await moveJob(zecchino, { from: status, jobId: job.id, patch: { detail }, to: 'lost_media' })
}
