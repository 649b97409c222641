import { retrieveVideo } from '../actions/retrieveVideo.js'
import type { SignInOutcome } from '../actions/spendSignIn.js'
import * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import type * as Venice from '../Venice.js'
import { awaitAnswer } from './awaitAnswer.js'
import type { Zecchino } from './createZecchino.js'
import { isAgreed, isSince } from './fitsJob.js'
import { moveJob } from './moveJob.js'
import { readArrival } from './readArrival.js'
import { syncRows } from './syncRows.js'

/** How long a charge may take to show before the job is given to a person, in milliseconds. */
export const horizon = 30 * 60_000

/** Rounds of a worker in which a charge that cannot be looked up may put the decision off. */
const patience = 5

/**
 * Finds out what became of a paid call whose answer is missing. A call that the provider has provably
 * never read is made again. Any other is not: a charge of our model that answers to its request id
 * is adopted; none within the horizon, or several, is for the owner to decide.
 */
export async function reconcileJob(
  zecchino: Zecchino,
  options: { job: Job.Job; signal: AbortSignal },
): Promise<void> {
  if (zecchino.payer === 'key') return awaitAnswer(zecchino, options)
  const { client, ledger } = zecchino
  const { job, signal } = options
  const move = (to: Job.Status, patch: Ledger.JobPatch) =>
    moveJob(zecchino, { from: 'sending', jobId: job.id, patch, sentAt: job.sentAt, to })
  let arrival: SignInOutcome = 'no_answer'
  for (let round = 0; ; round += 1) {
    if (arrival === 'no_answer') arrival = await readArrival(zecchino, { job, signal })
    if (arrival === 'unread') {
      const detail = 'The paid request never reached Venice; nothing was charged.'
      const waited = client.now().getTime() - job.createdAt.getTime()
      if (await move('reserved', { detail, sealedSignIn: Job.voidSignIn }))
        await client.sleep(Math.min(waited / 2, 60_000), signal)
      return
    }
    const age = client.now().getTime() - (job.sentAt ?? job.updatedAt).getTime()
    const { found, mute, open } = await findCharges(zecchino, { anyPrice: age > horizon, job })
    // The process that sent it may have been slow, not dead, and has had its answer meanwhile.
    if ((await ledger.findJob(job.id))?.status !== 'sending') return

    const [row] = found
    if (row?.requestId && found.length === 1 && !open) {
      const queuedAt = new Date(row.createdAt)
      const detail = `adopted by Venice's row ${row.id}`
      // The row is tied as any other is: one that charges another price stops spending.
      if (await move('queued', { detail, queueId: row.requestId, queuedAt }))
        await syncRows(zecchino)
      return
    }
    if (found.length > 1 || (age > horizon && !(open && round < patience))) {
      await move('ambiguous', { detail: words(job, { found: found.length, mute, open }) })
      return
    }
    await client.sleep(Math.min(2_000 * 2 ** round, 30_000), signal)
  }
}

/**
 * Charges that answer as a video job and may be this one's: those of the price agreed to, or if there
 * are none, those of any. `open`: it cannot be told now. `mute`: so many of that price name no job.
 */
async function findCharges(
  zecchino: Zecchino,
  { anyPrice, job }: { anyPrice: boolean; job: Job.Job },
): Promise<{ found: Venice.Transaction[]; mute: number; open: boolean }> {
  const charges = await untiedSince(zecchino, job)
  const skew = zecchino.client.skew()
  const rivals = await zecchino.ledger.jobs({ statuses: ['ambiguous'] })
  const isRivals = (row: Venice.Transaction) => rivals.some((one) => isSince(one, { row, skew }))
  const found = new Map<string | null, Venice.Transaction>() // one request may have several rows
  let [mute, open] = [0, false]
  const look = async (rows: readonly Venice.Transaction[]) => {
    for (const row of rows) {
      const kind = await answers(zecchino, job, row)
      if (kind === 'unknown' || (kind === 'job' && isRivals(row))) open = true
      else if (kind === 'job') found.set(row.requestId, row)
      else if (isAgreed(job, { row, rows: charges })) mute += 1
    }
  }
  const agreed = charges.filter((row) => isAgreed(job, { row, rows: charges }))
  await look(agreed)
  if (anyPrice && found.size === 0) await look(charges.filter((row) => !agreed.includes(row)))
  return { found: [...found.values()], mute, open }
}

/** Untied charges of this job's model and price since it was sent. */
export async function chargesSince(
  zecchino: Zecchino,
  job: Job.Job,
): Promise<Venice.Transaction[]> {
  const rows = await untiedSince(zecchino, job)
  return rows.filter((row) => isAgreed(job, { row, rows }))
}

/** Untied charges of this job's model since it was sent. */
async function untiedSince(zecchino: Zecchino, job: Job.Job): Promise<Venice.Transaction[]> {
  const { client, ledger } = zecchino
  await syncRows(zecchino)
  const skew = client.skew()
  return (await ledger.unlinkedRows()).filter((row) => isSince(job, { row, skew }))
}

/** Whether a charge's request id is that of a video job. `unknown`: the provider cannot say now. */
async function answers({ client }: Zecchino, job: Job.Job, row: Venice.Transaction) {
  if (!row.requestId) return 'nothing'
  const { model } = job
  const outcome = await retrieveVideo(client, { model, queueId: row.requestId })
  if (outcome.kind === 'video') await outcome.response.body?.cancel()
  if (outcome.kind === 'transient') return 'unknown'
  return outcome.kind === 'unknown_id' || outcome.kind === 'gone' ? 'nothing' : 'job'
}

function words(
  job: Job.Job,
  { found, mute, open }: { found: number; mute: number; open: boolean },
): string {
  const at = (job.sentAt ?? job.updatedAt).toISOString()
  const what = open
    ? 'whether a charge that fits is for it cannot be told'
    : found > 1
      ? `${found} charges fit it`
      : mute > 0
        ? `${mute === 1 ? 'a charge fits' : `${mute} charges fit`} it, without naming a job`
        : 'no charge for it has shown since'
  return `The paid request for ${Money.display(job.price)} left at ${at} without an answer, and ${what}; compare \`zecchino transactions\`, then run: zecchino resolve ${job.id} --retry or --abandon.`
}
