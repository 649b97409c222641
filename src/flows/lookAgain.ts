import { retrieveVideo } from '../actions/retrieveVideo.js'
import * as BadNews from '../BadNews.js'
import * as Job from '../Job.js'
import type { Zecchino } from './createZecchino.js'
import { moveJob } from './moveJob.js'
import { syncRows } from './syncRows.js'

/** How often Venice is asked about a job that was given up, in milliseconds. */
const pause = 60_000

/**
 * Looks once more at a job that is paid for and was given up: for its refund, and until its day at
 * Venice is over for its video, at most once a minute whoever asks. When Venice has it after all, the
 * job goes back to `queued` under the queue id that it has, and this process's worker follows it: it
 * is never sent again, and nothing is booked. Otherwise it stays as it is.
 */
export async function lookAgain(
  zecchino: Zecchino,
  options: { jobId: string; signal?: AbortSignal | undefined },
): Promise<Job.Job> {
  const { client, ledger, worker } = zecchino
  const { jobId, signal } = options
  const found = async () => {
    const job = await ledger.findJob(jobId)
    if (!job) throw new Job.NotFoundError({ id: jobId })
    return job
  }
  if (!Job.isGivenUp((await found()).status)) return found()
  // A refund may come long after the failure: whoever asks makes us look.
  await syncRows(zecchino).catch(() => {}) // without the provider, what is known is the answer
  const job = await found()
  if (!Job.canLookAgain(job, client.providerTime().at)) return job
  const { badNews, status } = job
  const at = await ledger.now()
  if (badNews && Math.abs(at.getTime() - badNews.looked.getTime()) < pause) return job
  // Before it is asked: others who ask in the same moment leave it to us.
  await ledger.noteJob(jobId, { badNews: BadNews.look(badNews, at) })
  if (!(await isThere(zecchino, { job, signal }))) return found()
  const detail = 'It was given up, and Venice has it after all.'
  await moveJob(zecchino, { from: status, jobId, patch: { badNews: null, detail }, to: 'queued' })
  worker.start(jobId)
  return found()
}

/** Whether Venice makes the video, or has it where we can fetch it. */
async function isThere(
  { client }: Zecchino,
  { job, signal }: { job: Job.Job; signal: AbortSignal | undefined },
): Promise<boolean> {
  const { model, queueId = '', sealedUrl } = job
  const outcome = await retrieveVideo(client, { deadline: 30_000, model, queueId, signal }).catch(
    () => undefined, // no answer is none
  )
  // The worker asks for it anew: then it is read to the end.
  if (outcome?.kind === 'video') await outcome.response.body?.cancel()
  if (outcome?.kind === 'completed') return sealedUrl !== undefined
  return outcome?.kind === 'video' || outcome?.kind === 'processing'
}
