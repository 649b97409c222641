import type { Kysely } from 'kysely'

import type * as Envelope from '../Envelope.js'
import type * as Ledger from '../Ledger.js'
import { date, ms, type Write } from './engine.js'
import * as events from './events.js'
import type { Schema } from './schema.js'
import { isStopped } from './wallets.js'

/** Puts on record that a payment is about to be presented in an envelope. */
export async function begin(write: Write, id: string, envelope: Envelope.Name): Promise<boolean> {
  const { account, at, db } = write
  const payment = await db
    .selectFrom('payment')
    .select('status')
    .where('account', '=', account)
    .where('id', '=', id)
    .executeTakeFirst()
  if (payment?.status !== 'sent' && payment?.status !== 'unknown') return false
  const known = await list(db, account, id)
  if (known.some((attempt) => attempt.envelope === envelope)) return true
  // What went out once may go out again, to find out what became of it; a new envelope may spend.
  if (isStopped(write)) return false
  await db
    .insertInto('attempt')
    .values({
      account,
      at: ms(at),
      envelope,
      number: BigInt(known.length + 1),
      payment_id: id,
      refused: null,
    })
    .execute()
  await events.append(write, { data: { envelope }, subject: id, type: 'attempt' })
  return true
}

/** Records that the server refused an envelope, and what that makes known about the payment. */
export async function refuse(
  write: Write,
  id: string,
  options: { code: string; detail: string; envelope: Envelope.Name },
): Promise<void> {
  const { account, at, db } = write
  const { code, detail, envelope } = options
  const [row] = await db
    .updateTable('attempt')
    .set({ refused: code })
    .where('account', '=', account)
    .where('payment_id', '=', id)
    .where('envelope', '=', envelope)
    .where('refused', 'is', null)
    .returning('envelope')
    .execute()
  if (!row) return
  await db
    .updateTable('payment')
    .set({ detail, updated_at: ms(at) })
    .where('account', '=', account)
    .where('id', '=', id)
    .where('status', 'in', ['sent', 'unknown'])
    .execute()
  await events.append(write, { data: { envelope, refused: code }, subject: id, type: 'attempt' })
}

/** The envelopes in which a payment was presented, oldest first. */
export async function list(
  db: Kysely<Schema>,
  account: string,
  id: string,
): Promise<Ledger.Attempt[]> {
  const rows = await db
    .selectFrom('attempt')
    .selectAll()
    .where('account', '=', account)
    .where('payment_id', '=', id)
    .orderBy('number')
    .execute()
  return rows.map((row) => ({
    at: date(row.at),
    envelope: row.envelope as Envelope.Name,
    refused: row.refused ?? undefined,
  }))
}
