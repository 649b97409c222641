import { completeVideo } from '../actions/completeVideo.js'
import { revokeDownload } from '../actions/revokeDownload.js'
import { retrieveVideo } from '../actions/retrieveVideo.js'
import type * as Job from '../Job.js'
import type { Zecchino } from './createZecchino.js'
import { moveJob } from './moveJob.js'

/**
 * Deletes the media at the provider, after the file is durable here. Every answer ends it: a
 * provider that keeps a copy is not a reason to keep a job open.
 */
export async function cleanUp(zecchino: Zecchino, { job }: { job: Job.Job }): Promise<void> {
  const { client, seal } = zecchino
  const { id: jobId, model, queueId = '', sealedUrl } = job
  if (sealedUrl) await revokeDownload(client, { url: seal.open(sealedUrl) })
  if (!(await completeVideo(client, { model, queueId }))) {
    const outcome = await retrieveVideo(client, { deleteMedia: true, model, queueId })
    if (outcome.kind === 'video') await outcome.response.body?.cancel()
  }
  await moveJob(zecchino, { from: 'saved', jobId, to: 'cleaned' })
}
