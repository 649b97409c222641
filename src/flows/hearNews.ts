import type { RetrieveOutcome } from '../actions/retrieveVideo.js'
import * as BadNews from '../BadNews.js'
import * as Errors from '../Errors.js'
import type * as Job from '../Job.js'
import { keptUntil } from '../Job.js'
import * as Spending from '../Spending.js'
import type { Zecchino } from './createZecchino.js'
import { failJob } from './failJob.js'
import { isUnsaved } from './fileErrorOf.js'
import { isDayOver } from './isDayOver.js'
import { loseJob } from './loseJob.js'
import { syncRows } from './syncRows.js'

/** An answer that says nothing good of a job; `link gone` is the word of a storage, not Venice's. */
export type News = Exclude<RetrieveOutcome, Good> | { kind: 'link gone' }
type Good = { kind: 'completed' | 'processing' | 'video' }

/** What any server may say about a job that it does not find, or cannot make. */
const statuses: ReadonlySet<number> = new Set([400, 404, 410, 422, 500])

/**
 * Hears bad news about a job that is paid for, and ends the job once it is proven: Venice's own word
 * for ten minutes, a refund on its rows, or the end of the day for which it keeps a job. An outage
 * proves nothing however often it is heard, because the video may be there behind it.
 *
 * `true`: the job has ended. Nothing is bought anew by it.
 */
export async function hearNews(zecchino: Zecchino, options: hearNews.Options): Promise<boolean> {
  const { ledger } = zecchino
  const { job, news, rescue } = options
  const before = ((await ledger.findJob(job.id)) ?? job).badNews
  const heard = await note(zecchino, { before, job, news })
  if (news.kind === 'transient' && !statuses.has(news.status)) return false
  const isOver = await isDayOver(zecchino, job)
  const isProven = isOwn(news) && heard !== undefined && BadNews.isProven(heard)
  if (!(await isRefunded(zecchino, { job, news })) && !isProven && !isOver) return false
  const failed = failedOf(news) ?? heard?.failed
  if (failed) await failJob(zecchino, { failed, job })
  else if (await rescue?.()) return true
  else await loseJob(zecchino, { job, reason: isOver ? reasons.over : reasons[news.kind] })
  return true
}

export declare namespace hearNews {
  type Options = {
    job: Job.Job
    news: News
    /** Tries once more to fetch the file where Venice says that there is none. */
    rescue?: (() => Promise<boolean>) | undefined
  }
}

const gone = 'Venice does not know the job or its media any more'

const reasons = {
  failed: gone,
  gone,
  'link gone': 'its link leads to no file any more',
  over: 'Venice keeps a job for 24 hours, and nobody fetched it in that time',
  transient: gone,
  unknown_id: gone,
}

/** Whether it is Venice itself that says that there will be no video. Its 500 may be an outage. */
function isOwn(news: News): boolean {
  return news.kind === 'failed' || news.kind === 'gone' || news.kind === 'unknown_id'
}

function failedOf(news: News): BadNews.Failed | undefined {
  if (news.kind === 'transient') return news.failed
  if (news.kind !== 'failed') return undefined
  const { refunded, says, suggestion } = news
  return { refunded, says, suggestion }
}

/** Keeps what Venice itself says: the next process goes on from there. */
async function note(
  { ledger, payer }: Zecchino,
  { before, job, news }: { before: BadNews.BadNews | undefined; job: Job.Job; news: News },
): Promise<BadNews.BadNews | undefined> {
  const failed = failedOf(news)
  if (!isOwn(news) && !failed) return before
  const at = await ledger.now()
  const badNews = isOwn(news)
    ? BadNews.hear(before, { at, failed })
    : { ...BadNews.look(before, at), failed }
  // Once for each kind of news, and not each minute: it is on the audit log.
  const isNew = kindOf(before) !== kindOf(badNews)
  const until = badNews.heard > 0 ? 'it has said so for ten minutes' : keptUntil(job).toISOString()
  const refund = payer === 'key' ? '' : ', or a refund shows'
  const said = (isNew && (await ledger.findJob(job.id))?.detail) || ''
  // That it could not be saved here is not forgotten over it: it may be why the video is lost.
  const unsaved = isUnsaved(said) ? `${said} ` : ''
  const detail = `${unsaved}${wordsOf(badNews)} A job that is paid for is not given up for that at once: Venice is asked again each minute until ${until}${refund}.`
  await ledger.noteJob(job.id, { badNews, ...(isNew && { detail }) })
  return badNews
}

function kindOf(news: BadNews.BadNews | undefined): string {
  return news ? `${news.failed ? 'failed' : 'gone'} ${news.heard > 0}` : ''
}

function wordsOf({ failed }: BadNews.BadNews): string {
  if (!failed) return `${gone}, it says.`
  return `Venice says that the video could not be made${failed.says && ` (untrusted): ${failed.says}`}.`
}

/** Whether the money is back. Without Venice's own word that it failed, all of it has to be. */
async function isRefunded(
  zecchino: Zecchino,
  { job, news }: { job: Job.Job; news: News },
): Promise<boolean> {
  const { client, ledger } = zecchino
  if (zecchino.payer === 'key') return false
  await syncRows(zecchino).catch((error: unknown) => {
    client.onEvent({ message: Errors.from(error).shortMessage, type: 'warning' }) // asked again
  })
  if ((await ledger.findJob(job.id))?.refund === undefined) return false
  if (isOwn(news) || failedOf(news)) return true
  return Spending.leavesNothing(await ledger.linkedRows(job.id))
}
