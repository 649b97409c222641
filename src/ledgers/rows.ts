import type { Kysely } from 'kysely'

import type * as Venice from '../Venice.js'
import { date, type Write } from './engine.js'
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

/** Ties a row to a subject; the primary key of the link refuses a second tie. */
export async function link(write: Write, rowId: string, subject: string): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await write.db
    .insertInto('provider_link')
    .values({ account: write.account, row_id: rowId, subject })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows !== 1n) return false
  await events.append(write, { data: { row_id: rowId }, subject, type: 'linked' })
  return true
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
    const row = JSON.parse(body) as Venice.Transaction & { amount: string; balanceAfter: string }
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
