import type { Kysely } from 'kysely'

import * as Clock from '../Clock.js'
import type * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import type * as Venice from '../Venice.js'
import * as budgets from './budgets.js'
import { ms, stored } from './engine.js'
import * as paymentRows from './paymentRows.js'
import * as rows from './rows.js'
import type { Schema } from './schema.js'

/** Statuses of a job that left, or may have. One in `sending` is counted by whoever needs the credit. */
const taken: readonly Job.Status[] = [
  'queued',
  'ready',
  'saved',
  'cleaned',
  'failed_refunded',
  'failed_unrefunded',
  'ambiguous',
  'lost_media',
  'abandoned',
]

/**
 * The credit that there is when the provider shows a balance. What was paid and credited lately need
 * not be readable yet: until it shows, it is the credit that was booked with the last payment, less
 * what was bought since. A balance that is one of those in the provider's rows after that payment is
 * no late one, however low.
 */
export async function observed(
  db: Kysely<Schema>,
  { account, at, balance }: { account: string; at: Date; balance: bigint },
): Promise<Ledger.Credit> {
  const shown: Ledger.Credit = { credit: balance, isBooked: false, late: 0n }
  const [newest] = await paymentRows.list(db, account, { limit: 1 })
  const [last] = await paymentRows.list(db, account, { limit: 1, statuses: booked })
  if (!newest || last?.status !== 'credited') return shown
  if (at.getTime() - last.updatedAt.getTime() >= Clock.showing) return shown
  const linked = await rows.list(db, account, last.id)
  const known = { ...shown, fresh: last, isBooked: linked.length > 0 }
  const by = await budgets.read(db, { account, scope: 'credit', slot: 'all' })
  const expected = by - (await spentSince(db, { account, since: newest.createdAt }))
  if (expected <= balance) return known
  const [row] = linked
  if (row && (await isSince(db, { account, balance, row }))) return known
  return { ...known, credit: expected, late: expected - balance }
}

/** Statuses of a payment that is booked as credit. */
const booked = [
  'intent',
  'signed',
  'sent',
  'unknown',
  'credited',
  'paid_not_credited',
  'abandoned',
] as const satisfies readonly Ledger.PaymentStatus[]

/** Whether a balance is one that the provider's rows show from a row on. */
async function isSince(
  db: Kysely<Schema>,
  options: { account: string; balance: bigint; row: Venice.Transaction },
): Promise<boolean> {
  const { account, balance, row } = options
  const since = await db
    .selectFrom('provider_row')
    .select('body')
    .where('account', '=', account)
    .where('created_at', '>=', BigInt(Date.parse(row.createdAt)))
    .execute()
  return since.some(
    ({ body }) => BigInt(stored<{ balanceAfter: string }>(body).balanceAfter) === balance,
  )
}

/** What the jobs come to that were sent since a time, less what was refunded of them. */
async function spentSince(
  db: Kysely<Schema>,
  { account, since }: { account: string; since: Date },
): Promise<bigint> {
  const jobs = await db
    .selectFrom('job')
    .select(['price', 'refund'])
    .where('account', '=', account)
    .where('status', 'in', taken)
    .where('sent_at', '>=', ms(since))
    .execute()
  return jobs.reduce((sum, { price, refund }) => {
    const left = price - (refund ?? 0n)
    return left > 0n ? sum + left : sum
  }, 0n)
}
