import * as Job from '../Job.js'
import type { Zecchino } from './createZecchino.js'
import { lookAgain } from './lookAgain.js'

/**
 * Waits until a job reaches a state or the time is up, by looking at the ledger: whichever process
 * works on the job. Ending the wait never touches the job. Whoever asks after one
 * that was given up has it looked at again.
 *
 * @throws the error that this process's worker met, while the job cannot go on because of it.
 */
export async function watch(zecchino: Zecchino, options: watch.Options): Promise<Job.Job> {
  const { client, ledger, worker } = zecchino
  const { jobId, onLook, signal, timeout, until } = options
  const deadline = performance.now() + timeout
  for (;;) {
    const job = await ledger.findJob(jobId)
    if (!job) throw new Job.NotFoundError({ id: jobId })
    if (Job.isGivenUp(job.status)) {
      const again = await lookAgain(zecchino, { jobId, signal })
      if (Job.isSettled(again.status)) return again
      continue
    }
    if (until(job) || Job.isSettled(job.status)) {
      if (job.status === 'rejected') {
        // Its end is on record a moment before the worker has met the error that ended it.
        for (let looks = 0; looks < 20 && worker.isAt(jobId) && !worker.errorOf(jobId); looks += 1)
          await client.sleep(10)
        const error = worker.errorOf(jobId)
        if (error) throw error
      }
      return job
    }
    await onLook?.(job)
    const error = worker.errorOf(jobId)
    if (error && (job.status === 'reserved' || job.status === 'intent')) throw error
    if (performance.now() >= deadline || signal?.aborted) return job
    await client.sleep(150, signal).catch(() => {}) // an ended wait answers with what is known
  }
}

export declare namespace watch {
  type Options = {
    jobId: string
    onLook?: ((job: Job.Job) => unknown) | undefined
    signal?: AbortSignal | undefined
    /** Milliseconds. */
    timeout: number
    until: (job: Job.Job) => boolean
  }
}
