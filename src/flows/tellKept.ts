import { renameSync } from 'node:fs'
import { dirname, join } from 'node:path'

import * as Answer from '../Answer.js'
import type { Zecchino } from './createZecchino.js'

/**
 * Tells the owner of an answer to a paid call that fits no job as it stands on the ledger: with a
 * warning, and in the audit log. The file stays, and is looked at again.
 */
export async function tellKept(
  zecchino: Zecchino,
  { answer, path }: { answer: Answer.Answer; path: string },
): Promise<void> {
  const { client, ledger } = zecchino
  const { jobId, queueId, sentAt } = answer
  const job = await ledger.findJob(jobId).catch(() => undefined)
  const where = job ? `stands in ${job.status} and is not waiting for it` : 'is not on this ledger'
  client.onEvent({
    message: `${jobId}: the paid call of ${sentAt.toISOString()} was answered with ${queueId}, but the job ${where}. The answer is kept in ${path}; compare \`zecchino transactions\`.`,
    type: 'warning',
  })
  const data = { queue_id: queueId, sent_at: sentAt.toISOString(), status: job?.status }
  const event = { data, subject: jobId, type: 'answer_kept' }
  // Where the log does not take it, it is told once more.
  await ledger.appendEvent(event).then(
    () => markTold(path, answer),
    () => {},
  )
}

/** Marks a file whose answer the owner was told of. */
export function markTold(path: string, call: Answer.Call): void {
  try {
    renameSync(path, join(dirname(path), Answer.fileOf(call, { told: true })))
  } catch {
    // It was on no disk, or cannot be renamed: then it is told once more.
  }
}
