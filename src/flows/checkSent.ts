import * as Clock from '../Clock.js'
import * as Job from '../Job.js'
import type { Zecchino } from './createZecchino.js'
import { forgetSent, isLongAgo, notedCalls, type Sent } from './noteSent.js'
import { setAside } from './setAside.js'

/** Whatever left before so many calls that the ledger knows of is on it: a copy lacks the last ones. */
const enough = 100

/**
 * Holds the ledger against the notes of paid calls that have left from here. One that does not know of a call is
 * an older copy that was put back: spending stops, and what that call was for is not sent again.
 */
export async function checkSent(zecchino: Zecchino): Promise<void> {
  const { ledger } = zecchino
  const now = await ledger.now()
  const missing: { call: Sent; job: Job.Job | undefined }[] = []
  let known = 0
  for (const call of notedCalls(zecchino)) {
    if (isLongAgo(call, now)) forgetSent(zecchino, call)
    if (known >= enough) continue
    const job = await ledger.findJob(call.id)
    const left = job ?? (await ledger.findPayment(call.id))
    if (left && isKnown(left, call)) known += 1
    else missing.push({ call, job })
  }
  if (missing.length === 0) return
  const first = missing.at(-1)?.call.sentAt.toISOString()
  const calls = missing.length === 1 ? 'a paid call' : `${missing.length} paid calls`
  // First of all: whatever comes after it may fail.
  await ledger.freeze(
    `This ledger does not know of ${calls} that left from here, the first at ${first}: an older copy of it was put back, or the database has lost its last commits. If there is a newer one, put that in its place; else compare \`zecchino transactions\`, then run: zecchino unfreeze.`,
  )
  for (const { call, job } of missing) {
    const at = call.sentAt.toISOString()
    const reason = `It was sent at ${at}, and this copy of the ledger is from before that.`
    if (job) await setAside(zecchino, { jobId: job.id, reason, sentAt: call.sentAt })
    const data = { sent_at: at, status: job?.status }
    await ledger.appendEvent({ data, subject: call.id, type: 'send_unknown' })
    forgetSent(zecchino, call)
  }
}

/** Whether the ledger knows of a call, or of a later one of the same job. */
function isKnown({ sentAt }: Pick<Job.Job, 'sentAt'>, call: Sent): boolean {
  // A clock that is put right may name a later send by an earlier time.
  return sentAt !== undefined && sentAt.getTime() + Number(Clock.stepBack) >= call.sentAt.getTime()
}

/**
 * Whether a paid call for a job has left from here that the ledger does not know of: a database that went on
 * without its last commits is an older copy too, under the feet of a process that runs.
 */
export function isSentSince(zecchino: Zecchino, job: Job.Job): boolean {
  return notedCalls(zecchino).some((call) => call.id === job.id && !isKnown(job, call))
}
