import type { Failed } from '../BadNews.js'
import type * as Job from '../Job.js'
import * as Money from '../Money.js'
import { clearParts } from './clearParts.js'
import type { Zecchino } from './createZecchino.js'
import { keptOf, keptWords } from './keptOf.js'
import { moveJob } from './moveJob.js'
import { syncRows } from './syncRows.js'

/**
 * Ends a job that the provider could not make, with its refund if that has come: it is booked, and
 * one that comes later is booked whenever somebody looks. What the provider suggests is passed on
 * as its suggestion, and nothing is bought by itself.
 */
export async function failJob(zecchino: Zecchino, options: failJob.Options): Promise<void> {
  const { ledger } = zecchino
  const { failed, job } = options
  const { refunded: promised, says, suggestion } = failed
  await clearParts(zecchino, job).catch(() => {}) // its end does not depend on what is left
  await syncRows(zecchino)
  const isKey = zecchino.payer === 'key'
  const current = (await ledger.findJob(job.id)) ?? job
  const { refund, status } = current
  const unseen =
    isKey && promised !== false ? ' An API key is shown no refunds: look at venice.ai.' : ''
  const words = [
    'The video could not be made.',
    says && `The provider says (untrusted): ${says}`,
    suggestion,
    refund === undefined
      ? `${Money.display(job.price)} was charged, ${outlook(promised)}${unseen}`
      : `${Money.display(refund)} was refunded.`,
  ]
  const kept = keptWords(await keptOf(zecchino, job))
  const detail = `${words.filter(Boolean).join(' ')}${kept}`
  const to = refund === undefined ? 'failed_unrefunded' : 'failed_refunded'
  await moveJob(zecchino, { from: status, jobId: job.id, patch: { detail }, to })
}

export declare namespace failJob {
  type Options = {
    /** What the provider says, its words made printable. */
    failed: Failed
    job: Job.Job
  }
}

/** What the provider's word makes of a refund that has not shown. */
function outlook(promised: boolean | undefined): string {
  if (promised === undefined) return 'and no refund is known yet.'
  return promised
    ? 'and the provider says that it has given it back, but no refund is known yet.'
    : 'and the provider says that it keeps it: it refunds nothing for this refusal.'
}
