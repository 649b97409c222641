import { retrieveVideo } from '../actions/retrieveVideo.js'
import * as Charges from '../Charges.js'
import type * as Job from '../Job.js'
import type * as Ownership from '../Ownership.js'
import type * as Venice from '../Venice.js'
import type { Zecchino } from './createZecchino.js'
import { readFacts } from './readFacts.js'

/** Charges that may be for a job whose answer is missing, and what the provider says of them. */
export type Candidate = {
  /** Whether it names a video job. `unknown`: the provider cannot say now. */
  answers: 'job' | 'nothing' | 'unknown'
  rank: Charges.Rank
  request: Charges.Request
  /** Another job whose answer is missing, which it fits just as well. */
  rival: Job.Job | undefined
}

/** Where another job may claim the same charge: nobody knows what became of it. */
const unknown: ReadonlySet<Job.Status> = new Set(['abandoned', 'ambiguous'])

/**
 * Finds the charges, tied to nothing, that may be for a job whose answer is missing, the best first, and
 * asks of each that names something whether that is a video job. Reads the rows that are on record.
 */
export async function findCandidates(
  zecchino: Zecchino,
  { claiming = unknown, isAsked = () => true, job, rows }: findCandidates.Options,
): Promise<Candidate[]> {
  const facts = await readFacts(zecchino, rows)
  const fits = Charges.requestsOf(facts.rows, facts.jobs).flatMap((request) => {
    const rank = Charges.rankOf(request, { facts, job })
    return rank && isAsked({ job, rank })
      ? [{ rank, request, rival: rivalOf(facts, { claiming, job, rank, request }) }]
      : []
  })
  const found: Candidate[] = []
  for (const fit of fits.toSorted((a, b) => Charges.compare({ job, ...a }, { job, ...b })))
    found.push({ ...fit, answers: await answerOf(zecchino, { job, requestId: fit.request.id }) })
  return found
}

export declare namespace findCandidates {
  type Options = {
    /** Statuses in which another job may claim a charge. @default those that nobody knows the end of */
    claiming?: ReadonlySet<Job.Status> | undefined
    /** Whether charges that fit like this are looked at. @default all */
    isAsked?: ((fit: Charges.Fit) => boolean) | undefined
    job: Job.Job
    /** Rows in place of those that are tied to nothing. */
    rows?: readonly Venice.Transaction[] | undefined
  }
}

function rivalOf(
  facts: Ownership.Facts,
  { claiming, job, rank, request }: Claim,
): Job.Job | undefined {
  const rivals = Charges.fitsOf(request, facts).filter(
    (fit) =>
      fit.job.id !== job.id &&
      claiming.has(fit.job.status) &&
      Charges.compare(fit, { job, rank }) <= 0,
  )
  // One that its owner has given up stands in a person's way no more: it is named last.
  return (rivals.find((fit) => fit.job.status !== 'abandoned') ?? rivals[0])?.job
}

type Claim = Charges.Fit & { claiming: ReadonlySet<Job.Status>; request: Charges.Request }

/** Whether a request id is that of a video job. `unknown`: the provider cannot say now. */
export async function answerOf(
  { client }: Zecchino,
  { job, requestId }: { job: Job.Job; requestId: string | null },
): Promise<Candidate['answers']> {
  if (!requestId) return 'nothing'
  const outcome = await retrieveVideo(client, { model: job.model, queueId: requestId })
  if (outcome.kind === 'video') await outcome.response.body?.cancel()
  if (outcome.kind === 'transient') return 'unknown'
  return outcome.kind === 'unknown_id' || outcome.kind === 'gone' ? 'nothing' : 'job'
}
