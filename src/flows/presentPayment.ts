import { sendTopUp, type TopUpOutcome } from '../actions/sendTopUp.js'
import * as Ledger from '../Ledger.js'
import type { Zecchino } from './createZecchino.js'

/**
 * Sends the committed bytes of a payment, and writes down what the answer proves. Anything but a
 * credit leaves it `unknown`. Safe to repeat: the server credits one payment once.
 */
export async function presentPayment(zecchino: Zecchino, id: string): Promise<Ledger.Payment> {
  const { client, ledger, seal } = zecchino
  await ledger.movePayment(id, { from: 'signed', patch: { sentAt: client.now() }, to: 'sent' })
  const payment = await ledger.findPayment(id)
  if (!payment) throw new Ledger.PaymentNotFoundError({ id })
  // Somebody may have ended it meanwhile: what is not on record as sent does not leave.
  const presentable = payment.status === 'sent' || payment.status === 'unknown'
  if (!presentable || !payment.sealedHeader) return payment

  const outcome = await sendTopUp(client, { header: seal.open(payment.sealedHeader) })
  const told = settlementOf(outcome)
  const now = (await ledger.findPayment(id)) ?? payment
  if (Ledger.canMovePayment(now.status, told.to)) {
    const { to, ...patch } = told
    const moved = await ledger.movePayment(id, { from: now.status, patch, to })
    const { detail, transaction } = patch
    if (moved)
      client.onEvent({ detail, paymentId: id, status: to, transaction, type: 'topup.moved' })
  }
  return (await ledger.findPayment(id)) ?? now
}

/** What an answer proves about a payment. */
function settlementOf(outcome: TopUpOutcome): Ledger.PaymentPatch & { to: 'credited' | 'unknown' } {
  switch (outcome.kind) {
    case 'credited':
      return {
        paymentId: outcome.paymentId,
        to: 'credited',
        transaction: outcome.transaction,
      }
    case 'already_used':
      return { detail: 'the server says that this payment was used before', to: 'unknown' }
    case 'in_progress':
      return { detail: 'it is settling', to: 'unknown' }
    case 'refused':
      return { detail: `refused: ${outcome.code || outcome.status}`, to: 'unknown' }
    case 'unsent':
      return { detail: 'the server could not be reached', to: 'unknown' }
    case 'unknown':
      return { detail: outcome.reason, to: 'unknown' }
  }
}
