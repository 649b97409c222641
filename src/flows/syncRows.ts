import { listTransactions } from '../actions/listTransactions.js'
import type * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import type * as Venice from '../Venice.js'
import type { Zecchino } from './createZecchino.js'

/** How far back of the newest known row the provider may still insert one, in milliseconds. */
const overlap = 15 * 60_000

/** How far the clocks of provider and ledger may be apart when times are compared. */
export const tolerance = 120_000

/**
 * Reads the provider's own ledger and ties its rows to our payments and jobs: each row once.
 * What stays untied was made by somebody else, or belongs to a job whose answer was lost.
 */
export async function syncRows(zecchino: Zecchino): Promise<void> {
  const { client, ledger } = zecchino
  const newest = await ledger.newestRow()
  const since = newest && new Date(newest.getTime() - overlap)
  await ledger.recordRows(await listTransactions(client, { since }))
  const rows = await ledger.unlinkedRows()
  if (rows.length === 0) return
  const [jobs, payments] = await Promise.all([ledger.jobs(), ledger.payments()])
  for (const row of rows) {
    if (row.type === 'TOP_UP') await linkTopUp(zecchino, row, payments.toReversed())
    else await linkUsage(zecchino, row, jobs)
  }
}

/** Ties a TOP_UP to the oldest payment it fits; a payment without an answer is credited by it. */
async function linkTopUp(
  zecchino: Zecchino,
  row: Venice.Transaction,
  payments: readonly Ledger.Payment[],
): Promise<void> {
  const { client, ledger } = zecchino
  const at = Date.parse(row.createdAt)
  for (const payment of payments) {
    const waits = payment.status === 'sent' || payment.status === 'unknown'
    const fits =
      payment.amount === row.amount &&
      at >= payment.createdAt.getTime() + client.skew() - tolerance &&
      (waits || payment.status === 'credited' || payment.status === 'paid_not_credited')
    if (!fits || (await ledger.linkedRows(payment.id)).length > 0) continue
    if (!(await ledger.linkRow(row.id, payment.id))) return
    if (payment.status === 'credited') return
    const detail = `credited by Venice's row ${row.id}`
    const moved = await ledger.movePayment(payment.id, {
      from: payment.status,
      patch: { detail },
      to: 'credited',
    })
    if (moved)
      client.onEvent({ detail, paymentId: payment.id, status: 'credited', type: 'topup.moved' })
    return
  }
}

/** Ties a CHARGE or REFUND to the job whose queue id it carries, and books the refund. */
async function linkUsage(
  { ledger }: Zecchino,
  row: Venice.Transaction,
  jobs: readonly Job.Job[],
): Promise<void> {
  const job = row.requestId ? jobs.find(({ queueId }) => queueId === row.requestId) : undefined
  if (!job || !(await ledger.linkRow(row.id, job.id))) return
  if (row.type === 'CHARGE' && -row.amount !== job.price)
    await ledger.appendEvent({
      data: { charged_usd: Money.format(-row.amount), price_usd: Money.format(job.price) },
      subject: job.id,
      type: 'charge_differs',
    })
  if (row.type === 'REFUND') await ledger.noteJob(job.id, { refund: row.amount })
}
