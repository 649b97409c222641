import * as Job from '../Job.js'
import { pollDelay } from './pollDelay.js'

/**
 * How far a job is, as far as the provider's estimate goes. An estimate never says "done", and what
 * is late takes longer. The time left ends when the file is noticed here, which is later in a crowd.
 */
export function progressOf(job: Job.Job, options: progressOf.Options): progressOf.ReturnType {
  const { crowd = 1, now, waits } = options
  if (Job.isSaved(job.status)) return { done: 1, etaSeconds: 0, message: 'saved' }
  // Something keeps the file from being saved: nobody knows for how long.
  if (job.status === 'ready' && job.detail)
    return { done: 0.97, etaSeconds: undefined, message: job.detail.split(/(?<=\.) /)[0] ?? '' }
  if (job.status === 'ready') return { done: 0.97, etaSeconds: 1, message: 'downloading' }
  if (job.status !== 'queued' || !job.queuedAt)
    return { done: 0, etaSeconds: undefined, message: waits ?? job.status }
  const elapsed = Math.max(now.getTime() - job.queuedAt.getTime(), 0)
  const { badNews, estimate } = job
  if (badNews) {
    const done = Math.min(elapsed / (estimate || elapsed || 1), 0.95)
    return { done, etaSeconds: undefined, message: 'bad news from Venice: it is asked again' }
  }
  if (!estimate) return { done: 0.02, etaSeconds: undefined, message: 'rendering' }
  const left = Math.max(estimate - elapsed, elapsed / 10)
  const late = (pollDelay({ elapsed: elapsed + left, estimate }) * crowd) / 2
  const eta = Math.max(Math.ceil((left + late) / 1000), 1)
  const done = Math.min(elapsed / estimate, 0.95)
  const others = crowd > 1.2 ? Math.round(late / 1000) : 0
  const crowded = others > 0 ? `, ${others} s of it because of other jobs` : ''
  return { done, etaSeconds: eta, message: `rendering, about ${eta} s left${crowded}` }
}

export declare namespace progressOf {
  type Options = {
    /** How many times more looks than it may make the wallet wants. @default 1 */
    crowd?: number | undefined
    now: Date
    /** What it waits for before it is queued, in a sentence. */
    waits?: string | undefined
  }
  type ReturnType = {
    /** Share done, 0 to 1. */
    done: number
    etaSeconds: number | undefined
    message: string
  }
}
