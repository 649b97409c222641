import { createHash } from 'node:crypto'

import type { Kysely, Selectable } from 'kysely'

import { parseJson } from '../internal/base64Json.js'
import { canonicalJson } from '../internal/canonicalJson.js'
import type * as Ledger from '../Ledger.js'
import { date, ms, type Write } from './engine.js'
import type { Schema } from './schema.js'

/** An event as the table keeps it; `data` is the very text that was hashed. */
export type Row = Selectable<Schema['event']>

/** Something that happened, before it has a place in the chain. */
export type NewEvent = Pick<Ledger.Event, 'data' | 'subject' | 'type'>

/** The hash before the first event. */
export const genesis = '0'.repeat(64)

/** Hash of an event: sha256 over its predecessor's hash and every column of its own. */
export function hashOf(row: Omit<Row, 'hash'>): string {
  const { account, at, data, previous, seq, subject, type } = row
  const content = canonicalJson({
    account,
    at: `${at}`,
    data,
    previous,
    seq: `${seq}`,
    subject,
    type,
  })
  return createHash('sha256').update(content).digest('hex')
}

/**
 * Appends an event to the wallet's chain, in the write that it tells about. The wallet's row keeps
 * the end of the chain, so that cutting its last events off is found too.
 */
export async function append(write: Write, event: NewEvent): Promise<void> {
  const { account, at, db, wallet } = write
  const entry = {
    account,
    at: ms(at),
    data: canonicalJson(event.data),
    previous: wallet.head,
    seq: wallet.events + 1n,
    subject: event.subject,
    type: event.type,
  }
  const hash = hashOf(entry)
  await db
    .insertInto('event')
    .values({ ...entry, hash })
    .execute()
  await db
    .updateTable('wallet')
    .set({ events: entry.seq, head: hash })
    .where('account', '=', account)
    .execute()
  Object.assign(wallet, { events: entry.seq, head: hash })
}

/** The wallet's events, oldest first; the newest `limit` of them. */
export async function list(
  db: Kysely<Schema>,
  account: string,
  limit = 1_000_000,
): Promise<Ledger.Event[]> {
  const rows = await db
    .selectFrom('event')
    .selectAll()
    .where('account', '=', account)
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute()
  return rows.toReversed().map((row) => ({
    at: date(row.at),
    // A damaged row is still shown: finding it is what the log is read for.
    data: (parseJson(row.data) ?? { unreadable: row.data }) as Record<string, unknown>,
    hash: row.hash,
    previous: row.previous,
    seq: Number(row.seq),
    subject: row.subject,
    type: row.type,
  }))
}
