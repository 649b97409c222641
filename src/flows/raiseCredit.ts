import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Policy from '../Policy.js'
import * as Wallet from '../Wallet.js'
import type { WalletZecchino, Zecchino } from './createZecchino.js'
import { policyOf } from './policyOf.js'
import { readCredit } from './readCredit.js'
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
  const { ledger } = zecchino
  await zecchino.ready()
  const { frozen, payments } = await ledger.state()
  if (frozen) throw Ledger.stopped(frozen)
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
  const { balance, credit } = await readCredit(zecchino)
  const { minimumTopUpUsd: least } = balance
  const target = options.credit ?? least
  if (credit >= target) return { credit, least, payment: undefined }
  const gap = target - credit
  const larger = gap > least ? await refusedAbove(zecchino, least) : undefined
  const amount = larger || gap < least ? least : gap
  const payment = await pay(zecchino, { ...options, amount, credit, payments, target })
  const refused = await refusedForms(zecchino, payment)
  return { credit: (await readCredit(zecchino)).credit, larger, least, payment, refused }
}

/** Pays, with the owner's word where it takes one: for each amount anew, if the least has risen meanwhile. */
async function pay(
  zecchino: WalletZecchino,
  options: Pick<raiseCredit.Options, 'approve'> & {
    amount: bigint
    credit: bigint
    payments: number
    target: bigint
  },
): Promise<Ledger.Payment> {
  const { approve, credit, payments, target } = options
  const hint = `The owner runs \`zecchino top-up ${Money.format(target)}\`.`
  for (let [amount, round] = [options.amount, 1]; ; round += 1) {
    const asks = Policy.needsApproval(await policyOf(zecchino), { topUp: amount })
    if (asks && (round > Policy.mostAsked.topUp || !(await approve?.(amount))))
      throw new ApprovalRequiredError({ asked: amount, hint })
    try {
      return await topUp(zecchino, { agreed: asks ? amount : undefined, amount, credit, payments })
    } catch (error) {
      const more = error instanceof ApprovalRequiredError ? error.asked : undefined
      if (more === undefined || round > Policy.mostAsked.topUp) throw error
      amount = more
    }
  }
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
