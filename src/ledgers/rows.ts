import type { Kysely } from 'kysely'

import type * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Spending from '../Spending.js'
import type * as Venice from '../Venice.js'
import * as budgets from './budgets.js'
import { date, ms, stored, type Write } from './engine.js'
import * as events from './events.js'
import type { Row } from './jobRows.js'
import type { Schema } from './schema.js'

/** How many values a statement may be given; both engines take more. */
const most = 1_000

/** Keeps provider rows that are not yet known. Most of them are: they are read again and again. */
export async function record(write: Write, rows: readonly Venice.Transaction[]): Promise<void> {
  const known = new Set<string>()
  for (const ids of parts(rows.map(({ id }) => id))) {
    const found = await write.db
      .selectFrom('provider_row')
      .select('id')
      .where('account', '=', write.account)
      .where('id', 'in', ids)
      .execute()
    for (const { id } of found) known.add(id)
  }
  for (const row of rows.filter(({ id }) => !known.has(id)))
    await write.db
      .insertInto('provider_row')
      .values({
        account: write.account,
        amount: row.amount,
        body: JSON.stringify({
          ...row,
          amount: `${row.amount}`,
          balanceAfter: `${row.balanceAfter}`,
          exact: row.exact === undefined ? undefined : `${row.exact}`,
        }),
        created_at: BigInt(Date.parse(row.createdAt)),
        id: row.id,
        type: row.type,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
}

/**
 * Ties a row to a subject; the primary key of the link refuses a second tie. What a row says about
 * a job's money is booked with it: a refund, and a charge beyond what was set aside.
 */
export async function link(write: Write, rowId: string, subject: string): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await write.db
    .insertInto('provider_link')
    .values({ account: write.account, row_id: rowId, subject })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows !== 1n) return false
  await events.append(write, { data: { row_id: rowId }, subject, type: 'linked' })
  await settle(write, rowId, subject)
  return true
}

/**
 * Ties a row to a subject that was tied to nobody of ours: it has turned out whose it is, and what it says
 * about money is booked now. Any other tie is for good.
 */
export async function retie(
  write: Write,
  rowId: string,
  { from, to }: { from: Ledger.Nobody; to: string },
): Promise<boolean> {
  const { numUpdatedRows } = await write.db
    .updateTable('provider_link')
    .set({ subject: to })
    .where('account', '=', write.account)
    .where('row_id', '=', rowId)
    .where('subject', '=', from)
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) return false
  await events.append(write, { data: { from, row_id: rowId }, subject: to, type: 'retied' })
  await settle(write, rowId, to)
  return true
}

/** Ties a row to a subject, whether it is tied to nothing or to nobody. `false`: it is something else's. */
export async function give(
  write: Write,
  { rowId, subject }: { rowId: string; subject: string },
): Promise<boolean> {
  const found = await find(write.db, write.account, rowId)
  if (!found) return false
  const from = found.subject
  if (from === subject) return true
  if (from === undefined) return link(write, rowId, subject)
  return (from === 'foreign' || from === 'history') && retie(write, rowId, { from, to: subject })
}

async function settle(write: Write, rowId: string, jobId: string): Promise<void> {
  const { account, db } = write
  const job = await db
    .selectFrom('job')
    .select(['budget_day', 'id', 'reserved'])
    .where('account', '=', account)
    .where('id', '=', jobId)
    .executeTakeFirst()
  if (!job) return
  const linked = await list(db, account, jobId)
  const row = linked.find(({ id }) => id === rowId)
  if (row?.type !== 'REFUND' && row?.type !== 'CHARGE') return
  const before = linked.filter(({ id }) => id !== rowId)
  await noteRefund(write, job, { before, now: linked })
  await rebook(write, job, {
    before: Spending.booked({ ...job, rows: before }),
    now: Spending.booked({ ...job, rows: linked }),
  })
  await noteOverrun(write, job, { before, now: linked })
}

type Job = Pick<Row, 'budget_day' | 'id' | 'reserved'>

/** The rows of a job without the last one, and with it. */
type Rows = Record<'before' | 'now', readonly Venice.Transaction[]>

/** Books a refund, however the job ended; a charge that comes after it may make it whole. */
async function noteRefund(write: Write, job: Job, rows: Rows): Promise<void> {
  const [before, now] = [Spending.refunded(rows.before), Spending.refunded(rows.now)]
  if (now === before) return
  await write.db
    .updateTable('job')
    .set({ refund: now })
    .where('account', '=', write.account)
    .where('id', '=', job.id)
    .execute()
  const data = { refund_usd: Money.format(now - before) }
  await events.append(write, { data, subject: job.id, type: 'job_noted' })
}

/** Says what was charged beyond what was set aside. */
async function noteOverrun(write: Write, job: Job, rows: Rows): Promise<void> {
  const [before, now] = [Spending.charged(rows.before), Spending.charged(rows.now)]
  const over = beyond(now, job.reserved) - beyond(before, job.reserved)
  if (over <= 0n) return
  const data = { charged_usd: Money.format(now), over_usd: Money.format(over) }
  await events.append(write, { data, subject: job.id, type: 'overrun' })
}

/**
 * Brings the budgets from what a job took of them to what it takes. More is counted as an overrun: the
 * room that it once had may have been given to others.
 */
export async function rebook(
  write: Write,
  job: Job,
  { before, now }: { before: bigint; now: bigint },
): Promise<void> {
  for (const budget of budgetsOf(job, write))
    if (now > before) await budgets.overrun(write, { amount: now - before, ...budget })
    else if (now < before) await budgets.release(write, { amount: before - now, ...budget })
}

/**
 * Sets the price of a job aside once more that turns out to be paid for after it was freed. The budgets that
 * hold its charge already take no more than is missing.
 */
export async function setAside(write: Write, id: string): Promise<void> {
  const { account, db } = write
  const job = await db
    .selectFrom('job')
    .select(['budget_day', 'id', 'price', 'reserved'])
    .where('account', '=', account)
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  const linked = await list(db, account, id)
  await db
    .updateTable('job')
    .set({ reserved: job.price })
    .where('account', '=', account)
    .where('id', '=', id)
    .execute()
  const booked = (reserved: bigint) => Spending.booked({ reserved, rows: linked })
  await rebook(write, job, { before: booked(job.reserved), now: booked(job.price) })
}

/** The budgets that a job counts against: of the day it was agreed to, and of all time. */
function budgetsOf({ budget_day }: Job, { at }: Write) {
  return [
    { scope: 'perDay', slot: budget_day ?? budgets.slotOf('perDay', at) },
    { scope: 'total', slot: 'all' },
  ] as const
}

function beyond(amount: bigint, limit: bigint): bigint {
  return amount > limit ? amount - limit : 0n
}

type Kept = Omit<Venice.Transaction, 'amount' | 'balanceAfter' | 'exact'> & { exact?: string }

/** Rows tied to a subject, or to nothing, oldest first. */
export async function list(
  db: Kysely<Schema>,
  account: string,
  subject: string | undefined,
): Promise<Venice.Transaction[]> {
  const rows = await all(db, account)
    .where((expression) =>
      subject === undefined
        ? expression('provider_link.subject', 'is', null)
        : expression('provider_link.subject', '=', subject),
    )
    .execute()
  return rows.map(toRow)
}

/** Rows tied to any of these subjects, by subject, oldest first. */
export async function tied(
  db: Kysely<Schema>,
  account: string,
  subjects: readonly string[],
): Promise<Map<string, Venice.Transaction[]>> {
  const found = new Map<string, Venice.Transaction[]>()
  for (const some of parts(subjects))
    for (const row of await all(db, account).where('provider_link.subject', 'in', some).execute()) {
      const { subject } = row
      if (subject !== null) found.set(subject, [...(found.get(subject) ?? []), toRow(row)])
    }
  return found
}

/** A row by its id, and what it is tied to. */
export async function find(
  db: Kysely<Schema>,
  account: string,
  id: string,
): Promise<{ row: Venice.Transaction; subject: string | undefined } | undefined> {
  const found = await all(db, account).where('provider_row.id', '=', id).executeTakeFirst()
  return found && { row: toRow(found), subject: found.subject ?? undefined }
}

/** Time of the newest row on record that is not later than a time. */
export async function newest(
  db: Kysely<Schema>,
  account: string,
  until: Date,
): Promise<Date | undefined> {
  const row = await db
    .selectFrom('provider_row')
    .select('created_at')
    .where('account', '=', account)
    .where('created_at', '<=', ms(until))
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && date(row.created_at)
}

function all(db: Kysely<Schema>, account: string) {
  return db
    .selectFrom('provider_row')
    .leftJoin('provider_link', (join) =>
      join
        .onRef('provider_link.account', '=', 'provider_row.account')
        .onRef('provider_link.row_id', '=', 'provider_row.id'),
    )
    .select(['provider_row.body', 'provider_link.subject'])
    .where('provider_row.account', '=', account)
    .orderBy('provider_row.created_at')
    .orderBy('provider_row.id')
}

function toRow({ body }: { body: string }): Venice.Transaction {
  const { exact, ...row } = stored<Record<'amount' | 'balanceAfter', string> & Kept>(body)
  return {
    ...row,
    amount: BigInt(row.amount),
    balanceAfter: BigInt(row.balanceAfter),
    ...(exact !== undefined && { exact: BigInt(exact) }),
  }
}

function parts(values: readonly string[]): string[][] {
  const count = Math.ceil(values.length / most)
  return Array.from({ length: count }, (_, part) => values.slice(part * most, (part + 1) * most))
}
