import * as Charges from '../Charges.js'
import * as Clock from '../Clock.js'
import type * as Job from '../Job.js'
import type * as Venice from '../Venice.js'
import type { Zecchino } from './createZecchino.js'
import { readFacts } from './readFacts.js'

/** A job that this ledger has not sent, and a charge of somebody's that is of its model and price. */
export type Copied = { job: Job.Job; request: Charges.Request }

/**
 * Finds jobs that are set aside and were never sent, and that one of these charges, which nobody here made,
 * may be for all the same: two homes with the same ledger, one of them a copy, have the same jobs to send.
 */
export async function findCopied(
  zecchino: Zecchino,
  rows: readonly Venice.Transaction[],
): Promise<Copied[]> {
  const waiting = await zecchino.ledger.jobs({ statuses: ['reserved'] })
  const unsent = waiting.filter(({ sentAt }) => sentAt === undefined)
  if (unsent.length === 0) return []
  const facts = await readFacts(zecchino, rows)
  const requests = Charges.requestsOf(facts.rows, unsent)
  return unsent.flatMap((job) => {
    const request = requests.find((one) => isFor(one, { facts, job }))
    return request ? [{ job, request }] : []
  })
}

/** Whether a charge is of a job's model and price, and not from before the job. */
function isFor(
  request: Charges.Request,
  { facts, job }: { facts: Charges.Facts; job: Job.Job },
): boolean {
  const at = new Date(request.first)
  const rank = Charges.rankOf(request, { facts, job: { ...job, providerSentAt: at, sentAt: at } })
  const isAgreed = rank !== undefined && Charges.isAgreed({ job, rank })
  return isAgreed && request.first >= job.createdAt.getTime() - Clock.apart
}
