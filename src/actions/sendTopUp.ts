import * as z from 'zod'

import * as Errors from '../Errors.js'
import { type Answer, call, codeOf, sentenceOf, wasSent } from '../client/call.js'
import type { Client } from '../client/createClient.js'
import { decodeBase64Json } from '../internal/base64Json.js'
import * as Money from '../Money.js'
import * as Venice from '../Venice.js'
import * as X402 from '../X402.js'

/** What is known after a signed payment was presented. Only `credited` is proof of anything. */
export type TopUpOutcome =
  | { kind: 'credited'; paymentId: string; transaction: string | undefined }
  /** The same payment was used before: it was paid; the credit shows in the transactions. */
  | { kind: 'already_used'; says: string }
  /** 409: this very payment is settling. Present it again a little later. */
  | { kind: 'in_progress' }
  /**
   * The server does not take the payment in this envelope, and may take it in another. One that was
   * credited before may be answered in the same way.
   */
  | { kind: 'form_refused'; code: string; says: string }
  /** A refusal. It says nothing about later: the authorization stays valid until it expires. */
  | { kind: 'refused'; code: string; says: string; status: number }
  /** No connection was made, so not a byte has left. */
  | { kind: 'unsent'; error: Errors.BaseError }
  | { kind: 'unknown'; reason: string }

/**
 * Presents a signed payment. The same bytes may be presented again however often: a payment is
 * credited at most once. Never throws, never signs.
 *
 * @param options.header The `PAYMENT-SIGNATURE` value, as committed.
 */
export async function sendTopUp(
  client: Client,
  options: { header: string },
): Promise<TopUpOutcome> {
  let answer: Answer
  try {
    answer = await call(client, {
      body: {},
      deadline: 90_000,
      headers: { [X402.headers.signature]: options.header },
      path: '/x402/top-up',
      repeatable: false,
      signIn: false,
    })
  } catch (error) {
    const known = Errors.from(error)
    if (!wasSent(known)) return { error: known, kind: 'unsent' }
    return { kind: 'unknown', reason: known.shortMessage }
  }
  const { status } = answer
  if (status === 200) {
    const credited = Venice.TopUp.safeParse(answer.json).data?.data
    if (!credited) return { kind: 'unknown', reason: 'The answer was 200, but could not be read.' }
    const doubt = doubtOf(credited, options.header)
    if (doubt) return { kind: 'unknown', reason: doubt }
    const settlement = X402.settlementOf(answer.headers.get(X402.headers.response))
    return {
      kind: 'credited',
      paymentId: credited.paymentId,
      transaction: settlement?.transaction || undefined,
    }
  }
  const code = codeOf(answer) ?? ''
  const says = sentenceOf(answer)
  if (status === 409 && code === 'PAYMENT_IN_PROGRESS') return { kind: 'in_progress' }
  if (used.test(`${code} ${says} ${detailsOf(answer)}`)) return { kind: 'already_used', says }
  if (status === 400 && Venice.formCodes.has(code)) return { code, kind: 'form_refused', says }
  if (status < 500 && status !== 409 && status !== 429)
    return { code, kind: 'refused', says, status }
  return { kind: 'unknown', reason: `The answer was status ${status}${code && ` (${code})`}.` }
}

/** Words for a payment that was used before, of Venice, of the reference server and of the token. */
const used =
  /already.?(been.?)?(used|processed|credited|settled)|nonce.?(already.?)?used|authorization.?is.?used|duplicate.?settlement/i

/** What an answer says beside its code and sentence; it may be anything, so not much of it is read. */
function detailsOf({ json }: Answer): string {
  const { details } = z.object({ details: z.unknown() }).safeParse(json).data ?? {}
  return (JSON.stringify(details) ?? '').slice(0, 2_000)
}

const Presented = z.object({
  payload: z.object({ authorization: z.object({ from: z.string(), value: z.string() }) }),
})

/** Why a credit is not the one that was paid for, if it is not. */
function doubtOf(credited: Venice.TopUp, header: string): string | undefined {
  const presented = Presented.safeParse(decodeBase64Json(header)).data
  if (!presented) return 'The header that was sent is not a payment.'
  const { from, value } = presented.payload.authorization
  if (credited.walletAddress.toLowerCase() !== from.toLowerCase())
    return 'The answer credits another wallet.'
  if (credited.amountCredited < BigInt(value))
    return `The answer credits ${Money.display(credited.amountCredited)}; paid were ${Money.display(BigInt(value))}.`
  return undefined
}
