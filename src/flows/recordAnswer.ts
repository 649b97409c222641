import type * as Answer from '../Answer.js'
import * as Job from '../Job.js'
import type { Zecchino } from './createZecchino.js'
import { moveJob } from './moveJob.js'

/** Puts the answer to a paid call on the ledger. `false`: it fits no job as it stands there. */
export async function recordAnswer(zecchino: Zecchino, answer: Answer.Answer): Promise<boolean> {
  const { client, ledger, seal } = zecchino
  const { downloadUrl, jobId, queueId, queuedAt, sentAt } = answer
  const sealedUrl = downloadUrl === undefined ? undefined : seal.seal(downloadUrl)
  if (!(await ledger.recordAnswer(jobId, { queueId, queuedAt, sealedUrl, sentAt }))) return false
  client.onEvent({ jobId, status: 'queued', type: 'job.moved' })
  // From here on it is safe: a job that was given up without its link is looked at again.
  if (sealedUrl !== undefined) await lookAgain(zecchino, jobId).catch(() => {})
  return true
}

async function lookAgain(zecchino: Zecchino, jobId: string): Promise<void> {
  const job = await zecchino.ledger.findJob(jobId)
  if (!job || !Job.isGivenUp(job.status)) return
  const patch = { detail: '' }
  await moveJob(zecchino, { from: job.status, jobId, patch, to: 'queued' })
}
