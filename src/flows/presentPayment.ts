import { sendTopUp, type TopUpOutcome } from '../actions/sendTopUp.js'
import type * as Envelope from '../Envelope.js'
import * as Ledger from '../Ledger.js'
import type { Zecchino } from './createZecchino.js'
import { formsOf } from './formsOf.js'
import { noteSent } from './noteSent.js'

/**
 * Presents a committed payment, and writes down what the answer proves. Refused for its form, the
 * same signed payment goes out in the next envelope, each on record before it leaves. Anything but
 * a credit leaves it `unknown`. Safe to repeat: the server credits one payment once.
 */
export async function presentPayment(
  zecchino: Zecchino,
  id: string,
  options: presentPayment.Options = {},
): Promise<Ledger.Payment> {
  const { client, ledger } = zecchino
  const sentAt = await ledger.now()
  const isSent = await ledger.movePayment(id, { from: 'signed', patch: { sentAt }, to: 'sent' })
  if (isSent) noteSent(zecchino, { id, sentAt })
  const payment = await find(zecchino, id)
  // Somebody may have ended it meanwhile: what is not on record as sent does not leave.
  if (payment.status !== 'sent' && payment.status !== 'unknown') return payment

  const { codes, left: inOrder } = await formsOf(zecchino, payment)
  const isFirst = ({ name }: Envelope.Envelope) => name === options.first
  const left = [...inOrder.filter(isFirst), ...inOrder.filter((one) => !isFirst(one))]
  for (const [index, { header, name }] of left.entries()) {
    if (!(await ledger.beginAttempt(id, name))) break
    const outcome = await sendTopUp(client, { header })
    if (outcome.kind !== 'form_refused') {
      const told = settlementOf(outcome)
      // What was said of the forms before it would stay as the last word on a payment that is through.
      const isThrough = told.to === 'credited' && codes.length > 0
      return conclude(zecchino, id, isThrough ? { ...told, detail: `taken as ${name}` } : told)
    }
    const { code } = outcome
    codes.push(code)
    const all = index === left.length - 1
    const detail = all
      ? `every form was refused: ${[...new Set(codes)].join(', ')}`
      : `refused: ${code}`
    await ledger.refuseAttempt(id, { code, detail, envelope: name })
    client.onEvent({ code, envelope: name, paymentId: id, type: 'topup.refused' })
    if (all) return conclude(zecchino, id, { detail, to: 'unknown' })
  }
  return find(zecchino, id)
}

export declare namespace presentPayment {
  type Options = {
    /** Tried before the others. @default the order of {@link Envelope.names} */
    first?: Envelope.Name | undefined
  }
}

async function find({ ledger }: Zecchino, id: string): Promise<Ledger.Payment> {
  const payment = await ledger.findPayment(id)
  if (!payment) throw new Ledger.PaymentNotFoundError({ id })
  return payment
}

type Told = Ledger.PaymentPatch & { to: 'credited' | 'unknown' }

/** Moves the payment to where the answer leads, unless somebody else knew more by then. */
async function conclude(zecchino: Zecchino, id: string, told: Told): Promise<Ledger.Payment> {
  const { client, ledger } = zecchino
  const now = await find(zecchino, id)
  if (!Ledger.canMovePayment(now.status, told.to)) return now
  const { to, ...patch } = told
  const moved = await ledger.movePayment(id, { from: now.status, patch, to })
  const { detail, transaction } = patch
  if (moved) client.onEvent({ detail, paymentId: id, status: to, transaction, type: 'topup.moved' })
  return find(zecchino, id)
}

/** What an answer proves about a payment. */
function settlementOf(outcome: Exclude<TopUpOutcome, { kind: 'form_refused' }>): Told {
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
