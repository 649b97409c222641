import type * as Ledger from '../Ledger.js'
import type { Zecchino } from './createZecchino.js'

/** Moves a job on the ledger and tells about it. `false`: it stood elsewhere. */
export async function moveJob(
  zecchino: Zecchino,
  options: Ledger.JobMove & { jobId: string },
): Promise<boolean> {
  const { jobId, ...move } = options
  const moved = await zecchino.ledger.moveJob(jobId, move)
  const detail = move.patch?.detail
  if (moved) zecchino.client.onEvent({ detail, jobId, status: move.to, type: 'job.moved' })
  return moved
}
