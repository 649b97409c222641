import * as z from 'zod'

import type { WalletZecchino, Zecchino } from '../flows/createZecchino.js'
import { policyOf } from '../flows/policyOf.js'
import { raiseCredit } from '../flows/raiseCredit.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import { printable } from '../internal/printable.js'
import * as Wallet from '../Wallet.js'
import { callOf } from './callOf.js'
import { type Ask, defineTool } from './defineTool.js'
import { share } from './share.js'
import { topUpWords } from './topUpWords.js'

/**
 * How long a person has to agree, in milliseconds, however often the amount changes meanwhile: the
 * payment is made in this call or not at all.
 */
const patience = 45_000

const output = z.object({
  credit_usd: z.string(),
  payment: z
    .object({
      payment_id: z.string(),
      amount_usd: z.string(),
      pay_to: z.string(),
      status: z.enum(Ledger.paymentStatuses),
      transaction: z.string().optional(),
      detail: z.string().optional(),
    })
    .optional(),
  next: z.string(),
})

export const walletTopUp = defineTool({
  name: 'wallet_top_up',
  title: 'Top up credit',
  description:
    'Spends money. Brings the prepaid credit up to at least credit_usd with one USDC payment, or pays nothing if it is there: so repeating it is safe. Seldom needed, because video_generate tops up by itself; credit cannot be withdrawn.',
  input: z.strictObject({
    credit_usd: Money.Text.optional().describe('USD to reach, such as "10"; default: the least.'),
  }),
  output,
  spends: true,
  // Without the caller's signal: a host that hangs up does not decide about a payment.
  run: (zecchino, { credit_usd }, { ask }) =>
    share(zecchino, `top up ${credit_usd}`, () => raise(zecchino, { ask, credit_usd })),
})

async function raise(
  zecchino: Zecchino,
  { ask, credit_usd }: { ask: Ask | undefined; credit_usd: string | undefined },
): Promise<z.output<typeof output>> {
  if (zecchino.payer === 'key') throw new Wallet.NeedsWalletError({ what: 'top-up' })
  const target = credit_usd === undefined ? undefined : Money.parse(credit_usd)
  const end = performance.now() + patience
  const raised = await raiseCredit(zecchino, {
    approve:
      ask &&
      ((amount) => agree(zecchino, { amount, ask, timeout: Math.floor(end - performance.now()) })),
    credit: target,
  })
  const { credit, payment } = raised
  const again = `call ${callOf('wallet_top_up', credit_usd === undefined ? {} : { credit_usd })} again`
  return {
    credit_usd: Money.format(credit),
    ...(payment && { payment: paymentOf(payment) }),
    next: topUpWords(raised, { again, target }).next,
  }
}

/** Asks the owner in the host about a payment, if they chose to be asked there. */
async function agree(
  zecchino: WalletZecchino,
  { amount, ask, timeout }: { amount: bigint; ask: Ask; timeout: number },
): Promise<boolean> {
  const { ledger, network, wallet } = zecchino
  const policy = await policyOf(zecchino)
  if (policy.approveVia !== 'elicitation' || timeout <= 0) return false
  const { payee } = await ledger.state()
  const to = policy.payTo ?? payee
  const usdc = `${Money.display(amount)} USDC`
  const message = [
    'An agent asks to top up your prepaid credit. It cannot be withdrawn.',
    `Pay       ${usdc} on ${network.title}`,
    `From      ${wallet.address}`,
    `To        ${to ? printable(to, 60) : 'the payee seen first'}`,
  ].join('\n')
  const answer = await ask({ message, statements: { approve: `Pay ${usdc}.` } }, { timeout })
  if (answer !== 'confirmed') return false
  await ledger.appendEvent({
    data: { amount_usd: Money.format(amount), to: 'approved', via: 'elicitation' },
    subject: 'top_up',
    type: 'approval',
  })
  return true
}

/** A payment as results show it. */
export function paymentOf(payment: Ledger.Payment) {
  const { amount, detail, id, payTo, status, transaction } = payment
  return {
    payment_id: id,
    amount_usd: Money.format(amount),
    pay_to: payTo,
    status,
    ...(transaction && { transaction }),
    ...(detail && { detail }),
  }
}
