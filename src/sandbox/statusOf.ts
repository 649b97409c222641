import type { Job, World } from './world.js'

/** Where a job stands. It is done when its time is over and its file is rendered. */
export function statusOf(world: World, job: Job): 'COMPLETED' | 'FAILED' | 'PROCESSING' {
  if (job.failure) return 'FAILED'
  const done = job.media !== undefined && world.now().getTime() >= job.readyAt
  return done ? 'COMPLETED' : 'PROCESSING'
}
