import type * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Policy from '../Policy.js'
import * as approvals from './approvals.js'
import * as budgets from './budgets.js'
import { ms, Rollback, type Write } from './engine.js'
import * as events from './events.js'
import { find, type Row } from './jobRows.js'
import * as policies from './policies.js'
import * as rows from './rows.js'
import * as wallets from './wallets.js'

/**
 * Holds a reserved job that has waited against what is in force by now, at the price asked now: the
 * rules, what a person agreed to, and the budgets, of which that of the day becomes today's. What it
 * comes to is set aside, and the job may be sent for as long as a quote lives.
 */
export async function confirm(
  write: Write,
  id: string,
  options: Parameters<Ledger.Ledger['confirmJob']>[1],
): Promise<{ job: Job.Job }> {
  const { account, at, db } = write
  wallets.refuseFrozen(write)
  const row = await db
    .selectFrom('job')
    .selectAll()
    .where('account', '=', account)
    .where('id', '=', id)
    .where('status', '=', 'reserved')
    .executeTakeFirst()
  if (!row) throw new Rollback<Ledger.Refused>({ refused: 'moved' })
  const { caps, policy } = await policies.hold(write, { caps: options.caps, own: options.own })
  const price = options.price > row.price ? options.price : row.price
  const refusal = policy && Policy.refusalOf(policy, { model: row.model, price })
  if (refusal) throw new Rollback<Ledger.Refused>({ ...refusal, refused: 'policy' })
  const approval = await approvals.ofJob(db, account, id)
  const most = approval ? row.price : (policy?.approveAboveUsd ?? price)
  if (price > most) throw new Rollback<Ledger.Refused>({ refused: 'approval' })

  const budget_day = await rebook(write, { caps, price, row })
  await db
    .updateTable('job')
    .set({ budget_day, checked_at: ms(at), price, reserved: price, updated_at: ms(at) })
    .where('account', '=', account)
    .where('id', '=', id)
    .execute()
  const data = { asked_usd: Money.format(options.price), price_usd: Money.format(price) }
  await events.append(write, { data, subject: id, type: 'job_checked' })
  return { job: (await find(db, account, 'id', id)) as Job.Job }
}

/** Sets the price aside under the caps of now, on today's budget. Returns the day that is booked. */
async function rebook(
  write: Write,
  { caps, price, row }: { caps: Ledger.Caps; price: bigint; row: Row },
): Promise<string> {
  const { at, db } = write
  const { account, id, reserved } = row
  const today = budgets.slotOf('perDay', at)
  // Rows that are tied to a job are booked on its day: then it stays where it is.
  const isTied = (await rows.list(db, account, id)).length > 0
  const day = isTied ? (row.budget_day ?? today) : today
  if (row.budget_day && row.budget_day !== day) {
    await budgets.release(write, { amount: reserved, scope: 'perDay', slot: row.budget_day })
    await budgets.book(write, { amount: price, cap: caps.perDay, scope: 'perDay' })
  } else await raise(write, { cap: caps.perDay, price, row, scope: 'perDay', slot: day })
  await raise(write, { cap: caps.total, price, row, scope: 'total', slot: 'all' })
  return day
}

/**
 * Raises what is booked for a job to its price, and sees whether it fits under the cap. Where the cap
 * has been lowered, jobs that were reserved before keep their place, and later ones give way.
 */
async function raise(
  write: Write,
  options: {
    cap: bigint
    price: bigint
    row: Row
    scope: 'perDay' | 'total'
    slot: string
  },
): Promise<void> {
  const { account, db } = write
  const { cap, price, row, scope, slot } = options
  const more = price - row.reserved
  if (more > 0n) await budgets.book(write, { amount: more, cap, scope })
  const used = await budgets.read(db, { account, scope, slot })
  const waiting = await db
    .selectFrom('job')
    .select(['budget_day', 'created_at', 'id', 'reserved'])
    .where('account', '=', account)
    .where('status', '=', 'reserved')
    .where('created_at', '>=', row.created_at)
    .execute()
  const later = waiting
    .filter(({ created_at, id }) => created_at > row.created_at || id > row.id)
    .filter(({ budget_day }) => scope === 'total' || budget_day === slot)
    .reduce((sum, { reserved }) => sum + reserved, 0n)
  if (used - later <= cap) return
  throw new Rollback<Ledger.Refused>({
    asked: price,
    cap,
    refused: 'budget',
    scope,
    used: used - later - price,
  })
}
