import { setMaxListeners } from 'node:events'

import * as Clock from '../Clock.js'
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
  /** Takes up a job that nobody has in hand. If another process is faster, it is left to that one. */
  offer(jobId: string): void
  /** Takes up a job, unless this process has it already; waits for another that has it. */
  start(jobId: string): void
}

/**
 * Creates the worker of a process. Among several processes a lease decides who works on a job, so
 * that nothing is polled or downloaded twice; it is for liveness, never for safety.
 */
export function createWorker(zecchino: Zecchino): Worker {
  const { client, ledger } = zecchino
  const lease: Ledger.Lease = { owner: `worker_${client.randomHex(8)}`, ttl: Clock.leasing }
  const running = new Map<string, Promise<void>>()
  const errors = new Map<string, Errors.BaseError>()
  const stop = new AbortController()
  setMaxListeners(0, stop.signal) // one for every job

  async function run(jobId: string, { waits: stays }: { waits: boolean }): Promise<void> {
    for (let [failures, waits] = [0, 0]; !stop.signal.aborted;) {
      const began = client.now().getTime()
      try {
        const isDone = await takeTurn(jobId)
        errors.delete(jobId) // another process that has it in hand may be better off
        if (isDone || !stays) return
        waits += 1
        await client.sleep(Math.min(500 * waits, 5_000), stop.signal)
      } catch (error) {
        if (stop.signal.aborted) return
        const known = Errors.from(error)
        errors.set(jobId, known)
        client.onEvent({ message: `${jobId}: ${known.shortMessage}`, type: 'warning' })
        failures += 1
        // Whoever waited long in vain has paused.
        const waited = Math.max(client.now().getTime() - began, 0)
        const pause = Math.min(500 * 2 ** failures, 30_000) - waited
        await client.sleep(Math.max(pause, 500), stop.signal)
      }
    }
  }

  /** Works on a job until nothing more can be done. `false`: another process has its lease. */
  async function takeTurn(jobId: string): Promise<boolean> {
    const job = await ledger.findJob(jobId)
    if (job && Job.isSettled(job.status)) return true
    if (!(await ledger.claimJob(jobId, lease))) return false
    const turn = new AbortController()
    const end = () => turn.abort()
    if (stop.signal.aborted) end()
    else stop.signal.addEventListener('abort', end)
    const isLost = () => turn.signal.aborted && !stop.signal.aborted
    const done = new AbortController()
    void renew(jobId, { end, signal: done.signal })
    try {
      await advance(zecchino, { jobId, signal: turn.signal })
      await release(jobId)
      return !isLost()
    } catch (error) {
      if (isLost()) return false
      // Otherwise it is kept, and runs out if the next try is far away: until then it is in hand.
      if (stop.signal.aborted) await release(jobId)
      throw error
    } finally {
      done.abort()
      stop.signal.removeEventListener('abort', end)
    }
  }

  /** Renews a lease until it is over. One that is another's by now (a closed lid) ends the turn. */
  async function renew(
    jobId: string,
    { end, signal }: { end: () => void; signal: AbortSignal },
  ): Promise<void> {
    for (;;) {
      try {
        await client.idle(lease.ttl / 3, signal)
        if (signal.aborted) return
        if (!(await ledger.claimJob(jobId, lease)) && !signal.aborted) return end()
      } catch {
        if (signal.aborted) return
        // A ledger that cannot be written: the lease runs out, or is renewed in a moment.
      }
    }
  }

  async function release(jobId: string): Promise<void> {
    await ledger.releaseJob(jobId, lease.owner).catch(() => {}) // then it runs out
  }

  function take(jobId: string, options: { waits: boolean }): void {
    if (running.has(jobId) || stop.signal.aborted) return
    const work = run(jobId, options)
      .catch((error: unknown) => {
        // Only an aborted sleep or a broken ledger gets here; the next round takes the job up again.
        if (!stop.signal.aborted) errors.set(jobId, Errors.from(error))
      })
      .finally(() => running.delete(jobId))
    running.set(jobId, work)
  }

  return {
    async close() {
      stop.abort()
      await Promise.allSettled(running.values())
    },
    errorOf: (jobId) => errors.get(jobId),
    isAt: (jobId) => running.has(jobId),
    lease,
    offer: (jobId) => take(jobId, { waits: false }),
    start: (jobId) => take(jobId, { waits: true }),
  }
}
