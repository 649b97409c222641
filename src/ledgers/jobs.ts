import * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Policy from '../Policy.js'
import * as Spending from '../Spending.js'
import * as approvals from './approvals.js'
import * as budgets from './budgets.js'
import { ms, Rollback, type Write } from './engine.js'
import * as events from './events.js'
import { columns, find, type Row, told } from './jobRows.js'
import * as leases from './leases.js'
import * as policies from './policies.js'
import * as rows from './rows.js'
import * as wallets from './wallets.js'

/** Statuses in which nothing is set aside yet. */
const waiting: readonly Job.Status[] = ['needs_approval', 'needs_consent', 'intent']

/** Statuses that give back what was set aside for the job: nothing was charged. */
const freeing: readonly Job.Status[] = ['rejected', 'needs_consent']

/** Makes a job that waits for a person, unless the quote has one. */
export async function requestApproval(
  write: Write,
  options: Parameters<Ledger.Ledger['requestApproval']>[0],
): Promise<{ approval: Ledger.Approval | undefined; job: Job.Job }> {
  const { account, db } = write
  const { approval, job } = options
  const existing = await find(db, account, 'quote_id', job.quoteId)
  if (existing) return { approval: await approvals.ofJob(db, account, existing.id), job: existing }
  const waits = { budget_day: null, reserved: 0n, status: 'needs_approval' }
  await insert(write, job, waits)
  await approvals.insert(write, { ...approval, jobId: job.id })
  const made = (await find(db, account, 'id', job.id)) as Job.Job
  return { approval: await approvals.ofJob(db, account, job.id), job: made }
}

/**
 * Asks a person anew about a job that waits for one, or that is set aside for less than it costs by now:
 * whatever was asked or said before ends, and what was set aside is freed.
 */
export async function askAgain(
  write: Write,
  options: Parameters<Ledger.Ledger['askAgain']>[0],
): Promise<{ approval: Ledger.Approval; job: Job.Job }> {
  const { account, at, db } = write
  const { approval, detail, from, jobId, price, replaces } = options
  const moved = new Rollback<Ledger.Refused>({ refused: 'moved' })
  if (from !== 'needs_approval' && !Job.canMove(from, 'needs_approval')) throw moved
  const current = await approvals.ofJob(db, account, jobId)
  if (current?.id !== replaces || current?.status === 'denied') throw moved
  if ((await approvals.count(db, account, jobId)) >= Policy.mostAsked.job)
    throw new Rollback<Ledger.Refused>({ refused: 'approval' })
  const row = await db
    .updateTable('job')
    .set({ detail, price, status: 'needs_approval', updated_at: ms(at) })
    .where('account', '=', account)
    .where('id', '=', jobId)
    .where('status', '=', from)
    .returning(['budget_day', 'reserved'])
    .executeTakeFirst()
  if (!row) throw moved
  await free(write, jobId, row)
  await approvals.supersede(write, jobId)
  const data = { detail, from, price_usd: Money.format(price), to: 'needs_approval' }
  await events.append(write, { data, subject: jobId, type: 'job' })
  await approvals.insert(write, { ...approval, jobId })
  return {
    approval: (await approvals.ofJob(db, account, jobId)) as Ledger.Approval,
    job: (await find(db, account, 'id', jobId)) as Job.Job,
  }
}

/** Sets a job's price aside, making the job or taking the one that waits for a person. */
export async function reserve(
  write: Write,
  options: Parameters<Ledger.Ledger['reserveJob']>[0],
): Promise<{ created: boolean; job: Job.Job }> {
  const { account, at, db } = write
  const { approvalHash, job, lease } = options
  const existing = await find(db, account, 'quote_id', job.quoteId)
  if (existing && !waiting.includes(existing.status)) return { created: false, job: existing }
  wallets.refuseFrozen(write)
  const { caps, policy } = await policies.hold(write, { caps: options.caps, own: options.own })
  const refusal = policy && Policy.refusalOf(policy, job)
  if (refusal) throw new Rollback<Ledger.Refused>({ ...refusal, refused: 'policy' })
  const isAsked = approvalHash !== undefined || (policy && Policy.isFree(policy, job.price))
  if (policy && !isAsked) throw new Rollback<Ledger.Refused>({ refused: 'approval' })
  if (!(await isAgreed(write, { approvalHash, existing, price: job.price })))
    throw new Rollback<Ledger.Refused>({ refused: 'approval' })

  const { price } = job
  await budgets.book(write, { amount: price, cap: caps.total, scope: 'total' })
  const budget_day = await budgets.book(write, { amount: price, cap: caps.perDay, scope: 'perDay' })
  const booked = { budget_day, checked_at: ms(at), price, reserved: price, status: 'reserved' }
  if (existing) {
    await db
      .updateTable('job')
      .set({ ...booked, updated_at: ms(at) })
      .where('account', '=', account)
      .where('id', '=', existing.id)
      .execute()
    const data = { from: existing.status, price_usd: Money.format(price), to: 'reserved' }
    await events.append(write, { data, subject: existing.id, type: 'job' })
  } else await insert(write, job, booked)
  const id = existing?.id ?? job.id
  if (lease) await leases.claim(write, id, lease)
  return { created: true, job: (await find(db, account, 'id', id)) as Job.Job }
}

/**
 * Whether a person agreed to the job, if one had to: to this hash, at no higher price than shown.
 * The agreement is consumed here; one that was consumed by this very job carries it through a
 * consent as well, because the provider charged nothing before that.
 */
async function isAgreed(
  write: Write,
  options: { approvalHash: string | undefined; existing: Job.Job | undefined; price: bigint },
): Promise<boolean> {
  const { account, at, db } = write
  const { approvalHash, existing, price } = options
  const approval = existing && (await approvals.ofJob(db, account, existing.id))
  if (!approval) return approvalHash === undefined && existing?.status !== 'needs_approval'
  const isOver = Ledger.goodUntil(approval, existing) <= at
  if (approval.hash !== approvalHash || isOver || price > existing.price) return false
  if (existing.status === 'needs_consent' && approval.status === 'used') return true
  return approvals.use(write, { hash: approvalHash, jobId: existing.id })
}

/**
 * Moves a job by a conditional update; refusals of the transition table write nothing. Money is
 * set aside by {@link reserve} alone, and nothing starts to be sent while the wallet is frozen.
 */
export async function move(
  write: Write,
  id: string,
  { from, patch = {}, sentAt, to }: Ledger.JobMove,
): Promise<boolean> {
  if (!Job.canMove(from, to)) return false
  if (to === 'reserved' && waiting.includes(from)) return false
  // That comes with the charge of it, in one step: {@link adopt} of `verdicts`.
  if (from === 'abandoned') return false
  // That comes with an approval, in one step: {@link askAgain}.
  if (to === 'needs_approval') return false
  if (to === 'sending' && wallets.isStopped(write)) return false
  const { account, at, db } = write
  const row = await db
    .updateTable('job')
    .set({ ...columns(patch), status: to, updated_at: ms(at) })
    .where('account', '=', account)
    .where('id', '=', id)
    .where('status', '=', from)
    // What was given up goes on under the id that it has at Venice, or not at all.
    .$if(Job.isGivenUp(from) && to !== 'failed_refunded', (query) =>
      query.where('queue_id', 'is not', null),
    )
    // Terms that were looked at too long ago are looked at again first, whoever wants to send. What
    // was sent before may be taken for sent again: then nothing leaves.
    .$if(to === 'sending', (query) =>
      query.where((job) => {
        const isFresh = job('checked_at', '>=', ms(at) - BigInt(Policy.quoteLifetime))
        return patch.sentAt ? isFresh : job.or([isFresh, job('sent_at', 'is not', null)])
      }),
    )
    .$if(sentAt !== undefined, (query) => query.where('sent_at', '=', ms(sentAt as Date)))
    .returning(['budget_day', 'reserved'])
    .executeTakeFirst()
  if (!row) return false
  await events.append(write, { data: { from, ...told(patch), to }, subject: id, type: 'job' })
  const frees = freeing.includes(to) || (to === 'abandoned' && from === 'reserved')
  if (frees) await free(write, id, row)
  return true
}

/** Gives back what was set aside for a job, but for what rows show to have been charged for it. */
async function free(
  write: Write,
  id: string,
  { budget_day, reserved }: Pick<Row, 'budget_day' | 'reserved'>,
): Promise<void> {
  if (reserved <= 0n || budget_day === null) return
  await write.db
    .updateTable('job')
    .set({ reserved: 0n })
    .where('account', '=', write.account)
    .where('id', '=', id)
    .execute()
  const linked = await rows.list(write.db, write.account, id)
  await rows.rebook(
    write,
    { budget_day, id, reserved },
    {
      before: Spending.booked({ reserved, rows: linked }),
      now: Spending.booked({ reserved: 0n, rows: linked }),
    },
  )
}

/** Sets fields of a job without moving it; what the audit log tells of is told. */
export async function note(write: Write, id: string, patch: Ledger.JobPatch): Promise<void> {
  const { numUpdatedRows } = await write.db
    .updateTable('job')
    .set({ ...columns(patch), updated_at: ms(write.at) })
    .where('account', '=', write.account)
    .where('id', '=', id)
    .executeTakeFirst()
  const data = told(patch)
  if (numUpdatedRows === 1n && Object.values(data).some((value) => value !== undefined))
    await events.append(write, { data, subject: id, type: 'job_noted' })
}

async function insert(
  write: Write,
  job: Ledger.NewJob,
  fields: Pick<Row, 'budget_day' | 'reserved' | 'status'> & { checked_at?: bigint },
): Promise<void> {
  const { account, at, db } = write
  await db
    .insertInto('job')
    .values({
      account,
      created_at: ms(at),
      hash: job.hash,
      id: job.id,
      model: job.model,
      price: job.price,
      quote_id: job.quoteId,
      updated_at: ms(at),
      ...fields,
    } as Row)
    .execute()
  await events.append(write, {
    data: {
      from: 'intent',
      model: job.model,
      price_usd: Money.format(job.price),
      quote_id: job.quoteId,
      request_sha256: job.hash,
      to: fields.status,
    },
    subject: job.id,
    type: 'job',
  })
}
