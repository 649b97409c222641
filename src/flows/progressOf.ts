import * as Job from '../Job.js'

/** How far a job is, as far as the provider's estimate goes. An estimate never says "done". */
export function progressOf(job: Job.Job, now: Date): progressOf.ReturnType {
  if (Job.isSaved(job.status)) return { done: 1, etaSeconds: 0, message: 'saved' }
  if (job.status === 'ready') return { done: 0.97, etaSeconds: 1, message: 'downloading' }
  if (job.status !== 'queued' || !job.queuedAt)
    return { done: 0, etaSeconds: undefined, message: job.status }
  const elapsed = Math.max(now.getTime() - job.queuedAt.getTime(), 0)
  if (!job.estimate) return { done: 0.02, etaSeconds: undefined, message: 'rendering' }
  const eta = Math.max(Math.ceil((job.estimate - elapsed) / 1000), 1)
  const done = Math.min(elapsed / job.estimate, 0.95)
  return { done, etaSeconds: eta, message: `rendering, about ${eta} s left` }
}

export declare namespace progressOf {
  type ReturnType = {
    /** Share done, 0 to 1. */
    done: number
    etaSeconds: number | undefined
    message: string
  }
}
