import * as Charges from '../Charges.js'
import type * as Job from '../Job.js'
import type { Zecchino } from './createZecchino.js'
import { readFacts } from './readFacts.js'
import { syncRows } from './syncRows.js'

/**
 * Charges tied to nothing that may be for a job that was sent, and fit no other one better: while there
 * are any, it is not sent again.
 */
export async function chargesSince(
  zecchino: Zecchino,
  job: Job.Job,
): Promise<readonly Charges.Request[]> {
  await syncRows(zecchino)
  const facts = await readFacts(zecchino)
  return Charges.requestsOf(facts.rows, facts.jobs).filter((request) => {
    const rank = Charges.rankOf(request, { facts, job })
    if (!rank) return false
    const [best] = Charges.fitsOf(request, facts)
    return !best || best.job.id === job.id || Charges.compare(best, { job, rank }) >= 0
  })
}
