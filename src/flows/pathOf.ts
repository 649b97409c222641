import { join } from 'node:path'

import type { Zecchino } from './createZecchino.js'

/** Where the finished video of a job lies. Nothing but the job's id decides the name. */
export function pathOf({ outputDir }: Zecchino, job: { id: string }): string {
  return join(outputDir, `${job.id}.mp4`)
}
