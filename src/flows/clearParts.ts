import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import type * as Job from '../Job.js'
import type { Zecchino } from './createZecchino.js'

/** Removes the part files that earlier attempts at a job left behind. */
export async function clearParts({ outputDir }: Zecchino, job: Pick<Job.Job, 'id'>): Promise<void> {
  if (!existsSync(outputDir)) return
  for (const name of await readdir(outputDir))
    if (name.startsWith(`${job.id}.`) && name.endsWith('.part'))
      await rm(join(outputDir, name), { force: true })
}
