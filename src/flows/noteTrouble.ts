import type * as Errors from '../Errors.js'
import type * as Job from '../Job.js'
import type { Zecchino } from './createZecchino.js'

/**
 * Writes on a job why its file is not here yet, and the way out. What stands there already is not
 * written again, because each note is an entry of the audit log. Saving the file clears it.
 */
export async function noteTrouble(
  { ledger }: Zecchino,
  job: Pick<Job.Job, 'id'>,
  trouble: Errors.BaseError | string,
): Promise<void> {
  const detail = typeof trouble === 'string' ? trouble : wordsOf(trouble)
  try {
    const current = await ledger.findJob(job.id)
    const waits = current?.status === 'queued' || current?.status === 'ready'
    if (waits && current.detail !== detail) await ledger.noteJob(job.id, { detail })
  } catch {
    // The ledger may lie on the same full disk; the trouble itself is what the caller tells.
  }
}

function wordsOf({ facts, hint, shortMessage }: Errors.BaseError): string {
  const reason = facts.find((fact) => fact.startsWith('Reason: '))
  return [shortMessage, reason && `${reason}.`, hint].filter(Boolean).join(' ')
}
