import { getBalance } from '../actions/getBalance.js'
import { canonicalJson } from '../internal/canonicalJson.js'
import type * as Ledger from '../Ledger.js'
import * as Policy from '../Policy.js'
import * as Video from '../Video.js'
import type { Zecchino } from './createZecchino.js'
import { planTopUp } from './planTopUp.js'
import { priceOf } from './priceOf.js'
import { validate } from './validate.js'

/**
 * Prices a request and stores the quote with the exact body that would be sent. Free; nothing is
 * signed for a payment.
 *
 * @throws {@link Video.InvalidRequestError} naming each wrong field, with the nearest valid request
 * @throws {@link UnknownModelError} {@link ModelOfflineError} {@link Policy.RefusedError}
 */
export async function quote(zecchino: Zecchino, input: unknown): Promise<quote.ReturnType> {
  const { client, ledger, policy } = zecchino
  const { request, warnings } = await validate(client, input)

  const price = await priceOf(client, request)
  const refusal = Policy.refusalOf(policy, { model: request.model, price })
  if (refusal) throw new Policy.RefusedError(refusal)

  const { balanceUsd: credit, minimumTopUpUsd: minimum } = await getBalance(client)
  const topUp = planTopUp({ credit, minimum, price })
  const createdAt = await ledger.now()
  const made: Ledger.Quote = {
    body: canonicalJson(request),
    createdAt,
    estimate: false,
    expiresAt: new Date(createdAt.getTime() + Policy.quoteLifetime),
    hash: Video.hashOf(request),
    id: `quote_${client.randomHex(10)}`,
    model: request.model,
    price,
  }
  await ledger.saveQuote(made)
  return {
    credit,
    needsApproval: Policy.needsApproval(policy, { price, topUp }),
    quote: made,
    topUp,
    warnings,
  }
}

export declare namespace quote {
  type ReturnType = {
    /** Prepaid credit now, in micro-dollars. */
    credit: bigint
    needsApproval: boolean
    quote: Ledger.Quote
    /** The top-up that buying it now would need, in micro-dollars. */
    topUp: bigint
    warnings: string[]
  }
}
