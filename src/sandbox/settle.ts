import * as Money from '../Money.js'
import { bookAt } from './bookAt.js'
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
  const key = `${from}:${nonce}`.toLowerCase()
  world.settlements.set(key, settlement)
  const lost = takeFault(world, trace, 'credit-lost')
  const late = lost ? lost.credit_after_ms : 0
  const rows = [{ amount: Money.exact(value), type: 'TOP_UP' }]
  if (late !== undefined)
    bookAt(world, { account: from, at: settlement.at + late, rows, settlement: key })
  return settlement
}
