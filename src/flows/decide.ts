import type { Zecchino } from './createZecchino.js'
import type { Shown } from './showApproval.js'

/**
 * Records a person's decision on exactly what was shown; a refusal ends the job. Nothing is bought
 * here. `false`: it was decided or has expired meanwhile.
 */
export async function decide({ ledger }: Zecchino, options: decide.Options): Promise<boolean> {
  const { decision, shown, via } = options
  const { hash, id, jobId } = shown.approval
  if (!(await ledger.decideApproval({ decision, hash, id, via }))) return false
  if (decision === 'denied')
    await ledger.moveJob(jobId, {
      from: 'needs_approval',
      patch: { detail: 'denied by the owner' },
      to: 'abandoned',
    })
  return true
}

export declare namespace decide {
  type Options = {
    decision: 'approved' | 'denied'
    shown: Shown
    /** Where the person decided. */
    via: 'cli' | 'elicitation'
  }
}
