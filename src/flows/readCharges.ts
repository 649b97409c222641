import * as Charges from '../Charges.js'
import type * as Job from '../Job.js'
import type { Zecchino } from './createZecchino.js'
import { answerOf, type Candidate, findCandidates } from './findCandidates.js'
import { syncRows } from './syncRows.js'

/** A charge that a person is shown who decides about a job. */
export type Shown = Candidate & {
  /** Whether it is tied to the job. */
  isOwn: boolean
  /** Whether a person has said before that it is nobody's. */
  isSeen: boolean
}

/**
 * All charges that may be for a job, for the person who decides about it: those tied to nothing, those that
 * were acknowledged as nobody's, and its own; each that names something is asked about. An API key is
 * shown none.
 */
export async function readCharges(zecchino: Zecchino, job: Job.Job): Promise<Shown[]> {
  if (zecchino.payer === 'key') return []
  const { ledger } = zecchino
  await syncRows(zecchino)
  const foreign = await ledger.linkedRows('foreign')
  const found = await findCandidates(zecchino, {
    claiming: Charges.unanswered,
    // As long as its answer was awaited, so also what is more than was agreed to.
    job: { ...job, status: 'sending' },
    rows: [...(await ledger.unlinkedRows()), ...foreign],
  })
  const known = new Set(foreign.map(({ id }) => id))
  const isSeen = ({ request }: Candidate) => request.rows.every(({ id }) => known.has(id))
  const others = found.map((one) => ({ ...one, isOwn: false, isSeen: isSeen(one) }))
  const own: Shown[] = []
  for (const request of Charges.requestsOf(await ledger.linkedRows(job.id), [job])) {
    const answers = await answerOf(zecchino, { job, requestId: request.id })
    const rest = { isOwn: true, isSeen: false, rank: 'agreed', rival: undefined } as const
    own.push({ answers, request, ...rest })
  }
  return [...own, ...others]
}
