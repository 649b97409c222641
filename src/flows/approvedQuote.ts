import { createHash } from 'node:crypto'

import * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import type { Zecchino } from './createZecchino.js'
import { moveJob } from './moveJob.js'

/** Whether the body of a quote is, byte for byte, the one that a hash was made of. */
function isBody({ body }: Pick<Ledger.Quote, 'body'>, hash: string): boolean {
  return createHash('sha256').update(body).digest('hex') === hash
}

/**
 * Refuses a quote whose body was changed on the ledger before it is priced again and bought.
 *
 * @throws {@link Ledger.CorruptError}; the wallet is frozen by then.
 */
export async function refuseChanged(
  { ledger }: Zecchino,
  { hash, quote }: { hash: string; quote: Ledger.Quote },
): Promise<void> {
  if (isBody(quote, hash)) return
  const reason = `the request of ${quote.id} is not the one that was priced.`
  await ledger.freeze(`The ledger was changed: ${reason} Compare it with a copy.`)
  throw new Ledger.CorruptError({ reason })
}

/**
 * Reads the quote of a job that is about to be priced or sent. A body that is not the one that was
 * reserved, and perhaps approved, was changed on the ledger past all of this code: the job ends, and
 * the wallet is frozen, because nobody knows what else was changed. `undefined`: that has happened.
 */
export async function approvedQuote(
  zecchino: Zecchino,
  job: Job.Job,
): Promise<Ledger.Quote | undefined> {
  const { ledger } = zecchino
  const quote = await ledger.findQuote(job.quoteId)
  if (quote && isBody(quote, job.hash)) return quote
  const what = `the request of ${job.id} is not the one that was agreed to`
  await ledger.freeze(`The ledger was changed: ${what}. Compare it with a copy.`)
  const detail = `It was not sent: ${what}. Somebody changed the ledger; nothing was charged.`
  await moveJob(zecchino, { from: 'reserved', jobId: job.id, patch: { detail }, to: 'rejected' })
  return undefined
}
