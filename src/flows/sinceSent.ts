import * as Clock from '../Clock.js'
import type * as Job from '../Job.js'
import type { Zecchino } from './createZecchino.js'

/**
 * How many milliseconds ago a job was sent, at least: by the provider's clock and by the ledger's, so that
 * one which is put forward meanwhile ends no wait too soon.
 */
export async function sinceSent({ client, ledger }: Zecchino, job: Job.Job): Promise<number> {
  const byProvider = Clock.between(Clock.sentAt(job), client.providerTime()).least
  const byLedger = (await ledger.now()).getTime() - (job.sentAt ?? job.updatedAt).getTime()
  return Math.min(byProvider, byLedger)
}
