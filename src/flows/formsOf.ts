import * as Envelope from '../Envelope.js'
import type * as Ledger from '../Ledger.js'
import type { Zecchino } from './createZecchino.js'

/** Where a signed payment stands on the ladder of its envelopes. */
export type Forms = {
  /** Codes by which the server has refused envelopes, each once. */
  codes: string[]
  /** Envelopes that are not refused, in the order in which they are tried; the first may be out. */
  left: Envelope.Envelope[]
}

/** The envelopes of a payment that are left, and what the server said to the others. */
export async function formsOf({ ledger, seal }: Zecchino, payment: Ledger.Payment): Promise<Forms> {
  if (!payment.sealedTransfer) return { codes: [], left: [] }
  const refused = new Map(
    (await ledger.attempts(payment.id)).flatMap(({ envelope, refused }) =>
      refused === undefined ? [] : [[envelope, refused] as const],
    ),
  )
  return {
    codes: [...new Set(refused.values())],
    left: Envelope.open(seal.open(payment.sealedTransfer)).filter(({ name }) => !refused.has(name)),
  }
}
