import * as Venice from '../Venice.js'
import type * as Job from '../Job.js'
import { pollDelay } from './pollDelay.js'

/**
 * How many times more looks the jobs of a wallet want than it may make: 1 when there are enough for
 * all, 3 when each job is looked at a third as often as it should be.
 */
export function crowdOf(jobs: readonly Job.Job[], now: Date): number {
  const wanted = jobs
    .filter(({ status }) => status === 'queued')
    .map(({ estimate = 0, queuedAt = now }) => {
      const elapsed = Math.max(now.getTime() - queuedAt.getTime(), 0)
      return 60_000 / pollDelay({ elapsed, estimate })
    })
    .reduce((sum, perMinute) => sum + perMinute, 0)
  return Math.max(wanted / Venice.maxRetrievesPerMinute, 1)
}
