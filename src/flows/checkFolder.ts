import { makeFolder } from '../internal/makeFolder.js'
import { probeFolder } from '../internal/probeFolder.js'
import type * as Job from '../Job.js'
import type { Zecchino } from './createZecchino.js'
import { fileErrorOf } from './fileErrorOf.js'
import { noteTrouble } from './noteTrouble.js'
import { pathOf } from './pathOf.js'
import { remembered } from './remembered.js'

/**
 * Tries the output folder before a file is fetched once more: where it could not be saved, it is not
 * downloaded again for nothing.
 *
 * @throws {@link FileError} when a file cannot be saved; then it is on the job too.
 */
export async function checkFolder(zecchino: Zecchino, job: Job.Job): Promise<void> {
  const { outputDir } = zecchino
  const { needs, unsaved } = remembered(zecchino, job)
  // A ledger that is away does not say that there is a file.
  if (job.status !== 'ready' && !unsaved) return
  try {
    makeFolder(outputDir)
    await probeFolder(outputDir, { bytes: needs, name: job.id })
  } catch (cause) {
    const place = { folder: outputDir, needs, path: pathOf(zecchino, job) }
    const error = fileErrorOf(cause, place)
    await noteTrouble(zecchino, job, error)
    throw error
  }
}
