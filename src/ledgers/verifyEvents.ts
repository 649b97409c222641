import type { Kysely } from 'kysely'

import type * as Ledger from '../Ledger.js'
import { genesis, hashOf, type Row } from './events.js'
import type { Schema } from './schema.js'

/** Rows that are in memory at once. */
const page = 1_000

/**
 * Walks a wallet's audit log from its first event to the end that the wallet's row remembers, and
 * stops at the first event that was changed, removed, added or moved. Runs on one state of the
 * database, so that writers may go on meanwhile.
 */
export async function verifyEvents(db: Kysely<Schema>, account: string): Promise<Ledger.Verified> {
  const anchor = await db
    .selectFrom('wallet')
    .select(['events', 'head'])
    .where('account', '=', account)
    .executeTakeFirst()
  let last: { hash: string; seq: bigint } = { hash: genesis, seq: 0n }
  let after: bigint | undefined
  for (;;) {
    const rows = await db
      .selectFrom('event')
      .selectAll()
      .where('account', '=', account)
      .$if(after !== undefined, (query) => query.where('seq', '>', after ?? 0n))
      .orderBy('seq')
      .limit(page)
      .execute()
    for (const row of rows) {
      const reason = flawOf(row, last)
      if (reason) return { broken: Number(last.seq) + 1, ok: false, reason }
      last = row
    }
    after = last.seq
    if (rows.length < page) break
  }
  const end = { events: Number(last.seq), head: last.hash }
  if (!anchor)
    return last.seq === 0n
      ? { ok: true, ...end }
      : { broken: 1, ok: false, reason: 'the record of the wallet is missing' }
  const broken = Number(last.seq) + 1
  if (anchor.events > last.seq)
    return { broken, ok: false, reason: `events ${broken} to ${anchor.events} are missing` }
  if (anchor.events < last.seq || anchor.head !== last.hash)
    return { broken: Number(last.seq), ok: false, reason: 'it is not the end of the chain' }
  return { ok: true, ...end }
}

/** What is wrong with an event that follows another, if something is. */
function flawOf(row: Row, last: { hash: string; seq: bigint }): string | undefined {
  const { hash, ...content } = row
  if (row.seq > last.seq + 1n) return 'it is missing'
  if (row.seq !== last.seq + 1n) return 'it was added'
  if (row.previous !== last.hash) return 'it does not follow the event before it'
  if (hashOf(content) !== hash) return 'its content was changed'
  return undefined
}
