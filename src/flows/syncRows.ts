import { listTransactions } from '../actions/listTransactions.js'
import * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import type * as Venice from '../Venice.js'
import * as Policy from '../Policy.js'
import * as Spending from '../Spending.js'
import type { Zecchino } from './createZecchino.js'
import { fitsJob, isOfModel } from './fitsJob.js'
import { moveJob } from './moveJob.js'

/** How far back of the newest known row the provider may still insert one, in milliseconds. */
const overlap = 15 * 60_000

/** How far the clocks of provider and ledger may be apart when times are compared. */
export const tolerance = 120_000

/** Statuses of a job whose charge may be there without our knowing its queue id. */
const unanswered = new Set<Job.Status>(['ambiguous', 'sending'])

/** How long a row whose request id says nothing waits for one that says it, in milliseconds. */
export const settling = 600_000

/**
 * Reads the provider's own ledger and ties its rows to our payments and jobs: each row once.
 * What stays untied was made by somebody else, or belongs to a job whose answer was lost. An API key
 * is shown no rows: then there is nothing to read.
 */
export async function syncRows(zecchino: Zecchino): Promise<void> {
  const { client, ledger } = zecchino
  if (zecchino.payer === 'key') return
  const newest = await ledger.newestRow()
  const since = newest && new Date(newest.getTime() - overlap)
  await ledger.recordRows(await listTransactions(client, { limit: 100_000, since }))
  // Rows that name a job come first: one that names none may fit a job that has its own among them.
  const rest: Venice.Transaction[] = []
  for (const row of await ledger.unlinkedRows()) {
    const id = row.type === 'TOP_UP' ? null : row.requestId
    const job = id === null ? undefined : await ledger.findJobOfQueueId(id)
    if (job) await linkUsage(zecchino, row, job)
    else rest.push(row)
  }
  if (rest.length > 0) await linkByFacts(zecchino, rest)
  // A refund may come long after the failure, and this process may have died between two writes.
  for (const { detail, id, refund, status } of await ledger.jobs({ statuses: Job.givenUp })) {
    if (refund === undefined) continue
    const words = [detail, `Since then ${Money.display(refund)} was refunded.`]
    await moveJob(zecchino, {
      from: status,
      jobId: id,
      patch: { detail: words.filter(Boolean).join(' ') },
      to: 'failed_refunded',
    })
  }
}

type Rows = readonly Venice.Transaction[]

/** Ties rows that name nothing of ours to what they fit: the oldest first, refunds after charges. */
async function linkByFacts(zecchino: Zecchino, rows: readonly Venice.Transaction[]): Promise<void> {
  const { ledger } = zecchino
  const payments = (await ledger.payments()).toReversed()
  const isUsage = rows.some(({ type }) => type !== 'TOP_UP')
  const jobs = isUsage ? (await ledger.jobs()).toReversed() : []
  // A job may fail, and be refunded, before its charge is booked.
  const isRefund = ({ type }: Venice.Transaction) => type === 'REFUND'
  for (const row of [...rows.filter((row) => !isRefund(row)), ...rows.filter(isRefund)])
    if (row.type === 'TOP_UP') await linkTopUp(zecchino, row, payments)
    else {
      // The answer that has its queue id may have been committed meanwhile.
      const named = jobs.find(({ queueId }) => queueId && queueId === row.requestId)
      const job = named ?? (await findByFacts(zecchino, { jobs, row, rows }))
      if (job) await linkUsage(zecchino, row, job)
    }
}

/** Ties a TOP_UP to the oldest payment it fits; a payment without an answer is credited by it. */
async function linkTopUp(
  zecchino: Zecchino,
  row: Venice.Transaction,
  payments: readonly Ledger.Payment[],
): Promise<void> {
  const { client, ledger } = zecchino
  const at = Date.parse(row.createdAt)
  for (const payment of payments) {
    const waits = payment.status === 'sent' || payment.status === 'unknown'
    const fits =
      payment.amount === row.amount &&
      at >= payment.createdAt.getTime() + client.skew() - tolerance &&
      (waits || payment.status === 'credited' || payment.status === 'paid_not_credited')
    if (!fits || (await ledger.linkedRows(payment.id)).length > 0) continue
    if (!(await ledger.linkRow(row.id, payment.id))) return
    if (payment.status === 'credited') return
    const detail = `credited by Venice's row ${row.id}`
    const moved = await ledger.movePayment(payment.id, {
      from: payment.status,
      patch: { detail },
      to: 'credited',
    })
    if (moved)
      client.onEvent({ detail, paymentId: payment.id, status: 'credited', type: 'topup.moved' })
    return
  }
}

/** Ties a CHARGE or REFUND to the job that it is for, and books the refund. */
async function linkUsage(zecchino: Zecchino, row: Venice.Transaction, job: Job.Job): Promise<void> {
  const { client, ledger, policy } = zecchino
  // One request may be charged in several rows: what counts is what they come to. This one may have
  // been tied meanwhile, by another reader of the rows.
  const tied = (await ledger.linkedRows(job.id)).filter(
    ({ id, type }) => type === 'CHARGE' && id !== row.id,
  )
  const isCharge = row.type === 'CHARGE'
  const charged = Spending.charged([...tied, row])
  // Before the row is tied: a process that dies in between leaves the row for the next one.
  if (isCharge && Policy.exceedsTolerance(policy, { now: charged, quoted: job.price }))
    await ledger.freeze(
      `Venice charged ${Money.display(charged)} at ${row.createdAt} for ${job.id}, which was priced ${Money.display(job.price)}; if that is right, run: zecchino unfreeze.`,
    )
  const linked = await ledger.linkRow(row.id, job.id)
  if (!linked || !isCharge || (charged === job.price && tied.length === 0)) return
  const detail = `Venice charged ${Money.display(charged)}; the price agreed to was ${Money.display(job.price)}.`
  await ledger.noteJob(job.id, { detail })
  if (charged === job.price) return
  client.onEvent({ message: `${job.id}: ${detail}`, type: 'warning' })
  await ledger.appendEvent({
    data: { charged_usd: Money.format(charged), price_usd: Money.format(job.price) },
    subject: job.id,
    type: 'charge_differs',
  })
}

/**
 * Finds the job of a row whose request id is not a queue id of ours: nothing promises that it is.
 * A charge belongs to the oldest queued job of its model, price and time that has none, unless an
 * answer is still missing, because then it may be that job's. A refund follows its charge; one that
 * names nothing is that of a failed job that paid just as much and has none.
 */
async function findByFacts(
  { client, ledger }: Zecchino,
  { jobs, row, rows }: { jobs: readonly Job.Job[]; row: Venice.Transaction; rows: Rows },
): Promise<Job.Job | undefined> {
  const isCharge = row.type === 'CHARGE'
  const age = client.now().getTime() + client.skew() - Date.parse(row.createdAt)
  if (isCharge && age < settling) return undefined
  const fits = (job: Job.Job) => fitsJob(job, { row, rows, skew: client.skew() })
  if (isCharge && jobs.some((job) => unanswered.has(job.status) && fits(job))) return undefined
  for (const job of jobs) {
    if (!job.queueId || !(isCharge ? isOfModel(job, row) : mayBeRefunded(job, row))) continue
    const tied = await ledger.linkedRows(job.id)
    const charges = tied.filter(({ type }) => type === 'CHARGE')
    const isOf = ({ requestId }: Venice.Transaction) => requestId && requestId === row.requestId
    if (charges.some(isOf)) return job
    if (isCharge && charges.length === 0 && fits(job)) return job
    const isNameless = !isCharge && row.requestId === null && job.refund === undefined
    if (isNameless && charges.length > 0 && Spending.leavesNothing([...charges, row])) return job
  }
  return undefined
}

/**
 * Whether a refund may be a job's: one that names its request always, another only after a failure,
 * or while Venice says that it has failed.
 */
function mayBeRefunded(job: Job.Job, row: Venice.Transaction): boolean {
  const isFailed = Job.isGivenUp(job.status) || job.badNews !== undefined
  return row.requestId !== null || (isFailed && (row.modelId ?? job.model) === job.model)
}
