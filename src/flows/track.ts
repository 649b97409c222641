import { openDownload } from '../actions/openDownload.js'
import { type RetrieveOutcome, retrieveVideo } from '../actions/retrieveVideo.js'
import { UnreachableError } from '../client/UnreachableError.js'
import { DownloadRefusedError } from '../client/fetchDownload.js'
import * as Clock from '../Clock.js'
import type * as Job from '../Job.js'
import * as Video from '../Video.js'
import { checkFolder } from './checkFolder.js'
import { createRhythm } from './createRhythm.js'
import type { Zecchino } from './createZecchino.js'
import { adopt, download } from './download.js'
import { hearNews } from './hearNews.js'
import { isDayOver } from './isDayOver.js'
import { isDue, keptOf } from './keptOf.js'
import { loseJob } from './loseJob.js'
import { noteTrouble } from './noteTrouble.js'
import { isRested, mayAskForRest, useLink, usesOf } from './useLink.js'

/** What `402` means here; it costs nothing to wait for more credit, so the job goes on. */
const starved =
  'Venice admits nothing below $0.10 of credit, not even a look at this job: top up, and it goes on.'

/** The same, of an account that nothing here can top up. */
const unfunded =
  'Venice answers that the account behind the API key is out of funds, even to a look at this job: add some at venice.ai, and it goes on.'

/** What `401` means to an API key; the job stays Venice's to make, and is looked at for its day. */
const unknownKey =
  'Venice does not accept the API key any more, not even to look at this job, which is paid for: check VENICE_API_KEY at venice.ai. It is looked at all the same, and Venice keeps it for 24 hours.'

/** What is said of a job that nobody could be asked about for more than a minute. */
const outage =
  'Venice gives no answer about this job that can be believed: it may be down, or something on the way to it. The job is paid for, so it is asked again each minute, and Venice keeps the video for 24 hours.'

/** What is said of a file that is not where the link leads. */
const noFile =
  'Venice says that the video is ready, but its link leads to no file. It is tried again for as long as Venice keeps the video, 24 hours.'

/** What is said of a link that was used in vain several times. */
const broken =
  'Venice says that the video is ready, and its link did not give the whole file. A link is good for a few uses only, so it is used again less and less often, and a last time just before Venice deletes the video, 24 hours after it was ordered.'

const obstacles = [starved, unfunded, unknownKey, outage, noFile, broken]

/** After so many tries in vain, a minute's worth, it is said that there is trouble. */
const quiet = 5

/** The longest pauses between tries in vain, in milliseconds; a link is good for few uses. */
const [longest, longestOfLink] = [60_000, 300_000]

/**
 * Follows a queued job until its file is saved or it has failed for good. What passes is absorbed,
 * with growing pauses; when bad news is believed, {@link hearNews} says. One good answer, and nothing
 * is held against the job any more.
 */
export async function track(
  zecchino: Zecchino,
  options: { job: Job.Job; signal: AbortSignal },
): Promise<void> {
  const { client, ledger } = zecchino
  const { job, signal } = options
  const { id: jobId, model, queueId = '' } = job
  if (await adopt(zecchino, job)) return
  // After its day the provider has the last word, whatever the disk.
  if (!(await isDayOver(zecchino, job))) await checkFolder(zecchino, job)
  const { rest, urgency } = createRhythm(client)
  const pause = createPause(client, signal)
  let known = job.estimate
  /** Why Venice does not even let us look, as it stands on the job. */
  let barred = obstacles.find((one) => one === job.detail) ?? ''
  const bar = async (reason: string) => {
    if (reason === barred) return
    // What keeps a file away stays there until it is saved.
    const said = (await ledger.findJob(jobId))?.detail ?? ''
    if (said && (reason === outage || (reason === broken && !obstacles.includes(said)))) return
    await ledger.noteJob(jobId, { detail: reason })
    barred = reason
  }
  /** Answers in a row that told nothing. */
  let silent = 0
  let isDoubted = job.badNews !== undefined
  const trust = async () => {
    if (isDoubted) await ledger.noteJob(jobId, { badNews: null, detail: '' })
    isDoubted = false
  }

  for (;;) {
    pause.begin()
    const outcome = await retrieveVideo(client, { model, queueId, signal, urgency }).catch(absorb)
    let most = longest
    silent = outcome.kind === 'transient' ? silent + 1 : 0
    switch (outcome.kind) {
      case 'processing': {
        pause.forget()
        await trust()
        await bar('')
        const { elapsed, estimate } = outcome
        if (estimate !== known) await ledger.noteJob(jobId, { estimate })
        known = estimate
        client.onEvent({ elapsedMs: elapsed, estimateMs: estimate, jobId, type: 'job.progress' })
        await rest({ elapsed, estimate }, signal)
        continue
      }
      case 'video':
        await trust()
        if (await save(zecchino, { job, response: outcome.response, signal })) return
        if ((await keptOf(zecchino, job)).length > 0 && (await isDayOver(zecchino, job)))
          return loseJob(zecchino, { job, reason: unreadable })
        break
      case 'completed': {
        await trust()
        const end = await fetchLink(zecchino, { job, signal })
        if (end === 'saved') return
        if (end === 'no link') return loseJob(zecchino, { job, reason: noLink })
        if (end === 'resting' && pause.tries() >= quiet) await bar(broken)
        if (end !== 'link gone') break
        if (await hearNews(zecchino, { job, news: { kind: end } })) return
        if (pause.tries() >= quiet) await bar(noFile)
        most = longestOfLink
        break
      }
      default: {
        await bar(barredBy(outcome, { payer: zecchino.payer, silent }) ?? barred)
        const rescue = async () =>
          (await fetchLink(zecchino, { isLast: true, job, signal })) === 'saved'
        if (await hearNews(zecchino, { job, news: outcome, rescue })) return
        isDoubted ||= outcome.kind !== 'transient' || outcome.failed !== undefined
      }
    }
    client.onEvent({ message: `${jobId}: ${outcome.kind} (${pause.tries() + 1})`, type: 'warning' })
    await pause.take(most)
  }
}

const unreadable = 'Venice keeps a job for 24 hours, and what came in that time cannot be read'

const noLink = 'only the lost queue answer carried the link to the file'

/** No answer at all is one more that may pass; a signal that ends the work ends this as well. */
function absorb(error: unknown): RetrieveOutcome {
  if (!(error instanceof UnreachableError)) throw error
  return { kind: 'transient', says: error.shortMessage, status: 0 }
}

/** What is to be said of an answer that tells nothing about the job, if anything. */
function barredBy(
  outcome: RetrieveOutcome,
  { payer, silent }: { payer: Zecchino['payer']; silent: number },
): string | undefined {
  if (outcome.kind !== 'transient' || outcome.failed) return undefined
  if (outcome.status === 402) return payer === 'key' ? unfunded : starved
  if (outcome.status === 401 && payer === 'key') return unknownKey
  return silent > quiet ? outage : undefined
}

/**
 * Growing pauses between tries, so that neither a limit nor the few uses of a link are used up. They
 * count from when a try began: whoever waited long in vain has paused.
 */
function createPause({ now, sleep }: Zecchino['client'], signal: AbortSignal) {
  let [began, tries] = [now(), 0]
  return {
    begin: () => (began = now()),
    forget: () => (tries = 0),
    take(most: number) {
      const waited = Math.max(now().getTime() - began.getTime(), 0)
      return sleep(Math.max(Math.min(1_000 * 2 ** ++tries, most) - waited, 1_000), signal)
    },
    tries: () => tries,
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
async function fetchLink(zecchino: Zecchino, { isLast, job, signal }: Step & { isLast?: boolean }) {
  const { client, ledger, seal } = zecchino
  // Read anew: the process that queued it may have come to write the link down meanwhile.
  const current = (await ledger.findJob(job.id)) ?? job
  const { sealedUrl } = current
  const now = await ledger.now()
  const age = now.getTime() - (job.sentAt ?? job.updatedAt).getTime()
  if (!sealedUrl) return age < Clock.awaiting ? 'again' : 'no link'
  const kept = await keptOf(zecchino, job)
  if (!isDue({ job, kept, now: client.now(), source: 'link' })) return 'again'
  const uses = usesOf(zecchino, current)
  const providerNow = client.providerTime().at
  if (!isLast && !isRested({ job: current, now, providerNow, uses })) return 'resting'
  const url = seal.open(sealedUrl)
  const open = (rest?: openDownload.Options['rest']) =>
    useLink(zecchino, { job: current, open: () => openDownload(client, { rest, signal, url }) })
  const outcome = await open().catch(async (error: unknown) => {
    if (error instanceof DownloadRefusedError) await noteTrouble(zecchino, job, error)
    throw error
  })
  if (outcome.kind === 'gone') return 'link gone'
  if (outcome.kind !== 'file') return 'again'
  const { response } = outcome
  const openRest: download.Options['openRest'] = async (rest) =>
    mayAskForRest(usesOf(zecchino, current)) ? open(rest) : undefined
  return (await save(zecchino, { job, openRest, response, signal })) ? 'saved' : 'again'
}
