import { crowdOf } from '../flows/crowdOf.js'
import type { Zecchino } from '../flows/createZecchino.js'
import { progressOf } from '../flows/progressOf.js'
import { readWaits } from '../flows/readWaits.js'
import * as Job from '../Job.js'
import type { Progress } from './defineTool.js'

/** How often it is looked up what a job waits for, in milliseconds. */
const rhythm = 1_000

/** Creates what shows a job to whoever waits for it: how far it is, and what it waits for. */
export async function createShow(zecchino: Zecchino, onProgress?: (progress: Progress) => void) {
  const { client, ledger } = zecchino
  const queued = await ledger.jobs({ statuses: ['queued'] })
  const crowd = crowdOf(queued, client.now())
  let readAt = Number.NEGATIVE_INFINITY
  let waitsOf: readWaits.ReturnType = () => undefined

  const of = (job: Job.Job) => {
    const waits = waitsOf(job)
    return { ...progressOf(job, { crowd, now: client.now(), waits }), waits }
  }
  return {
    /** What is known of a job that goes no further while it is looked at. */
    async last(job: Job.Job) {
      if (!Job.isSettled(job.status)) waitsOf = await readWaits(zecchino)
      return of(job)
    },
    async onLook(job: Job.Job): Promise<void> {
      if (!onProgress) return
      if (performance.now() - readAt >= rhythm) {
        waitsOf = await readWaits(zecchino)
        readAt = performance.now()
      }
      const { done, message, waits } = of(job)
      onProgress({ done, message, ...(waits && { waits }) })
    },
  }
}
