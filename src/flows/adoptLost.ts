import * as Charges from '../Charges.js'
import type * as Job from '../Job.js'
import type { WalletZecchino } from './createZecchino.js'
import { findCandidates } from './findCandidates.js'
import { moveJob } from './moveJob.js'
import { adoptable, patchOf } from './reconcileJob.js'
import { syncRows } from './syncRows.js'

/**
 * Takes the video of a job whose owner was asked what became of it, when its charge shows after all, or Venice
 * can say by now what that is for: an outage at the wrong moment is no reason to lose it. It is taken on the
 * same proof as one that nobody was asked about; the owner's word, if they gave it meanwhile, counts.
 */
export async function adoptLost(zecchino: WalletZecchino, job: Job.Job): Promise<boolean> {
  await syncRows(zecchino)
  const candidates = await findCandidates(zecchino, { isAsked: Charges.isAgreed, job })
  const adopted = adoptable(candidates)
  if (!adopted) return false
  const { id: jobId, sentAt } = job
  const patch = patchOf(adopted)
  if (!(await moveJob(zecchino, { from: 'ambiguous', jobId, patch, sentAt, to: 'queued' })))
    return false
  zecchino.worker.start(jobId)
  await syncRows(zecchino)
  return true
}
