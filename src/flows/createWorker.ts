import { setMaxListeners } from 'node:events'

import * as Errors from '../Errors.js'
import * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import type { Zecchino } from './createZecchino.js'
import { advance } from './advance.js'

/** Drives jobs in the background of a process. A job belongs to nobody's request. */
export type Worker = {
  /** Stops after the current step of each job; what is on record goes on at the next start. */
  close(): Promise<void>
  /** The error a job of this process last met, until it gets further. */
  errorOf(jobId: string): Errors.BaseError | undefined
  /** Whether this process has the job in hand. */
  isAt(jobId: string): boolean
  /** By which others see that this process has a job in hand. */
  readonly lease: Ledger.Lease
  /** Takes up a job, unless this process has it already. */
  start(jobId: string): void
}

/** How long a lease holds without renewal, in milliseconds. */
const ttl = 15_000

/**
 * Creates the worker of a process. Among several processes a lease decides who works on a job, so
 * that nothing is polled or downloaded twice; it is for liveness, never for safety.
 */
export function createWorker(zecchino: Zecchino): Worker {
  const { client, ledger } = zecchino
  const lease: Ledger.Lease = { owner: `worker_${client.randomHex(8)}`, ttl }
  const running = new Map<string, Promise<void>>()
  const errors = new Map<string, Errors.BaseError>()
  const stop = new AbortController()
  setMaxListeners(0, stop.signal) // one for every job that waits

  async function run(jobId: string): Promise<void> {
    for (let [failures, waits] = [0, 0]; !stop.signal.aborted;) {
      try {
        if (await takeTurn(jobId)) {
          errors.delete(jobId)
          return
        }
        waits += 1
        await client.sleep(Math.min(500 * waits, 5_000), stop.signal)
      } catch (error) {
        if (stop.signal.aborted) return
        const known = Errors.from(error)
        errors.set(jobId, known)
        client.onEvent({ message: `${jobId}: ${known.shortMessage}`, type: 'warning' })
        failures += 1
        await client.sleep(Math.min(500 * 2 ** failures, 30_000), stop.signal)
      }
    }
  }

  /** Works on a job until nothing more can be done. `false`: another process has its lease. */
  async function takeTurn(jobId: string): Promise<boolean> {
    const job = await ledger.findJob(jobId)
    if (job && Job.isSettled(job.status)) return true
    if (!(await ledger.claimJob(jobId, lease))) return false
    const renewal = setInterval(
      () => void ledger.claimJob(jobId, lease).catch(() => {}),
      lease.ttl / 3,
    )
    try {
      await advance(zecchino, { jobId, signal: stop.signal })
      return true
    } finally {
      clearInterval(renewal)
      await ledger.releaseJob(jobId, lease.owner).catch(() => {}) // then it runs out
    }
  }

  return {
    async close() {
      stop.abort()
      await Promise.allSettled(running.values())
    },
    errorOf: (jobId) => errors.get(jobId),
    isAt: (jobId) => running.has(jobId),
    lease,
    start(jobId) {
      if (running.has(jobId) || stop.signal.aborted) return
      const work = run(jobId)
        .catch((error: unknown) => {
          // Only an aborted sleep or a broken ledger gets here; a restart takes the job up again.
          if (!stop.signal.aborted) errors.set(jobId, Errors.from(error))
        })
        .finally(() => running.delete(jobId))
      running.set(jobId, work)
    },
  }
}
