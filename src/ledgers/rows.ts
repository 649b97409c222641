import type { Kysely } from 'kysely'

import * as Money from '../Money.js'
import type * as Venice from '../Venice.js'
import * as budgets from './budgets.js'
import { date, stored, type Write } from './engine.js'
import * as events from './events.js'
import type { Schema } from './schema.js'

/** Keeps provider rows that are not yet known. */
export async function record(write: Write, rows: readonly Venice.Transaction[]): Promise<void> {
  for (const row of rows)
    await write.db
      .insertInto('provider_row')
      .values({
        account: write.account,
        amount: row.amount,
        body: JSON.stringify({
          ...row,
          amount: `${row.amount}`,
          balanceAfter: `${row.balanceAfter}`,
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

async function settle(write: Write, rowId: string, jobId: string): Promise<void> {
  const { account, at, db } = write
  const job = await db
    .selectFrom('job')
    .select(['budget_day', 'price', 'reserved', 'status'])
    .where('account', '=', account)
    .where('id', '=', jobId)
    .executeTakeFirst()
  if (!job) return
  const linked = await list(db, account, jobId)
  const row = linked.find(({ id }) => id === rowId)
  if (row?.type === 'REFUND') {
    await db
      .updateTable('job')
      .set({ refund: sumOf(linked, 'REFUND') })
      .where('account', '=', account)
      .where('id', '=', jobId)
      .execute()
    const data = { refund_usd: Money.format(row.amount) }
    await events.append(write, { data, subject: jobId, type: 'job_noted' })
  }
  if (row?.type !== 'CHARGE') return
  const agreed = job.status === 'failed_refunded' ? job.price : job.reserved
  const charged = -sumOf(linked, 'CHARGE')
  const amount = beyond(charged, agreed) - beyond(charged + row.amount, agreed)
  if (amount <= 0n) return
  const slot = job.budget_day ?? budgets.slotOf('perDay', at)
  await budgets.overrun(write, { amount, scope: 'perDay', slot })
  await budgets.overrun(write, { amount, scope: 'total', slot: 'all' })
  const data = { charged_usd: Money.format(charged), over_usd: Money.format(amount) }
  await events.append(write, { data, subject: jobId, type: 'overrun' })
}

function sumOf(rows: readonly Venice.Transaction[], type: string): bigint {
  return rows.reduce((sum, row) => (row.type === type ? sum + row.amount : sum), 0n)
}

function beyond(amount: bigint, limit: bigint): bigint {
  return amount > limit ? amount - limit : 0n
}

/** Rows tied to a subject, or to nothing, oldest first. */
export async function list(
  db: Kysely<Schema>,
  account: string,
  subject: string | undefined,
): Promise<Venice.Transaction[]> {
  const rows = await db
    .selectFrom('provider_row')
    .leftJoin('provider_link', (join) =>
      join
        .onRef('provider_link.account', '=', 'provider_row.account')
        .onRef('provider_link.row_id', '=', 'provider_row.id'),
    )
    .select('provider_row.body')
    .where('provider_row.account', '=', account)
    .where((expression) =>
      subject === undefined
        ? expression('provider_link.subject', 'is', null)
        : expression('provider_link.subject', '=', subject),
    )
    .orderBy('provider_row.created_at')
    .orderBy('provider_row.id')
    .execute()
  return rows.map(({ body }) => {
    const row = stored<Venice.Transaction & { amount: string; balanceAfter: string }>(body)
    return { ...row, amount: BigInt(row.amount), balanceAfter: BigInt(row.balanceAfter) }
  })
}

/** Time of the newest row on record. */
export async function newest(db: Kysely<Schema>, account: string): Promise<Date | undefined> {
  const row = await db
    .selectFrom('provider_row')
    .select('created_at')
    .where('account', '=', account)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && date(row.created_at)
}
