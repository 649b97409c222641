import { createHash } from 'node:crypto'

import type { Kysely } from 'kysely'

import { canonicalJson } from '../internal/canonicalJson.js'
import type * as Ledger from '../Ledger.js'
import { date, ms, type Write } from './engine.js'
import type { Schema } from './schema.js'

/** The hash before the first event. */
export const genesis = '0'.repeat(64)

/** Hash of an event: sha256 over its predecessor's hash and its own canonical content. */
export function hashOf(event: Omit<Ledger.Event, 'hash'>): string {
  const { at, data, previous, seq, subject, type } = event
  const content = canonicalJson({ at: at.getTime(), data, previous, seq, subject, type })
  return createHash('sha256').update(content).digest('hex')
}

/** Appends an event to the wallet's chain, in the write that it tells about. */
export async function append(write: Write, event: NewEvent): Promise<void> {
  const { account, at, db } = write
  const last = await db
    .selectFrom('event')
    .select(['seq', 'hash'])
    .where('account', '=', account)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  const seq = Number(last?.seq ?? 0n) + 1
  const entry = { ...event, at, previous: last?.hash ?? genesis, seq }
  await db
    .insertInto('event')
    .values({
      account,
      at: ms(at),
      data: canonicalJson(event.data),
      hash: hashOf(entry),
      previous: entry.previous,
      seq: BigInt(seq),
      subject: event.subject,
      type: event.type,
    })
    .execute()
}

/** Something that happened, before it has a place in the chain. */
export type NewEvent = Pick<Ledger.Event, 'data' | 'subject' | 'type'>

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
  return rows.reverse().map((row) => ({
    at: date(row.at),
    data: JSON.parse(row.data) as Record<string, unknown>,
    hash: row.hash,
    previous: row.previous,
    seq: Number(row.seq),
    subject: row.subject,
    type: row.type,
  }))
}
