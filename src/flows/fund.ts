import { getBalance } from '../actions/getBalance.js'
import * as Errors from '../Errors.js'
import type * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import type * as Venice from '../Venice.js'
import type { Zecchino } from './createZecchino.js'
import { moveJob } from './moveJob.js'
import { planTopUp } from './planTopUp.js'
import { resolvePayment } from './resolvePayment.js'
import { topUp } from './topUp.js'

/**
 * Makes sure that the credit covers a reserved job, with at most one top-up for it. `false`: the
 * job has ended, because no top-up would help or the one it had did not.
 */
export async function fund(
  zecchino: Zecchino,
  options: { job: Job.Job; signal: AbortSignal },
): Promise<boolean> {
  const { client, ledger } = zecchino
  const { job, signal } = options
  for (;;) {
    signal.throwIfAborted()
    const { payments } = await ledger.state()
    const [open] = await ledger.payments({ limit: 1, statuses: Ledger.openPaymentStatuses })
    if (open) {
      if (open.status === 'paid_not_credited') return false
      await resolvePayment(zecchino, open)
      if (await isOpen(zecchino, open.id)) await client.sleep(2_000, signal)
      continue
    }
    const balance = await getBalance(client)
    const needed = await neededFor(zecchino, job)
    const amount = planTopUp({
      credit: balance.balanceUsd,
      minimum: balance.minimumTopUpUsd,
      price: needed,
    })
    if (amount === 0n) return true

    const reason = await uselessBecause(zecchino, { balance, job })
    if (reason) return reject(zecchino, job, reason)
    try {
      await topUp(zecchino, { amount, credit: balance.balanceUsd, jobId: job.id, payments })
    } catch (error) {
      const known = Errors.from(error)
      if (final.has(known.code)) await reject(zecchino, job, known.shortMessage)
      throw known
    }
  }
}

/** Refusals that the same job would meet again: it ends, and a new quote starts over. */
const final = new Set<Errors.Code>([
  'BUDGET_EXCEEDED',
  'INSUFFICIENT_USDC',
  'PAYEE_CHANGED',
  'POLICY_REFUSED',
  'UNSUPPORTED_PAYMENT',
])

async function isOpen(zecchino: Zecchino, id: string): Promise<boolean> {
  const payment = await zecchino.ledger.findPayment(id)
  return payment !== undefined && Ledger.isOpen(payment.status)
}

/** This job's price and those of the jobs reserved before it, which the same credit must cover. */
async function neededFor({ ledger }: Zecchino, job: Job.Job): Promise<bigint> {
  const waiting = await ledger.jobs({ statuses: ['reserved', 'sending'] })
  return waiting
    .filter((other) => other.id !== job.id && isBefore(other, job))
    .reduce((sum, other) => sum + other.price, job.price)
}

function isBefore(a: Job.Job, b: Job.Job): boolean {
  const [x, y] = [a.createdAt.getTime(), b.createdAt.getTime()]
  return x < y || (x === y && a.id < b.id)
}

/** Why another top-up would not help, if it would not. */
async function uselessBecause(
  { ledger }: Zecchino,
  { balance, job }: { balance: Venice.Balance; job: Job.Job },
): Promise<string | undefined> {
  if (balance.diemBalanceUsd !== undefined)
    return 'The wallet is linked to a Venice account whose DIEM is spent first, so a top-up does not help.'
  const [earlier] = await ledger.payments({ jobId: job.id, limit: 1 })
  if (!earlier) return undefined
  const paid = Money.display(earlier.amount)
  return earlier.status === 'failed_unpaid'
    ? `Its top-up of ${paid} did not settle${earlier.detail ? ` (${earlier.detail})` : ''}, and nothing was paid.`
    : `Its one top-up of ${paid} is spent, and the credit of ${Money.display(balance.balanceUsd)} is still short.`
}

async function reject(zecchino: Zecchino, job: Job.Job, detail: string): Promise<false> {
  await moveJob(zecchino, { from: 'reserved', jobId: job.id, patch: { detail }, to: 'rejected' })
  return false
}
