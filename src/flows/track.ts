import { openDownload } from '../actions/openDownload.js'
import { retrieveVideo } from '../actions/retrieveVideo.js'
import type * as Job from '../Job.js'
import * as Money from '../Money.js'
import type { Zecchino } from './createZecchino.js'
import { createRhythm } from './createRhythm.js'
import { adopt, download } from './download.js'
import { moveJob } from './moveJob.js'
import { syncRows } from './syncRows.js'

/** How often in a row "gone" or "failed" must be heard before it is believed. */
const confirmations = 3

/** How long the answer to the paid call may be under way to another process, in milliseconds. */
const answerTime = 180_000

/**
 * Follows a queued job until its file is saved or it has failed for good. Passing errors are
 * absorbed; a terminal answer is believed only when it repeats.
 */
export async function track(
  zecchino: Zecchino,
  options: { job: Job.Job; signal: AbortSignal },
): Promise<void> {
  const { client, ledger } = zecchino
  const { job, signal } = options
  const { id: jobId, model, queueId = '' } = job
  if (await adopt(zecchino, job)) return
  const { rest, urgency } = createRhythm(client)
  let [misses, known] = [0, job.estimate]
  for (;;) {
    const outcome = await retrieveVideo(client, { model, queueId, signal, urgency })
    switch (outcome.kind) {
      case 'processing': {
        misses = 0
        const { elapsed, estimate } = outcome
        if (estimate !== known) await ledger.noteJob(jobId, { estimate })
        known = estimate
        client.onEvent({ elapsedMs: elapsed, estimateMs: estimate, jobId, type: 'job.progress' })
        await rest({ elapsed, estimate }, signal)
        continue
      }
      case 'video':
        await download(zecchino, { job, response: outcome.response })
        return
      case 'completed': {
        // Read anew: the process that queued it may have come to write the link down meanwhile.
        const { sealedUrl } = (await ledger.findJob(jobId)) ?? job
        const age = client.now().getTime() - (job.sentAt ?? job.updatedAt).getTime()
        if (!sealedUrl && age < answerTime) {
          await client.sleep(5_000, signal)
          continue
        }
        if (!sealedUrl)
          return lose(zecchino, job, 'only the lost queue answer carried the link to the file')
        const url = zecchino.seal.open(sealedUrl)
        await download(zecchino, { job, response: await openDownload(client, { signal, url }) })
        return
      }
      case 'failed':
        return fail(zecchino, job, outcome.says, outcome.suggestion)
      case 'gone':
      case 'unknown_id':
        misses += 1
        if (misses < confirmations) break
        return lose(zecchino, job, 'Venice does not know the job or its media any more')
      case 'transient':
        misses = outcome.status === 500 ? misses + 1 : 0
        if (misses < confirmations * 2) break
        return fail(zecchino, job, outcome.says, undefined)
    }
    client.onEvent({ message: `${jobId}: ${outcome.kind} (${misses})`, type: 'warning' })
    await client.sleep(Math.min(1_000 * 2 ** misses, 15_000), signal)
  }
}

/** Ends a failed job, with or without its refund. */
async function fail(
  zecchino: Zecchino,
  job: Job.Job,
  says: string,
  suggestion: string | undefined,
): Promise<void> {
  const { ledger } = zecchino
  await syncRows(zecchino)
  const { refund } = (await ledger.findJob(job.id)) ?? {}
  const words = says ? ` The provider says (untrusted): ${says}` : ''
  const money =
    refund === undefined
      ? ` ${Money.display(job.price)} was charged, and no refund has shown yet.`
      : ` ${Money.display(refund)} was refunded.`
  const detail = `The video could not be made.${words}${suggestion ? ` ${suggestion}` : ''}${money}`
  const to = refund === undefined ? 'failed_unrefunded' : 'failed_refunded'
  await moveJob(zecchino, {
    from: await stand(zecchino, job),
    jobId: job.id,
    patch: { detail },
    to,
  })
}

async function lose(zecchino: Zecchino, job: Job.Job, reason: string): Promise<void> {
  const detail = `The video was paid for with ${Money.display(job.price)} and cannot be fetched: ${reason}.`
  const from = await stand(zecchino, job)
  await moveJob(zecchino, { from, jobId: job.id, patch: { detail }, to: 'lost_media' })
}

async function stand({ ledger }: Zecchino, job: Job.Job): Promise<Job.Status> {
  return (await ledger.findJob(job.id))?.status ?? job.status
}
