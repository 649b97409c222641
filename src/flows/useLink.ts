import type { DownloadOutcome } from '../actions/openDownload.js'
import { UnreachableError } from '../client/UnreachableError.js'
import { DownloadRefusedError } from '../client/fetchDownload.js'
import * as Errors from '../Errors.js'
import * as Job from '../Job.js'
import type { Zecchino } from './createZecchino.js'
import { remembered } from './remembered.js'

/** How often the link to a file was used, by any process, and when last. */
export type Uses = NonNullable<Job.Job['linkUses']>

/**
 * Uses of a link that are made before the end of its day. Venice allows “a few GETs from one network” and
 * answers 429 or 410 after; ten are assumed here, as by the sandbox, and the last of them is kept for the end.
 */
const most = 9

/** How many uses may follow each other to get the rest of a file, in all. */
const rests = 3

/** The first pause between uses in vain, how each grows, and the longest, in milliseconds. */
const [first, growth, longest] = [5_000, 4, 6 * 3_600_000]

/** How long before the provider deletes the file the last use is made, in milliseconds. */
const lastMinutes = 3 * 60_000

/**
 * Whether a link may be used now. What keeps a file from coming may last for hours, and each try counts at the
 * provider: the first pauses are seconds, the last ones hours, and one use is left for the last minutes.
 */
export function isRested(options: isRested.Options): boolean {
  const { job, now, providerNow, uses } = options
  if (!uses || uses.at > now) return true
  const left = Job.keptUntil(job).getTime() - providerNow.getTime()
  const age = now.getTime() - uses.at.getTime()
  if (left <= lastMinutes && age > lastMinutes) return true
  return uses.count < most && age >= Math.min(first * growth ** (uses.count - 1), longest)
}

export declare namespace isRested {
  type Options = {
    job: Job.Job
    /** By the ledger's clock. */
    now: Date
    providerNow: Date
    uses: Uses | undefined
  }
}

/** Whether the rest of a file may be asked for at once, after so many uses of its link. */
export function mayAskForRest(uses: Uses | undefined): boolean {
  return (uses?.count ?? 0) <= rests
}

/** Uses of a link that are on record, or known to this process where the ledger was away. */
export function usesOf(zecchino: Zecchino, job: Job.Job): Uses | undefined {
  const { uses } = remembered(zecchino, job)
  return (uses?.count ?? 0) > (job.linkUses?.count ?? 0) ? uses : job.linkUses
}

/**
 * Opens a link and counts that, before it is done: a process that dies over it has used it. Only where the
 * connection was never made it counts for nothing.
 */
export async function useLink(
  zecchino: Zecchino,
  { job, open }: { job: Job.Job; open: () => Promise<DownloadOutcome> },
): Promise<DownloadOutcome> {
  const before = usesOf(zecchino, job)
  const at = await zecchino.ledger.now()
  await count(zecchino, job, { at, count: (before?.count ?? 0) + 1 })
  try {
    return await open()
  } catch (error) {
    if (isUnconnected(error)) await count(zecchino, job, { at, count: before?.count ?? 0 })
    throw error
  }
}

async function count(zecchino: Zecchino, job: Job.Job, uses: Uses): Promise<void> {
  remembered(zecchino, job).uses = uses
  try {
    await zecchino.ledger.noteJob(job.id, { linkUses: uses })
  } catch (error) {
    // A ledger that is away is no reason not to fetch a file that is there.
    if (!Errors.from(error).code.startsWith('LEDGER_')) throw error
  }
}

/** Whether it ended before there was a connection over which anything could be asked. */
function isUnconnected(error: unknown): boolean {
  if (error instanceof DownloadRefusedError) return !error.isReached
  return error instanceof UnreachableError && !error.sent
}
