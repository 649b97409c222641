import type { Kysely, Selectable } from 'kysely'

import type * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import { date, ms, type Write } from './engine.js'
import * as events from './events.js'
import type { Schema } from './schema.js'

/** Opens an approval for a job. */
export async function insert(
  write: Write,
  approval: Omit<Ledger.Approval, 'createdAt' | 'status'>,
): Promise<void> {
  const { account, at, db } = write
  const { expiresAt, hash, id, jobId, topUp } = approval
  await db
    .insertInto('approval')
    .values({
      account,
      created_at: ms(at),
      expires_at: ms(expiresAt),
      hash,
      id,
      job_id: jobId,
      status: 'open',
      top_up: topUp,
    })
    .execute()
  await events.append(write, {
    data: { hash, job_id: jobId, to: 'open', top_up_usd: Money.format(topUp) },
    subject: id,
    type: 'approval',
  })
}

/** Records a person's decision on exactly what was shown. */
export async function decide(
  write: Write,
  options: Parameters<Ledger.Ledger['decideApproval']>[0],
): Promise<boolean> {
  const { account, at, db } = write
  const { decision, hash, id, via = 'cli' } = options
  const { numUpdatedRows } = await db
    .updateTable('approval')
    .set({ status: decision })
    .where('account', '=', account)
    .where('id', '=', id)
    .where('hash', '=', hash)
    .where('status', '=', 'open')
    .where('expires_at', '>', ms(at))
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) return false
  await events.append(write, { data: { hash, to: decision, via }, subject: id, type: 'approval' })
  return true
}

/** Consumes an approval, once, in the transaction that reserves. */
export async function use(
  write: Write,
  { hash, jobId }: { hash: string; jobId: string },
): Promise<boolean> {
  const { account, at, db } = write
  const { numUpdatedRows } = await db
    .updateTable('approval')
    .set({ status: 'used' })
    .where('account', '=', account)
    .where('job_id', '=', jobId)
    .where('hash', '=', hash)
    .where('status', '=', 'approved')
    .where('expires_at', '>', ms(at))
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) return false
  await events.append(write, { data: { hash, to: 'used' }, subject: jobId, type: 'approval' })
  return true
}

/** Reads an approval. */
export async function find(
  db: Kysely<Schema>,
  account: string,
  id: string,
): Promise<Ledger.Approval | undefined> {
  const row = await select(db, account).where('id', '=', id).executeTakeFirst()
  return row && toApproval(row)
}

/** Ends whatever a person was asked, or has said, about a job: the next question takes its place. */
export async function supersede(write: Write, jobId: string): Promise<void> {
  const { account, db } = write
  const ended = await db
    .updateTable('approval')
    .set({ status: 'superseded' })
    .where('account', '=', account)
    .where('job_id', '=', jobId)
    .where('status', 'in', ['open', 'approved', 'used'])
    .returning('id')
    .execute()
  for (const { id } of ended)
    await events.append(write, { data: { to: 'superseded' }, subject: id, type: 'approval' })
}

/** How often a person was asked about a job. */
export async function count(db: Kysely<Schema>, account: string, jobId: string): Promise<number> {
  return (await select(db, account).where('job_id', '=', jobId).execute()).length
}

/** Reads the approval of a job that counts: the others were superseded. */
export async function ofJob(
  db: Kysely<Schema>,
  account: string,
  jobId: string,
): Promise<Ledger.Approval | undefined> {
  const row = await select(db, account)
    .where('job_id', '=', jobId)
    .where('status', '!=', 'superseded')
    .orderBy('created_at', 'desc')
    .executeTakeFirst()
  return row && toApproval(row)
}

/** Approvals that wait for a person, newest first; expired ones are left out. */
export async function listOpen(
  db: Kysely<Schema>,
  account: string,
  at: Date,
): Promise<Ledger.Approval[]> {
  const rows = await select(db, account)
    .where('status', '=', 'open')
    .where('expires_at', '>', ms(at))
    .orderBy('created_at', 'desc')
    .execute()
  return rows.map(toApproval)
}

function select(db: Kysely<Schema>, account: string) {
  return db.selectFrom('approval').selectAll().where('account', '=', account)
}

function toApproval(row: Selectable<Schema['approval']>): Ledger.Approval {
  return {
    createdAt: date(row.created_at),
    expiresAt: date(row.expires_at),
    hash: row.hash,
    id: row.id,
    jobId: row.job_id,
    status: row.status as Ledger.Approval['status'],
    topUp: row.top_up,
  }
}
