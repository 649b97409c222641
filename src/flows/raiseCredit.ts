import { getBalance } from '../actions/getBalance.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Policy from '../Policy.js'
import * as Wallet from '../Wallet.js'
import type { Zecchino } from './createZecchino.js'
import { ApprovalRequiredError, PaymentUnresolvedError } from './refusals.js'
import { resolvePayment } from './resolvePayment.js'
import { topUp } from './topUp.js'

/**
 * Brings the prepaid credit up to at least an amount, with at most one payment: a repeat pays
 * nothing. An open payment is resolved first and never joined by another.
 *
 * @throws {@link PaymentUnresolvedError} while an earlier payment is not settled.
 * @throws {@link Wallet.NeedsWalletError} when an API key pays.
 */
export async function raiseCredit(
  zecchino: Zecchino,
  options: raiseCredit.Options,
): Promise<raiseCredit.ReturnType> {
  if (zecchino.payer === 'key') throw new Wallet.NeedsWalletError({ what: 'top-up' })
  const { client, ledger, policy } = zecchino
  await zecchino.ready()
  const { frozen, payments } = await ledger.state()
  if (frozen) throw new Ledger.FrozenError({ reason: frozen.reason })
  const [open] = await ledger.payments({ limit: 1, statuses: Ledger.openPaymentStatuses })
  if (open) {
    await resolvePayment(zecchino, open)
    const now = await ledger.findPayment(open.id)
    if (now && Ledger.isOpen(now.status)) throw new PaymentUnresolvedError({ detail: now.detail })
    return raiseCredit(zecchino, options)
  }
  const balance = await getBalance(client)
  const { balanceUsd: credit, minimumTopUpUsd: minimum } = balance
  const target = options.credit ?? minimum
  if (credit >= target) return { credit, payment: undefined }
  const amount = target - credit > minimum ? target - credit : minimum
  const asks = Policy.needsApproval(policy, { price: 0n, topUp: amount })
  if (asks && !(await options.approve?.(amount)))
    throw new ApprovalRequiredError({
      hint: `The owner runs \`zecchino top-up ${Money.format(target)}\`.`,
    })
  const most = asks ? amount : undefined
  const payment = await topUp(zecchino, { amount, credit, most, payments })
  return { credit: (await getBalance(client)).balanceUsd, payment }
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
    /** The payment that was needed, if one was. */
    payment: Ledger.Payment | undefined
  }
}
