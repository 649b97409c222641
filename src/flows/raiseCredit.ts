import { getBalance } from '../actions/getBalance.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Policy from '../Policy.js'
import * as Wallet from '../Wallet.js'
import type { Zecchino } from './createZecchino.js'
import { policyOf } from './policyOf.js'
import { ApprovalRequiredError, PaymentUnresolvedError } from './refusals.js'
import { refusedAbove, refusedForms } from './refusedForms.js'
import { resolvePayment } from './resolvePayment.js'
import { topUp } from './topUp.js'

/**
 * Brings the prepaid credit up to at least an amount, with at most one payment: a repeat pays
 * nothing. An open payment is resolved first and never joined by another. Where a larger payment was
 * refused in every form, this one is the least, and it takes several calls to get there.
 *
 * @throws {@link PaymentUnresolvedError} while an earlier payment is not settled.
 * @throws {@link Wallet.NeedsWalletError} when an API key pays.
 */
export async function raiseCredit(
  zecchino: Zecchino,
  options: raiseCredit.Options,
): Promise<raiseCredit.ReturnType> {
  if (zecchino.payer === 'key') throw new Wallet.NeedsWalletError({ what: 'top-up' })
  const { client, ledger } = zecchino
  await zecchino.ready()
  const { frozen, payments } = await ledger.state()
  if (frozen) throw new Ledger.FrozenError({ reason: frozen.reason })
  const [open] = await ledger.payments({ limit: 1, statuses: Ledger.openPaymentStatuses })
  if (open) {
    await resolvePayment(zecchino, open)
    const now = await ledger.findPayment(open.id)
    if (now && Ledger.isOpen(now.status)) {
      const until = (await refusedForms(zecchino, now)) && now.validBefore
      throw new PaymentUnresolvedError({ detail: now.detail, until })
    }
    return raiseCredit(zecchino, options)
  }
  const balance = await getBalance(client)
  const { balanceUsd: credit, minimumTopUpUsd: least } = balance
  const target = options.credit ?? least
  if (credit >= target) return { credit, least, payment: undefined }
  const gap = target - credit
  const larger = gap > least ? await refusedAbove(zecchino, least) : undefined
  const amount = larger || gap < least ? least : gap
  const policy = await policyOf(zecchino)
  const asks = Policy.needsApproval(policy, { price: 0n, topUp: amount })
  if (asks && !(await options.approve?.(amount)))
    throw new ApprovalRequiredError({
      hint: `The owner runs \`zecchino top-up ${Money.format(target)}\`.`,
    })
  const most = asks ? amount : undefined
  const payment = await topUp(zecchino, { amount, credit, most, payments })
  const refused = await refusedForms(zecchino, payment)
  return { credit: (await getBalance(client)).balanceUsd, larger, least, payment, refused }
}

export declare namespace raiseCredit {
  type Options = {
    /** Asks the owner about a top-up that needs one. Nobody is asked without it. */
    approve?: ((amount: bigint) => Promise<boolean>) | undefined
    /** Credit to reach, in micro-dollars. @default the minimum top-up */
    credit?: bigint | undefined
  }
  type ReturnType = {
    /** Prepaid credit afterwards, in micro-dollars. */
    credit: bigint
    /** A larger payment that was refused in every form, so that this one was the least. */
    larger?: Ledger.Payment | undefined
    /** The least that can be paid, in micro-dollars. */
    least: bigint
    /** The payment that was needed, if one was. */
    payment: Ledger.Payment | undefined
    /** Codes by which every form of the payment was refused. It may have been paid all the same. */
    refused?: string[] | undefined
  }
}
