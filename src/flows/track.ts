import { openDownload } from '../actions/openDownload.js'
import { retrieveVideo } from '../actions/retrieveVideo.js'
import { DownloadRefusedError } from '../client/fetchDownload.js'
import type * as Job from '../Job.js'
import * as Video from '../Video.js'
import { checkFolder } from './checkFolder.js'
import { createRhythm } from './createRhythm.js'
import type { Zecchino } from './createZecchino.js'
import { adopt, download } from './download.js'
import { failJob } from './failJob.js'
import { isDue, keptOf } from './keptOf.js'
import { loseJob } from './loseJob.js'
import { noteTrouble } from './noteTrouble.js'

/** How often in a row "gone" or a 500 must be heard before a job that is paid for is given up. */
const confirmations = 6

/** How often a refusal by the provider must be heard: terminal failures repeat. */
const refusals = 2

/** How long the answer to the paid call may be under way to another process, in milliseconds. */
export const answerTime = 180_000

/** How long Venice keeps a job, in milliseconds. */
const lifetime = 24 * 3_600_000

/** What `402` means here; it costs nothing to wait for more credit, so the job goes on. */
const starved =
  'Venice admits nothing below $0.10 of credit, not even a look at this job: top up, and it goes on.'

/** The same, of an account that nothing here can top up. */
const unfunded =
  'Venice answers that the account behind the API key is out of funds, even to a look at this job: add some at venice.ai, and it goes on.'

/** What `401` means to an API key; the job stays Venice's to make, and is looked at for its day. */
const unknownKey =
  'Venice does not accept the API key any more, not even to look at this job, which is paid for: check VENICE_API_KEY at venice.ai. It is looked at all the same, and Venice keeps it for 24 hours.'

/**
 * Follows a queued job until its file is saved or it has failed for good. Passing errors are
 * absorbed, with growing pauses; a terminal answer is believed only when it repeats.
 */
export async function track(
  zecchino: Zecchino,
  options: { job: Job.Job; signal: AbortSignal },
): Promise<void> {
  const { client, ledger } = zecchino
  const { job, signal } = options
  const { id: jobId, model, queueId = '' } = job
  if (await adopt(zecchino, job)) return
  const isOver = () => client.now().getTime() - (job.queuedAt ?? job.createdAt).getTime() > lifetime
  // After its day the provider has the last word, whatever the disk.
  if (!isOver()) await checkFolder(zecchino, job)
  const { rest, urgency } = createRhythm(client)
  const pause = createPause(client, signal)
  let known = job.estimate
  /** Why Venice does not even let us look, as it stands on the job. */
  let barred = [starved, unfunded, unknownKey].find((reason) => reason === job.detail) ?? ''
  const bar = async (reason: string) => {
    if (reason !== barred) await ledger.noteJob(jobId, { detail: reason })
    barred = reason
  }
  /** How often the same bad news came in a row. */
  let [heard, times] = ['', 0]
  const repeats = (news: string) => {
    times = news === heard ? times + 1 : 1
    heard = news
    return times
  }

  for (;;) {
    const outcome = await retrieveVideo(client, { model, queueId, signal, urgency })
    switch (outcome.kind) {
      case 'processing': {
        repeats('')
        pause.forget()
        await bar('')
        const { elapsed, estimate } = outcome
        if (estimate !== known) await ledger.noteJob(jobId, { estimate })
        known = estimate
        client.onEvent({ elapsedMs: elapsed, estimateMs: estimate, jobId, type: 'job.progress' })
        await rest({ elapsed, estimate }, signal)
        continue
      }
      case 'video':
        if (await save(zecchino, { job, response: outcome.response, signal })) return
        if (isOver() && (await keptOf(zecchino, job)).length > 0)
          return loseJob(zecchino, { job, reason: reasons.unreadable })
        break
      case 'completed': {
        const end = await fetchLink(zecchino, { job, signal })
        if (end === 'saved') return
        const patience = end === 'no link' ? 1 : confirmations
        if (end !== 'again' && repeats(end) >= patience)
          return loseJob(zecchino, { job, reason: reasons[end] })
        break
      }
      case 'failed': {
        if (repeats('failed') >= refusals)
          return failJob(zecchino, { failed: outcome, job, signal })
        break
      }
      case 'gone':
      case 'unknown_id': {
        const reason = isOver() ? reasons.expired : reasons.gone
        if (repeats('gone') >= confirmations) return loseJob(zecchino, { job, reason })
        break
      }
      case 'transient':
        if (outcome.status === 402) await bar(zecchino.payer === 'key' ? unfunded : starved)
        if (outcome.status === 401 && zecchino.payer === 'key') await bar(unknownKey)
        if (outcome.status !== 500) repeats('')
        else if (repeats('500') >= confirmations)
          return failJob(zecchino, { failed: outcome.failed ?? outcome, job, signal })
    }
    client.onEvent({ message: `${jobId}: ${outcome.kind} (${times})`, type: 'warning' })
    await pause.take()
  }
}

const reasons = {
  expired: 'Venice keeps a job for 24 hours, and nobody fetched it in that time',
  gone: 'Venice does not know the job or its media any more',
  'link gone': 'its link leads to no file any more',
  unreadable: 'Venice keeps a job for 24 hours, and what came in that time cannot be read',
  'no link': 'only the lost queue answer carried the link to the file',
}

/** Growing pauses between tries, so that neither a limit nor the few uses of a link are used up. */
function createPause({ sleep }: Zecchino['client'], signal: AbortSignal) {
  let tries = 0
  return {
    forget: () => (tries = 0),
    take: () => sleep(Math.min(1_000 * 2 ** ++tries, 60_000), signal),
  }
}

type Step = { job: Job.Job; signal: AbortSignal }

/** Saves the body of an answer. `false`: what came is no video, and may be one the next time. */
async function save(zecchino: Zecchino, options: download.Options): Promise<boolean> {
  try {
    await download(zecchino, options)
    return true
  } catch (error) {
    if (!(error instanceof Video.NotAVideoError)) throw error
    const message = `${options.job.id}: ${error.facts.join(' ')}`
    zecchino.client.onEvent({ message, type: 'warning' })
    return false
  }
}

/** Fetches a finished file from behind the link that only the queue answer carried. */
async function fetchLink(zecchino: Zecchino, { job, signal }: Step) {
  const { client, ledger, seal } = zecchino
  // Read anew: the process that queued it may have come to write the link down meanwhile.
  const { sealedUrl } = (await ledger.findJob(job.id)) ?? job
  const age = client.now().getTime() - (job.sentAt ?? job.updatedAt).getTime()
  if (!sealedUrl) return age < answerTime ? 'again' : 'no link'
  const kept = await keptOf(zecchino, job)
  if (!isDue({ job, kept, now: client.now(), source: 'link' })) return 'again'
  const url = seal.open(sealedUrl)
  const outcome = await openDownload(client, { signal, url }).catch(async (error: unknown) => {
    if (error instanceof DownloadRefusedError) await noteTrouble(zecchino, job, error)
    throw error
  })
  if (outcome.kind === 'gone') return 'link gone'
  if (outcome.kind !== 'file') return 'again'
  const { response } = outcome
  const openRest: download.Options['openRest'] = (rest) =>
    openDownload(client, { rest, signal, url })
  return (await save(zecchino, { job, openRest, response, signal })) ? 'saved' : 'again'
}
