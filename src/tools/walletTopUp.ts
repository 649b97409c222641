import * as z from 'zod'

import { raiseCredit } from '../flows/raiseCredit.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import { defineTool } from './defineTool.js'

export const walletTopUp = defineTool({
  name: 'wallet_top_up',
  title: 'Top up credit',
  description:
    'Spends money. Brings the prepaid credit up to at least credit_usd with one USDC payment; pays nothing if it is there already, so repeating it is safe. Seldom needed: video_generate tops up by itself. Credit cannot be withdrawn.',
  input: z.strictObject({
    credit_usd: Money.Text.optional().describe('Credit to reach; default: the minimum top-up.'),
  }),
  output: z.object({
    credit_usd: z.string(),
    payment: z
      .object({
        payment_id: z.string(),
        amount_usd: z.string(),
        pay_to: z.string(),
        status: z.enum(Ledger.paymentStatuses),
        transaction: z.string().optional(),
      })
      .optional(),
    next: z.string(),
  }),
  spends: true,
  async run(zecchino, { credit_usd }) {
    const { credit, payment } = await raiseCredit(zecchino, {
      credit: credit_usd === undefined ? undefined : Money.parse(credit_usd),
    })
    const open = payment && Ledger.isOpen(payment.status)
    return {
      credit_usd: Money.format(credit),
      ...(payment && { payment: paymentOf(payment) }),
      next: open
        ? 'The payment is not confirmed yet. Do not pay again: call wallet_status in a minute.'
        : payment
          ? 'The credit is there. Call video_quote.'
          : 'Nothing was paid: the credit was there already. Call video_quote.',
    }
  },
})

/** A payment as results show it. */
export function paymentOf(payment: Ledger.Payment) {
  const { amount, id, payTo, status, transaction } = payment
  return {
    payment_id: id,
    amount_usd: Money.format(amount),
    pay_to: payTo,
    status,
    ...(transaction && { transaction }),
  }
}
