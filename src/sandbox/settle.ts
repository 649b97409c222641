import * as Money from '../Money.js'
import { accountOf, post } from './credit.js'
import { idOf } from './idOf.js'
import { takeFault } from './takeFault.js'
import type { Payment } from './verifyPayment.js'
import type { Settlement, Trace, World } from './world.js'

/** Forms of a payment's id: as recorded, and as the document has it. */
const paymentIds = { documented: 'payment_<uuid>', live: 'x402-<hex 32>' } as const

/**
 * Moves the money on the chain and books the credit for it.
 *
 * @throws {@link RevertError} when the token refuses; then nothing moved and nothing is booked.
 */
export async function settle(world: World, trace: Trace, payment: Payment): Promise<Settlement> {
  const { authorization, digest, signature } = payment
  const { from, nonce, value } = authorization
  const transfer = await world.chain.transferWithAuthorization(authorization, signature)
  const settlement: Settlement = {
    amount: value,
    at: world.now().getTime(),
    credited: false,
    digest,
    nonce,
    payer: from,
    paymentId: idOf(world, world.observed?.facts.payment_id ?? paymentIds[world.behavior]),
    presented: 1,
    transaction: transfer.transaction,
  }
  world.settlements.set(`${from}:${nonce}`.toLowerCase(), settlement)
  const credit = (at?: number) => {
    settlement.credited = true
    post(world, accountOf(world, from), { amount: Money.exact(value), at, type: 'TOP_UP' })
  }
  const lost = takeFault(world, trace, 'credit-lost')
  if (!lost) credit()
  else if (lost.credit_after_ms !== undefined)
    world.agenda.push({ at: settlement.at + lost.credit_after_ms, run: credit })
  return settlement
}
