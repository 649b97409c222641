import { sendTopUp, type TopUpOutcome } from '../actions/sendTopUp.js'
import * as Envelope from '../Envelope.js'
import * as Errors from '../Errors.js'
import * as Ledger from '../Ledger.js'
import type { Zecchino } from './createZecchino.js'

/**
 * Presents a credited payment once more, byte by byte as it is on record, to learn what that is
 * answered. It pays nothing: one authorization moves money once, and is credited once. Signs
 * nothing, and moves nothing on the ledger but a line of the audit log.
 *
 * @throws {@link NotCreditedError} for a payment whose end is not known: that is for recovery.
 */
export async function presentAgain(zecchino: Zecchino, id: string): Promise<TopUpOutcome> {
  const { client, ledger, seal } = zecchino
  const payment = await ledger.findPayment(id)
  if (!payment) throw new Ledger.PaymentNotFoundError({ id })
  const taken = (await ledger.attempts(id)).findLast(({ refused }) => refused === undefined)
  const envelope =
    payment.status === 'credited' && payment.sealedTransfer !== undefined
      ? Envelope.open(seal.open(payment.sealedTransfer)).find(
          ({ name }) => name === taken?.envelope,
        )
      : undefined
  if (!envelope) throw new NotCreditedError({ payment })
  await ledger.appendEvent({ data: { to: 'presented again' }, subject: id, type: 'payment' })
  return sendTopUp(client, { header: envelope.header })
}

/** Only what is known to be credited is presented for the sake of the answer. */
export class NotCreditedError extends Errors.BaseError {
  override readonly code = 'PAYMENT_UNRESOLVED'
  override readonly name = 'NotCreditedError'

  constructor({ payment }: { payment: Ledger.Payment }) {
    super('The payment is not known to be credited, so it was not presented again.', {
      facts: [`Payment: ${payment.id}`, `Status: ${payment.status}`],
      hint: 'Run `zecchino recover`, then look at `zecchino wallet`.',
      moneyMoved: 'unknown',
    })
  }
}
