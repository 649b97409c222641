import * as Errors from '../Errors.js'
import * as Job from '../Job.js'
import { askAnew } from './askAnew.js'
import type { WalletZecchino } from './createZecchino.js'
import { moveJob } from './moveJob.js'
import { neededFor } from './neededFor.js'
import { planTopUp } from './planTopUp.js'
import { policyOf } from './policyOf.js'
import { readCredit } from './readCredit.js'
import { ApprovalRequiredError, PaymentUnresolvedError } from './refusals.js'
import { refusedAbove } from './refusedForms.js'
import { settleOpen } from './settleOpen.js'
import { syncRows } from './syncRows.js'
import { topUp } from './topUp.js'
import { uselessBecause } from './uselessBecause.js'

/**
 * Makes sure that the credit covers a reserved job, with at most one top-up for it. `false`: the
 * job has ended, because no top-up would help or the one it had did not, or it waits for a person,
 * because it needs a larger top-up by now than they agreed to.
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
    const current = await ledger.findJob(job.id)
    // What has waited for too long is looked at again before it is paid for.
    if (current?.status !== 'reserved' || Job.isStale(current, await ledger.now())) return false
    const { open, payments } = await settleOpen(zecchino, job)
    if (open) {
      if (open === 'waits') await client.sleep(pause, signal)
      continue
    }
    const seen = await readCredit(zecchino)
    const { balance, credit } = seen
    const needed = await neededFor(zecchino, job)
    const planOf = (has: bigint, price: bigint) =>
      planTopUp({ credit: has, minimum: balance.minimumTopUpUsd, price })
    const amount = planOf(credit, needed)
    if (amount === 0n) {
      const isShown = planOf(balance.balanceUsd, needed) === 0n || seen.isBooked
      if (isShown && !(round === 0 && wasRefusedSince(job, seen))) return true
      // Paid and credited, and not readable yet: nothing more is paid for it, and it is not given up.
      await wait(zecchino, { isShown, seen, signal })
      continue
    }
    const larger =
      amount > balance.minimumTopUpUsd
        ? await refusedAbove(zecchino, balance.minimumTopUpUsd)
        : undefined
    const isAlone = amount <= planOf(credit, job.price)
    if (!isAlone && (larger || !(await fits(zecchino, { amount, credit, job })))) {
      // It fits once those before it have paid their share.
      await client.sleep(pause, signal)
      continue
    }

    const reason = await uselessBecause(zecchino, { balance, job, larger })
    if (reason) return reject(zecchino, job, reason)
    try {
      await topUp(zecchino, { amount, credit, jobId: job.id, payments })
    } catch (error) {
      // Another process was faster; its payment, or what came of it, is for the next round.
      if (error instanceof PaymentUnresolvedError) continue
      if (error instanceof ApprovalRequiredError && error.asked !== undefined)
        return ask(zecchino, { error, job, topUp: error.asked })
      const known = Errors.from(error)
      if (final.has(known.code)) await reject(zecchino, job, known.shortMessage)
      throw known
    }
  }
}

/** Refusals that the same job would meet again: it ends, and a new quote starts over. */
const final = new Set<Errors.Code>([
  'APPROVAL_REQUIRED',
  'BUDGET_EXCEEDED',
  'INSUFFICIENT_USDC',
  'PAYEE_CHANGED',
  'POLICY_REFUSED',
  'UNSUPPORTED_PAYMENT',
])

/**
 * Whether the owner allows so much at once, by policy and by what was agreed to for the job: so as not
 * to try in vain for a crowd what is small enough for this one. What counts is held by the ledger.
 */
async function fits(
  zecchino: WalletZecchino,
  { amount, credit, job }: { amount: bigint; credit: bigint; job: Job.Job },
): Promise<boolean> {
  const { approveAboveUsd, maxCreditUsd, maxTopUpUsd } = await policyOf(zecchino)
  const agreed = (await zecchino.ledger.findApprovalOfJob(job.id))?.topUp ?? 0n
  const isAgreed = amount <= approveAboveUsd || amount <= agreed
  return isAgreed && amount <= maxTopUpUsd && credit + amount <= maxCreditUsd
}

/** Whether the job was refused after a credit that may not have reached whoever refused it. */
function wasRefusedSince({ sentAt }: Job.Job, { fresh }: readCredit.ReturnType): boolean {
  return sentAt !== undefined && fresh !== undefined && sentAt >= fresh.updatedAt
}

/** Waits for a credit to show: longer the older it is, so that it is neither missed nor asked for in haste. */
async function wait(
  zecchino: WalletZecchino,
  options: { isShown: boolean; seen: readCredit.ReturnType; signal: AbortSignal },
): Promise<void> {
  const { client, ledger } = zecchino
  const { isShown, seen, signal } = options
  const since = seen.fresh?.updatedAt.getTime() ?? 0
  const age = (await ledger.now()).getTime() - since
  await client.sleep(Math.min(Math.max(age / 4, 2_000), 60_000), signal)
  if (!isShown) await syncRows(zecchino)
}

/** Asks the owner about a top-up that they have not agreed to; the job waits for them. */
async function ask(
  zecchino: WalletZecchino,
  options: { error: ApprovalRequiredError; job: Job.Job; topUp: bigint },
): Promise<false> {
  const { error, job, topUp } = options
  const approval = await zecchino.ledger.findApprovalOfJob(job.id)
  const asked = await askAnew(zecchino, { approval, job, price: job.price, topUp })
  if (!('refused' in asked) || asked.refused === 'moved') return false
  return reject(zecchino, job, error.shortMessage)
}

async function reject(zecchino: WalletZecchino, job: Job.Job, detail: string): Promise<false> {
  await moveJob(zecchino, { from: 'reserved', jobId: job.id, patch: { detail }, to: 'rejected' })
  return false
}
