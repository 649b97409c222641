import * as Clock from '../Clock.js'
import type * as Job from '../Job.js'
import * as Money from '../Money.js'
import type { KeyZecchino } from './createZecchino.js'
import { moveJob } from './moveJob.js'

/**
 * Leaves the answer to a paid call that an API key made to the process that sent it, for as long as
 * one may be under way. After that nobody can tell whether it was taken: a key is shown no rows, and
 * there is no sign-in to ask. It goes to the owner, and is never sent again by itself.
 */
export async function awaitAnswer(
  zecchino: KeyZecchino,
  options: { job: Job.Job; signal: AbortSignal },
): Promise<void> {
  const { client, ledger } = zecchino
  const { job, signal } = options
  const { id, sentAt = job.updatedAt } = job
  // A clock that was ahead when it was sent does not make the wait longer.
  const until = Math.min(sentAt.getTime(), client.now().getTime()) + Clock.awaiting
  for (let round = 0; ; round += 1) {
    if ((await ledger.findJob(id))?.status !== 'sending') return
    const left = until - client.now().getTime()
    if (left <= 0) {
      await leaveToOwner(zecchino, { job, reason: 'whoever sent it has left no answer' })
      return
    }
    await client.sleep(Math.min(left, 2_000 * 2 ** round, 30_000), signal)
  }
}

/** Gives a job whose paid call went unanswered to the owner, with all there is to look for. */
export async function leaveToOwner(
  zecchino: KeyZecchino,
  { job, reason }: { job: Job.Job; reason: string },
): Promise<void> {
  const { id: jobId, model, price, sentAt, updatedAt } = job
  const at = (sentAt ?? updatedAt).toISOString()
  const detail = `The paid request for ${Money.display(price)} (${model}) left at ${at}, and ${reason}. An API key is shown no rows, so whether Venice took it cannot be told from here: look for it in the usage at venice.ai, then run: zecchino resolve ${jobId} --retry if it is not there, or --abandon.`
  await moveJob(zecchino, { from: 'sending', jobId, patch: { detail }, sentAt, to: 'ambiguous' })
}
