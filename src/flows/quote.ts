import { getBalance } from '../actions/getBalance.js'
import { listModels } from '../actions/listModels.js'
import { quoteVideo } from '../actions/quoteVideo.js'
import * as Errors from '../Errors.js'
import { canonicalJson } from '../internal/canonicalJson.js'
import { closest } from '../internal/closest.js'
import type * as Ledger from '../Ledger.js'
import * as Policy from '../Policy.js'
import * as Video from '../Video.js'
import type { Zecchino } from './createZecchino.js'
import { planTopUp } from './planTopUp.js'

/**
 * Prices a request and stores the quote with the exact body that would be sent. Free; nothing is
 * signed for a payment.
 *
 * @throws {@link UnknownModelError} {@link Video.InvalidRequestError} {@link Policy.RefusedError}
 */
export async function quote(zecchino: Zecchino, input: unknown): Promise<quote.ReturnType> {
  const { client, ledger, policy } = zecchino
  const request = Video.parseRequest(input)
  const models = await listModels(client)
  if (!models.some(({ id }) => id === request.model))
    throw new UnknownModelError({ model: request.model, models: models.map(({ id }) => id) })

  const price = await quoteVideo(client, request)
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
    warnings: [],
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

/** Venice has no such video model. */
export class UnknownModelError extends Errors.BaseError {
  override readonly code = 'UNKNOWN_MODEL'
  override readonly name = 'UnknownModelError'

  constructor({ model, models }: { model: string; models: readonly string[] }) {
    const near = closest(model, models, 3)
    super(`There is no video model "${model.slice(0, 80)}".`, {
      facts: near.length > 0 ? [`Closest: ${near.join(', ')}`] : [],
      hint: 'Call `video_models` (or run `zecchino models`) for the list.',
    })
  }
}
