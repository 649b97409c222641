import { type Selectable, sql } from 'kysely'
import type { Address } from 'viem'

import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Policy from '../Policy.js'
import * as X402 from '../X402.js'
import * as Verdict from '../Verdict.js'
import * as approvals from './approvals.js'
import * as budgets from './budgets.js'
import * as credits from './credits.js'
import { ms, Rollback, type Write } from './engine.js'
import * as events from './events.js'
import { find } from './paymentRows.js'
import * as policies from './policies.js'
import type { Schema } from './schema.js'
import * as wallets from './wallets.js'

/**
 * Records the intent of a payment and books it, as one step. That no other payment of the wallet
 * is open, that the nonce is new and that its job has no other is for the indexes to refuse.
 */
export async function reserve(
  write: Write,
  options: Parameters<Ledger.Ledger['reservePayment']>[0],
): Promise<{ payment: Ledger.Payment }> {
  const { account, at, db } = write
  const { own, payment } = options
  wallets.refuseFrozen(write)
  const { payee, payments } = await wallets.state(db, write)
  if (payments !== options.payments) throw new Rollback<Ledger.Refused>({ refused: 'moved' })
  refuseClock(write, payment.validBefore)
  const { caps, payTo, policy } = await policies.hold(write, { caps: options.caps, own })
  // The payee seen first counts beside one that a process brings, until the owner has named one.
  if (policy) refuseUnlawful({ payment, pinned: payTo ? undefined : payee, policy })
  const wanted = payment.jobId === undefined ? options : await wantedFor(write, payment.jobId)
  const { agreed } = wanted
  refuseUnasked({ agreed, payment, policy })
  if ('isStale' in wanted && wanted.isStale)
    throw new Rollback<Ledger.Refused>({ refused: 'moved' })

  const budget_day = await budgets.book(write, {
    amount: 1n,
    cap: caps.topUpsPerDay,
    scope: 'topUpsPerDay',
  })
  // What is paid already counts, whether the balance shows it yet or not.
  const { credit } = await credits.observed(db, { account, at, balance: options.credit })
  await budgets.book(write, {
    amount: payment.amount,
    cap: caps.credit,
    from: credit,
    scope: 'credit',
  })
  await budgets.book(write, { amount: payment.amount, cap: caps.paid, scope: 'paid' })
  await db
    .insertInto('payment')
    .values({
      account,
      agreed: agreed ?? null,
      amount: payment.amount,
      budget_day,
      created_at: ms(at),
      id: payment.id,
      job_id: payment.jobId ?? null,
      nonce: payment.nonce.toLowerCase(),
      pay_to: payment.payTo,
      seq: BigInt(payments + 1),
      status: 'intent',
      updated_at: ms(at),
      valid_before: ms(payment.validBefore),
    } as Selectable<Schema['payment']>)
    .execute()
  await events.append(write, {
    data: {
      agreed_usd: agreed === undefined ? undefined : Money.format(agreed),
      amount_usd: Money.format(payment.amount),
      job_id: payment.jobId,
      nonce: payment.nonce,
      pay_to: payment.payTo,
      to: 'intent',
      valid_before: payment.validBefore.toISOString(),
    },
    subject: payment.id,
    type: 'payment',
  })
  return { payment: (await find(db, account, payment.id)) as Ledger.Payment }
}

/** By the ledger's clock, too, an authorization is valid for no longer than may be signed, and not over. */
function refuseClock({ at }: Write, validBefore: Date): void {
  const left = validBefore.getTime() - at.getTime()
  const most = X402.window.max * 1000 + X402.maxSkew
  if (left > 0 && left <= most) return
  throw new Rollback<Ledger.Refused>({
    refused: 'clock',
    skew: left > 0 ? left - X402.window.max * 1000 : left,
  })
}

/** Only so much at once, and to the one payee, as the policy in force says. */
function refuseUnlawful(options: {
  payment: { amount: bigint; payTo: Address }
  pinned: Address | undefined
  policy: Policy.Policy
}): void {
  const { payment, pinned, policy } = options
  if (payment.amount > policy.maxTopUpUsd)
    throw new Rollback<Ledger.Refused>({
      asked: Money.display(payment.amount),
      limit: Money.display(policy.maxTopUpUsd),
      refused: 'policy',
      rule: 'maxTopUpUsd',
    })
  const isOther = (payee: Address) => payee.toLowerCase() !== payment.payTo.toLowerCase()
  const other = [pinned, policy.payTo].find((payee) => payee && isOther(payee))
  if (other)
    throw new Rollback<Ledger.Refused>({ offered: payment.payTo, pinned: other, refused: 'payee' })
}

/**
 * Only so much without a person's word. Nothing above it is signed for less than they agreed to: neither
 * because the credit went elsewhere, nor because the server takes no less by now.
 */
function refuseUnasked(options: {
  agreed: bigint | undefined
  payment: { amount: bigint }
  policy: Policy.Policy | undefined
}): void {
  const { agreed, payment, policy } = options
  const { amount } = payment
  // Where nobody has brought a policy, nothing is free.
  const isFree = policy !== undefined && amount <= policy.approveAboveUsd
  if (isFree || (agreed !== undefined && amount <= agreed)) return
  throw new Rollback<Ledger.Refused>({ agreed, asked: amount, refused: 'approval' })
}

/**
 * What a person agreed to pay for a reserved job, by the approval that it consumed, and whether its terms
 * have to be looked at again before it is paid for.
 */
async function wantedFor(
  write: Write,
  jobId: string,
): Promise<{ agreed: bigint | undefined; isStale: boolean }> {
  const { account, at, db } = write
  const job = await db
    .selectFrom('job')
    .select(['checked_at', 'status'])
    .where('account', '=', account)
    .where('id', '=', jobId)
    .executeTakeFirst()
  if (job?.status !== 'reserved') throw new Rollback<Ledger.Refused>({ refused: 'moved' })
  const approval = await approvals.ofJob(db, account, jobId)
  return {
    agreed: approval?.status === 'used' ? approval.topUp : undefined,
    isStale: (job.checked_at ?? 0n) < ms(at) - BigInt(Policy.quoteLifetime),
  }
}

/** Moves a payment by a conditional update; refusals of the transition table write nothing. */
export async function move(
  write: Write,
  id: string,
  options: { from: Ledger.PaymentStatus; patch?: Ledger.PaymentPatch; to: Ledger.PaymentStatus },
): Promise<boolean> {
  const { from, patch = {}, to } = options
  if (!Ledger.canMovePayment(from, to)) return false
  // Signing and first sending spend; whatever comes after only finds out what was spent.
  if ((to === 'signed' || to === 'sent') && wallets.isStopped(write)) return false
  const { account, at, db } = write
  const { detail, paymentId, sealedTransfer, sentAt, transaction } = patch
  const row = await db
    .updateTable('payment')
    .set({
      ...(detail !== undefined && { detail }),
      ...(paymentId !== undefined && { payment_id: paymentId }),
      ...(sealedTransfer !== undefined && { sealed_header: sealedTransfer }),
      ...(sentAt !== undefined && { sent_at: ms(sentAt) }),
      ...(transaction !== undefined && { settlement: transaction }),
      status: to,
      updated_at: ms(at),
    })
    .where('account', '=', account)
    .where('id', '=', id)
    .where('status', '=', from)
    .returning(['amount', 'budget_day'])
    .executeTakeFirst()
  if (!row) return false
  await events.append(write, {
    data: { detail, from, payment_id: paymentId, to, transaction },
    subject: id,
    type: 'payment',
  })
  if (to === 'failed_unpaid') {
    await budgets.release(write, { amount: 1n, scope: 'topUpsPerDay', slot: row.budget_day })
    for (const scope of ['credit', 'paid'] as const)
      await budgets.release(write, { amount: row.amount, scope, slot: 'all' })
  }
  if (to === 'paid_not_credited') {
    const lost = detail ?? `${Money.display(row.amount)} was paid and not credited.`
    await wallets.freeze(
      write,
      `${lost} Run: ${Verdict.command(id, Verdict.ofPayment({ status: to }))}.`,
    )
  }
  return true
}

/** Says something about a payment whose end is not known. Its time stays: nobody has worked on it. */
export async function note(
  write: Write,
  id: string,
  { detail }: { detail: string },
): Promise<void> {
  const { numUpdatedRows } = await write.db
    .updateTable('payment')
    .set({ detail })
    .where('account', '=', write.account)
    .where('id', '=', id)
    .where('status', 'in', ['sent', 'unknown'])
    .where(sql<boolean>`detail IS DISTINCT FROM ${detail}`) // somebody else may have said it
    .executeTakeFirst()
  if (numUpdatedRows === 1n)
    await events.append(write, { data: { detail }, subject: id, type: 'payment_noted' })
}
