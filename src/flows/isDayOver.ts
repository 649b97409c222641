import * as Clock from '../Clock.js'
import * as Job from '../Job.js'
import type { Zecchino } from './createZecchino.js'

/**
 * Whether the day is over for which Venice keeps a job: by its own clock and, roughly, by the ledger's.
 * One answer's `Date` alone would prove nothing, for an edge may have written it.
 */
export async function isDayOver({ client, ledger }: Zecchino, job: Job.Job): Promise<boolean> {
  const { at, within } = client.providerTime()
  const end = Job.keptUntil(job).getTime()
  const ours = (await ledger.now()).getTime() + Clock.apart
  return at.getTime() - within >= end && ours >= end
}
