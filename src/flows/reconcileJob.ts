import { retrieveVideo } from '../actions/retrieveVideo.js'
import type * as Job from '../Job.js'
import * as Money from '../Money.js'
import type * as Venice from '../Venice.js'
import type { Zecchino } from './createZecchino.js'
import { moveJob } from './moveJob.js'
import { slack, syncRows } from './syncRows.js'

/** How long a charge may take to show before the job is given to a person, in milliseconds. */
export const horizon = 30 * 60_000

/** Rounds of a worker in which a charge that cannot be looked up may put the decision off. */
const patience = 5

/**
 * Finds out what became of a paid call whose answer is missing. It is never sent again: a charge
 * of our model and price that answers to its request id is adopted; none within the horizon, or
 * several, is for the owner to decide.
 */
export async function reconcileJob(
  zecchino: Zecchino,
  options: { job: Job.Job; signal: AbortSignal },
): Promise<void> {
  const { client, ledger } = zecchino
  const { job, signal } = options
  for (let round = 0; ; round += 1) {
    const adoptable: Venice.Transaction[] = []
    let open = false
    for (const row of await chargesSince(zecchino, job)) {
      const found = await answers(zecchino, job, row)
      open ||= found === 'unknown'
      if (found === 'job') adoptable.push(row)
    }
    // The process that sent it may have been slow, not dead, and has had its answer meanwhile.
    if ((await ledger.findJob(job.id))?.status !== 'sending') return

    const [row] = adoptable
    if (row?.requestId && adoptable.length === 1 && !open) {
      const queuedAt = new Date(row.createdAt)
      const patch = {
        detail: `adopted by Venice's row ${row.id}`,
        queueId: row.requestId,
        queuedAt,
      }
      if (await moveJob(zecchino, { from: 'sending', jobId: job.id, patch, to: 'queued' }))
        await ledger.linkRow(row.id, job.id)
      return
    }
    const age = client.now().getTime() - (job.sentAt ?? job.updatedAt).getTime()
    if (adoptable.length > 1 || (age > horizon && !(open && round < patience))) {
      const detail = words(job, adoptable.length)
      await moveJob(zecchino, {
        from: 'sending',
        jobId: job.id,
        patch: { detail },
        to: 'ambiguous',
      })
      return
    }
    await client.sleep(Math.min(2_000 * 2 ** round, 30_000), signal)
  }
}

/** Untied charges of this job's model and price since it was sent. */
export async function chargesSince(
  zecchino: Zecchino,
  job: Job.Job,
): Promise<Venice.Transaction[]> {
  const { client, ledger } = zecchino
  await syncRows(zecchino)
  const since = (job.sentAt ?? job.updatedAt).getTime() + client.skew() - slack
  return (await ledger.unlinkedRows()).filter(
    (row) =>
      row.type === 'CHARGE' &&
      -row.amount === job.price &&
      (row.modelId ?? job.model) === job.model &&
      Date.parse(row.createdAt) >= since,
  )
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

function words(job: Job.Job, found: number): string {
  const at = (job.sentAt ?? job.updatedAt).toISOString()
  const price = Money.display(job.price)
  const next = `compare \`zecchino transactions\`, then run: zecchino resolve ${job.id} --retry or --abandon.`
  return found > 1
    ? `The paid request for ${price} left at ${at} without an answer, and ${found} charges fit it; ${next}`
    : `The paid request for ${price} left at ${at} without an answer, and no charge for it has shown since; ${next}`
}
