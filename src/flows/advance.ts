import * as Job from '../Job.js'
import { awaitRows } from './awaitRows.js'
import { cleanUp } from './cleanUp.js'
import type { Zecchino } from './createZecchino.js'
import { fund } from './fund.js'
import { recheck } from './recheck.js'
import { reconcileJob } from './reconcileJob.js'
import { submit } from './submit.js'
import { takeAnswers } from './takeAnswers.js'
import { track } from './track.js'

/**
 * Takes a job from wherever it stands to where nothing more can be done: the one place that orders
 * check again → fund → submit → track → clean up. Each step starts from the ledger, so it can be killed anywhere.
 */
export async function advance(
  zecchino: Zecchino,
  options: { jobId: string; signal: AbortSignal },
): Promise<Job.Job> {
  const { jobId, signal } = options
  for (;;) {
    const job = await zecchino.ledger.findJob(jobId)
    if (!job) throw new Job.NotFoundError({ id: jobId })
    if (Job.isSettled(job.status) || signal.aborted) return job
    switch (job.status) {
      case 'reserved':
        await zecchino.ready()
        await advanceReserved(zecchino, { job, signal })
        break
      case 'sending':
        // Whoever sent it may have left the answer beside the ledger.
        await takeAnswers(zecchino)
        if ((await zecchino.ledger.findJob(jobId))?.status === 'sending')
          await reconcileJob(zecchino, { job, signal })
        break
      case 'queued':
      case 'ready':
        await track(zecchino, { job, signal })
        break
      case 'saved':
        await cleanUp(zecchino, { job, signal })
        break
    }
  }
}

/** Pays for a job and sends it, on terms that hold. */
async function advanceReserved(
  zecchino: Zecchino,
  options: { job: Job.Job; signal: AbortSignal },
): Promise<void> {
  const { signal } = options
  // What may have been charged already is not decided by its price, nor paid for.
  if (!(await awaitRows(zecchino, options))) return
  const job = await recheck(zecchino, options)
  if (!job) return
  // The account behind an API key has what it has: the queue says when that is too little.
  if (zecchino.payer === 'key' || (await fund(zecchino, { job, signal })))
    await submit(zecchino, { job, signal })
}
