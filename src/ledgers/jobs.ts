import type { Kysely, Selectable, Updateable } from 'kysely'

import * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as approvals from './approvals.js'
import * as budgets from './budgets.js'
import { date, ms, Rollback, type Write } from './engine.js'
import * as events from './events.js'
import type { Schema } from './schema.js'
import * as wallets from './wallets.js'

/** Statuses that give back what was set aside for the job. */
const freeing: readonly Job.Status[] = ['rejected', 'needs_consent', 'failed_refunded']

/** Reads one job of the wallet. */
export async function find(
  db: Kysely<Schema>,
  account: string,
  by: { id: string } | { quoteId: string },
): Promise<Job.Job | undefined> {
  const row = await db
    .selectFrom('job')
    .selectAll()
    .where('account', '=', account)
    .where('id' in by ? 'id' : 'quote_id', '=', 'id' in by ? by.id : by.quoteId)
    .executeTakeFirst()
  return row && toJob(row)
}

/** Jobs of the wallet, newest first. */
export async function list(
  db: Kysely<Schema>,
  account: string,
  options: { limit?: number | undefined; statuses?: readonly Job.Status[] | undefined } = {},
): Promise<Job.Job[]> {
  const { limit = 10_000, statuses = Job.statuses } = options
  const rows = await db
    .selectFrom('job')
    .selectAll()
    .where('account', '=', account)
    .where('status', 'in', statuses)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toJob)
}

/** Makes a job that waits for a person, unless the quote has one. */
export async function requestApproval(
  write: Write,
  options: Parameters<Ledger.Ledger['requestApproval']>[0],
): Promise<{ approval: Ledger.Approval | undefined; job: Job.Job }> {
  const { account, db } = write
  const { approval, job } = options
  const existing = await find(db, account, { quoteId: job.quoteId })
  if (existing) return { approval: await approvals.ofJob(db, account, existing.id), job: existing }
  await insert(write, job, 'needs_approval')
  await approvals.insert(write, { ...approval, jobId: job.id })
  const made = (await find(db, account, { id: job.id })) as Job.Job
  return { approval: await approvals.ofJob(db, account, job.id), job: made }
}

/** Sets a job's price aside, making the job or taking the one that waits for approval. */
export async function reserve(
  write: Write,
  options: Parameters<Ledger.Ledger['reserveJob']>[0],
): Promise<{ created: boolean; job: Job.Job }> {
  const { account, at, db } = write
  const { approvalHash, caps, job } = options
  const existing = await find(db, account, { quoteId: job.quoteId })
  const waits = existing?.status === 'needs_approval' || existing?.status === 'needs_consent'
  if (existing && !waits) return { created: false, job: existing }
  await wallets.refuseFrozen(write)
  if (approvalHash !== undefined) {
    const used = await approvals.use(write, { hash: approvalHash, jobId: existing?.id ?? '' })
    if (!used) throw new Rollback<Ledger.Refused>({ refused: 'approval' })
  }

  const id = existing?.id ?? job.id
  if (!existing) await insert(write, job, 'intent')
  await budgets.book(write, { amount: job.price, cap: caps.perDay, scope: 'perDay' })
  await budgets.book(write, { amount: job.price, cap: caps.total, scope: 'total' })
  await db
    .updateTable('job')
    .set({
      budget_day: budgets.slotOf('perDay', at),
      price: job.price,
      reserved: job.price,
      status: 'reserved',
      updated_at: ms(at),
    })
    .where('id', '=', id)
    .execute()
  await events.append(write, {
    data: {
      from: existing?.status ?? 'intent',
      price_usd: Money.format(job.price),
      to: 'reserved',
    },
    subject: id,
    type: 'job',
  })
  return { created: true, job: (await find(db, account, { id })) as Job.Job }
}

/** Moves a job by a conditional update; refusals of the transition table write nothing. */
export async function move(
  write: Write,
  id: string,
  { from, patch = {}, to }: { from: Job.Status; patch?: Ledger.JobPatch; to: Job.Status },
): Promise<boolean> {
  if (!Job.canMove(from, to)) return false
  const { account, at, db } = write
  const row = await db
    .selectFrom('job')
    .select(['budget_day', 'reserved'])
    .where('account', '=', account)
    .where('id', '=', id)
    .where('status', '=', from)
    .executeTakeFirst()
  if (!row) return false
  const frees = freeing.includes(to) || (to === 'abandoned' && from === 'reserved')
  await db
    .updateTable('job')
    .set({ ...columns(patch), ...(frees && { reserved: 0n }), status: to, updated_at: ms(at) })
    .where('account', '=', account)
    .where('id', '=', id)
    .where('status', '=', from)
    .execute()
  if (frees && row.reserved > 0n) {
    const slot = row.budget_day ?? budgets.slotOf('perDay', at)
    await budgets.release(write, { amount: row.reserved, scope: 'perDay', slot })
    await budgets.release(write, { amount: row.reserved, scope: 'total', slot: 'all' })
  }
  await events.append(write, { data: { from, ...told(patch), to }, subject: id, type: 'job' })
  return true
}

/** Sets fields of a job without moving it. */
export async function note(write: Write, id: string, patch: Ledger.JobPatch): Promise<void> {
  await write.db
    .updateTable('job')
    .set({ ...columns(patch), updated_at: ms(write.at) })
    .where('account', '=', write.account)
    .where('id', '=', id)
    .execute()
}

/** Takes or renews a lease. Leases keep two workers from doing the same work; safety needs none. */
export async function claim(
  write: Write,
  id: string,
  { owner, ttl }: { owner: string; ttl: number },
): Promise<boolean> {
  const { account, at, db } = write
  const { numUpdatedRows } = await db
    .updateTable('job')
    .set({ lease_owner: owner, lease_until: ms(at) + BigInt(ttl) })
    .where('account', '=', account)
    .where('id', '=', id)
    .where((expression) =>
      expression.or([
        expression('lease_owner', 'is', null),
        expression('lease_owner', '=', owner),
        expression('lease_until', '<', ms(at)),
      ]),
    )
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Gives a lease back. */
export async function unclaim(write: Write, id: string, owner: string): Promise<void> {
  await write.db
    .updateTable('job')
    .set({ lease_owner: null, lease_until: null })
    .where('account', '=', write.account)
    .where('id', '=', id)
    .where('lease_owner', '=', owner)
    .execute()
}

async function insert(write: Write, job: Ledger.NewJob, status: Job.Status): Promise<void> {
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
      reserved: 0n,
      status,
      updated_at: ms(at),
    } as Selectable<Schema['job']>)
    .execute()
  await events.append(write, {
    data: {
      model: job.model,
      price_usd: Money.format(job.price),
      quote_id: job.quoteId,
      request_sha256: job.hash,
      to: status,
    },
    subject: job.id,
    type: 'job',
  })
}

function columns(patch: Ledger.JobPatch): Updateable<Schema['job']> {
  const { consent, detail, estimate, file, price, queueId, queuedAt, refund, sealedUrl, sentAt } =
    patch
  return {
    ...(consent !== undefined && { consent: JSON.stringify(consent) }),
    ...(detail !== undefined && { detail }),
    ...(estimate !== undefined && { estimate: BigInt(Math.round(estimate)) }),
    ...(file !== undefined && { file: JSON.stringify(file) }),
    ...(price !== undefined && { price }),
    ...(queueId !== undefined && { queue_id: queueId }),
    ...(queuedAt !== undefined && { queued_at: ms(queuedAt) }),
    ...(refund !== undefined && { refund }),
    ...(sealedUrl !== undefined && { sealed_url: sealedUrl }),
    ...(sentAt !== undefined && { sent_at: ms(sentAt) }),
  }
}

/** The part of a patch that belongs in the audit log; sealed values never do. */
function told({ detail, file, price, queueId, refund }: Ledger.JobPatch): Record<string, unknown> {
  return {
    detail,
    price_usd: price === undefined ? undefined : Money.format(price),
    queue_id: queueId,
    refund_usd: refund === undefined ? undefined : Money.format(refund),
    sha256: file?.sha256,
  }
}

function toJob(row: Selectable<Schema['job']>): Job.Job {
  return {
    consent: row.consent === null ? undefined : (JSON.parse(row.consent) as Job.Job['consent']),
    createdAt: date(row.created_at),
    detail: row.detail ?? undefined,
    estimate: row.estimate === null ? undefined : Number(row.estimate),
    file: row.file === null ? undefined : (JSON.parse(row.file) as Job.Job['file']),
    hash: row.hash,
    id: row.id,
    model: row.model,
    price: row.price,
    queueId: row.queue_id ?? undefined,
    queuedAt: row.queued_at === null ? undefined : date(row.queued_at),
    quoteId: row.quote_id,
    refund: row.refund ?? undefined,
    sealedUrl: row.sealed_url ?? undefined,
    sentAt: row.sent_at === null ? undefined : date(row.sent_at),
    status: row.status as Job.Status,
    updatedAt: date(row.updated_at),
  }
}
