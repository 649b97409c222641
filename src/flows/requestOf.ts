import * as Errors from '../Errors.js'
import type * as Job from '../Job.js'
import type * as Video from '../Video.js'
import type { Zecchino } from './createZecchino.js'

/** What a job was bought with: the request of its quote, exactly as it was priced. */
export async function requestOf({ ledger }: Zecchino, job: Job.Job): Promise<Video.Request> {
  const quote = await ledger.findQuote(job.quoteId)
  // The database refuses a job without its quote.
  if (!quote) throw new Errors.UnexpectedError({ cause: new Error('a job without its quote') })
  return JSON.parse(quote.body) as Video.Request
}
