import { completeVideo } from '../actions/completeVideo.js'
import { revokeDownload } from '../actions/revokeDownload.js'
import { retrieveVideo } from '../actions/retrieveVideo.js'
import * as Errors from '../Errors.js'
import type * as Job from '../Job.js'
import { checkForeign } from './checkForeign.js'
import type { Zecchino } from './createZecchino.js'
import { keptOf, keptWords } from './keptOf.js'
import { mismatchOf } from './mismatchOf.js'
import { moveJob } from './moveJob.js'
import { policyOf } from './policyOf.js'
import { requestOf } from './requestOf.js'
import { syncRows } from './syncRows.js'

/** How often a provider that is busy or broken is asked to delete. */
const attempts = 4

/**
 * Deletes the media at the provider, after the file is durable here. Every answer ends it, an
 * outage only when it lasts: a provider that keeps a copy is not a reason to keep a job open.
 *
 * Nothing is deleted when the owner wants it kept, or when the file is not what was asked for: then
 * the provider's copy is what a complaint is about.
 */
export async function cleanUp(
  zecchino: Zecchino,
  options: { job: Job.Job; signal: AbortSignal },
): Promise<void> {
  const { job, signal } = options
  const { client } = zecchino
  const wrong = job.file ? mismatchOf(await requestOf(zecchino, job), job.file) : []
  const { deleteAfterSave } = await policyOf(zecchino)
  if (deleteAfterSave && wrong.length === 0) await deleteMedia(zecchino, { job, signal })
  // What was charged, and by whom, is looked at now, and not only at the next start.
  try {
    await syncRows(zecchino)
    await checkForeign(zecchino)
  } catch (error) {
    client.onEvent({ message: Errors.from(error).shortMessage, type: 'warning' })
  }
  const kept = keptWords(await keptOf(zecchino, job))
  const patch =
    wrong.length > 0
      ? { detail: `${wrong.join(' ')} The copy at the provider was not deleted.${kept}` }
      : {}
  await moveJob(zecchino, { from: 'saved', jobId: job.id, patch, to: 'cleaned' })
}

async function deleteMedia(
  { client, seal }: Zecchino,
  { job, signal }: { job: Job.Job; signal: AbortSignal },
): Promise<void> {
  const { model, queueId = '', sealedUrl } = job
  if (sealedUrl) await revokeDownload(client, { url: seal.open(sealedUrl) })
  if (await completeVideo(client, { model, queueId })) return
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const outcome = await retrieveVideo(client, { deleteMedia: true, model, queueId })
    if (outcome.kind === 'video') await outcome.response.body?.cancel()
    if (outcome.kind !== 'transient') return
    await client.sleep(1_000 * 2 ** attempt, signal)
  }
}
