import * as Errors from '../Errors.js'
import * as Job from '../Job.js'
import { adoptLost } from './adoptLost.js'
import type { Zecchino } from './createZecchino.js'
import { lookAgain } from './lookAgain.js'

/** How often a job that was given up is looked at without anybody asking, in milliseconds. */
const pause = 10 * 60_000

/**
 * Looks again, one after the other, at the jobs that were given up and that Venice may still have, and at
 * those that wait for their owner's word because it could not be told what became of them. Beside other work: it ends by itself and never throws.
 */
export async function reviewLost(zecchino: Zecchino): Promise<void> {
  const { client, ledger } = zecchino
  try {
    for (const job of await ledger.jobs({ statuses: Job.givenUp })) {
      if (!Job.canLookAgain(job, client.providerTime().at)) continue
      const at = await ledger.now()
      const looked = job.badNews?.looked.getTime() ?? 0
      if (Math.abs(at.getTime() - looked) >= pause) await lookAgain(zecchino, { jobId: job.id })
    }
    if (zecchino.payer === 'key') return
    for (const job of await ledger.jobs({ statuses: ['ambiguous'] }))
      if (client.providerTime().at < Job.lookUntil(job)) await adoptLost(zecchino, job)
  } catch (error) {
    client.onEvent({ message: Errors.from(error).shortMessage, type: 'warning' }) // the next time
  }
}
