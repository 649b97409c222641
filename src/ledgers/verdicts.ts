import type * as Ledger from '../Ledger.js'
import * as Spending from '../Spending.js'
import { ms, Rollback, type Write } from './engine.js'
import * as events from './events.js'
import { columns, told } from './jobRows.js'
import * as jobs from './jobs.js'
import * as rows from './rows.js'

/** What a refused word rolls back with. */
const moved = () => new Rollback<Ledger.Refused>({ refused: 'moved' })

/**
 * Carries out a person's word about a job: what the rows are for that they saw, and where the job goes. All
 * of it or nothing; given again it changes nothing.
 */
export async function resolve(
  write: Write,
  id: string,
  { ties, to, ...word }: Ledger.Word,
): Promise<true> {
  const { from, sentAt } = word
  const job = await write.db
    .selectFrom('job')
    .select(['id', 'sent_at', 'status'])
    .where('account', '=', write.account)
    .where('id', '=', id)
    .executeTakeFirst()
  const isMeant = job?.status === from && (!sentAt || job.sent_at === ms(sentAt))
  if (!isMeant) throw moved()
  for (const tie of ties) if (!(await rows.give(write, tie))) throw moved()
  if (to === undefined) return true
  // Whatever the person saw: what has its charge is not paid for again.
  if (to === 'reserved' && (await chargedFor(write, id)) > 0n) throw moved()
  const move = { ...word, to }
  const isMoved =
    from === 'abandoned' ? await adopt(write, id, move) : await jobs.move(write, id, move)
  if (!isMoved) throw moved()
  return true
}

/**
 * Takes back a job that was given up, and whose charge is tied to it. What was set aside for it may have been
 * freed: then it is again, and the budgets that hold its charge already take no more than is missing.
 */
async function adopt(write: Write, id: string, move: Ledger.JobMove): Promise<boolean> {
  const { account, at, db } = write
  const { from, patch = {} } = move
  const linked = await rows.list(db, account, id)
  if (move.to !== 'queued' || patch.queueId === undefined || Spending.charged(linked) <= 0n)
    return false
  await rows.setAside(write, id)
  const { numUpdatedRows } = await db
    .updateTable('job')
    .set({ ...columns(patch), status: 'queued', updated_at: ms(at) })
    .where('account', '=', account)
    .where('id', '=', id)
    .where('sent_at', 'is not', null)
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) return false
  const data = { from, ...told(patch), to: 'queued' }
  await events.append(write, { data, subject: id, type: 'job' })
  return true
}

async function chargedFor({ account, db }: Write, id: string): Promise<bigint> {
  return Spending.charged(await rows.list(db, account, id))
}
