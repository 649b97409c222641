import type * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import type { Zecchino } from './createZecchino.js'

/** Moves a job on the ledger and tells about it. `false`: it stood elsewhere. */
export async function moveJob(
  zecchino: Zecchino,
  options: { from: Job.Status; jobId: string; patch?: Ledger.JobPatch; to: Job.Status },
): Promise<boolean> {
  const { from, jobId, patch = {}, to } = options
  const moved = await zecchino.ledger.moveJob(jobId, { from, patch, to })
  if (moved) zecchino.client.onEvent({ detail: patch.detail, jobId, status: to, type: 'job.moved' })
  return moved
}
