import { getBalance } from '../actions/getBalance.js'
import * as Errors from '../Errors.js'
import type * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import type * as Policy from '../Policy.js'
import * as Venice from '../Venice.js'
import type { WalletZecchino } from './createZecchino.js'
import { moveJob } from './moveJob.js'
import { planTopUp } from './planTopUp.js'
import { policyOf } from './policyOf.js'
import { PaymentUnresolvedError } from './refusals.js'
import { refusedAbove, refusedForms } from './refusedForms.js'
import { resolvePayment } from './resolvePayment.js'
import { topUp } from './topUp.js'

/**
 * Makes sure that the credit covers a reserved job, with at most one top-up for it. `false`: the
 * job has ended, because no top-up would help or the one it had did not.
 */
export async function fund(
  zecchino: WalletZecchino,
  options: { job: Job.Job; signal: AbortSignal },
): Promise<boolean> {
  const { client, ledger } = zecchino
  const { job, signal } = options
  for (let round = 0; ; round += 1) {
    signal.throwIfAborted()
    const pause = Math.min(2_000 * 2 ** round, 30_000)
    if ((await ledger.findJob(job.id))?.status !== 'reserved') return false
    const { frozen, payments } = await ledger.state()
    const [open] = await ledger.payments({ limit: 1, statuses: Ledger.openPaymentStatuses })
    if (open && !(await isAtWork(zecchino, { job, payment: open })))
      await resolvePayment(zecchino, open)
    const left = open && (await ledger.findPayment(open.id))
    const stuck = left?.status === 'paid_not_credited' ? left.detail : undefined
    const halt = frozen?.reason ?? stuck
    if (halt !== undefined) throw new Ledger.FrozenError({ reason: halt })
    if (open) {
      if (left && Ledger.isOpen(left.status)) await client.sleep(pause, signal)
      continue
    }
    const balance = await getBalance(client)
    const { balanceUsd: credit, minimumTopUpUsd: minimum } = balance
    const alone = planTopUp({ credit, minimum, price: job.price })
    const amount = planTopUp({ credit, minimum, price: await neededFor(zecchino, job) })
    if (amount === 0n) return true
    const larger = amount > minimum ? await refusedAbove(zecchino, minimum) : undefined
    const policy = await policyOf(zecchino)
    const most = await agreedTo(zecchino, { job, policy })
    if (amount > alone && (larger || !fits(policy, { amount, credit, most }))) {
      // It fits once those before it have paid their share.
      await client.sleep(pause, signal)
      continue
    }

    const reason = await uselessBecause(zecchino, { balance, job, larger })
    if (reason) return reject(zecchino, job, reason)
    if (amount > most) return reject(zecchino, job, wordsOfUnagreed(amount, most))
    try {
      await topUp(zecchino, { amount, credit, jobId: job.id, most, payments })
    } catch (error) {
      const known = Errors.from(error)
      // Another process was faster; its payment, or what came of it, is for the next round.
      if (known instanceof PaymentUnresolvedError) continue
      if (final.has(known.code)) await reject(zecchino, job, known.shortMessage)
      throw known
    }
  }
}

/** How long a payment is left to the process that signed it, in milliseconds. */
export const handOver = 15_000

/** Refusals that the same job would meet again: it ends, and a new quote starts over. */
const final = new Set<Errors.Code>([
  'APPROVAL_REQUIRED',
  'BUDGET_EXCEEDED',
  'INSUFFICIENT_USDC',
  'PAYEE_CHANGED',
  'POLICY_REFUSED',
  'UNSUPPORTED_PAYMENT',
])

/** Whether another process signed it so lately that it is still presenting it. */
async function isAtWork(
  { ledger }: WalletZecchino,
  { job, payment }: { job: Job.Job; payment: Ledger.Payment },
): Promise<boolean> {
  const age = (await ledger.now()).getTime() - payment.updatedAt.getTime()
  return payment.jobId !== job.id && age < handOver
}

/**
 * The largest top-up that a person agreed to for the job, or that the owner lets pass unasked: credit
 * that was there when the job was bought may have gone into others meanwhile.
 */
async function agreedTo(
  { ledger }: WalletZecchino,
  { job, policy }: { job: Job.Job; policy: Policy.Policy },
): Promise<bigint> {
  const approval = await ledger.findApprovalOfJob(job.id)
  return approval?.topUp ?? policy.approveAboveUsd
}

function wordsOfUnagreed(amount: bigint, most: bigint): string {
  return `It needs a top-up of ${Money.display(amount)} by now, and no person has agreed to more than ${Money.display(most)}; nothing was paid. Quote it again, and the owner is asked.`
}

/** Whether the owner allows so much at once, by policy and by what was agreed to for the job. */
function fits(
  policy: Policy.Policy,
  { amount, credit, most }: { amount: bigint; credit: bigint; most: bigint },
): boolean {
  return amount <= most && amount <= policy.maxTopUpUsd && credit + amount <= policy.maxCreditUsd
}

/**
 * This job's price and those of the jobs reserved before it, which the same credit must cover. What
 * a dead process left is not ahead of the living: whoever takes it up pays for it then.
 */
async function neededFor({ ledger, worker }: WalletZecchino, job: Job.Job): Promise<bigint> {
  const statuses = ['reserved', 'sending'] as const
  const left = await ledger.jobs({ leased: false, statuses })
  // A clock that jumps lets leases run out, but this process knows what it has in hand.
  const dead = new Set(left.filter(({ id }) => !worker.isAt(id)).map(({ id }) => id))
  const waiting = await ledger.jobs({ statuses })
  return waiting
    .filter((other) => other.id !== job.id && !dead.has(other.id) && isBefore(other, job))
    .reduce((sum, other) => sum + other.price, job.price)
}

function isBefore(a: Job.Job, b: Job.Job): boolean {
  const [x, y] = [a.createdAt.getTime(), b.createdAt.getTime()]
  return x < y || (x === y && a.id < b.id)
}

/** Why another top-up would not help, if it would not. */
async function uselessBecause(
  zecchino: WalletZecchino,
  options: { balance: Venice.Balance; job: Job.Job; larger: Ledger.Payment | undefined },
): Promise<string | undefined> {
  const { balance, job, larger } = options
  if (balance.diemBalanceUsd !== undefined)
    return 'The wallet is linked to a Venice account whose DIEM is spent first, so a top-up does not help.'
  const [earlier] = await zecchino.ledger.payments({ jobId: job.id, limit: 1 })
  const least = Money.display(balance.minimumTopUpUsd)
  const way = `Payments of ${least} are known to be taken: raise the credit to ${Money.display(job.price + Venice.floor)} with several of them first, each within the owner’s caps.`
  if (!earlier)
    return larger
      ? `It needs a top-up of more than ${least}, and Venice has refused ${Money.display(larger.amount)} in every form (${larger.detail}). ${way}`
      : undefined
  const paid = Money.display(earlier.amount)
  if (earlier.status !== 'failed_unpaid')
    return `Its one top-up of ${paid} is spent, and the credit of ${Money.display(balance.balanceUsd)} is still short.`
  const why = earlier.detail ? ` (${earlier.detail})` : ''
  const isForm = earlier.amount > balance.minimumTopUpUsd && (await refusedForms(zecchino, earlier))
  return `Its top-up of ${paid} did not settle${why}, and nothing was paid.${isForm ? ` ${way}` : ''}`
}

async function reject(zecchino: WalletZecchino, job: Job.Job, detail: string): Promise<false> {
  await moveJob(zecchino, { from: 'reserved', jobId: job.id, patch: { detail }, to: 'rejected' })
  return false
}
