import { isVerified, unverifiedWords } from '../client/requireVerified.js'
import { canonicalJson } from '../internal/canonicalJson.js'
import type * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import * as Policy from '../Policy.js'
import * as Video from '../Video.js'
import type { Zecchino } from './createZecchino.js'
import { findSame, wordsOfSame } from './findSame.js'
import { planFunds } from './planFunds.js'
import { policyOf } from './policyOf.js'
import { priceOf } from './priceOf.js'
import { readMedia } from './readMedia.js'
import { validate } from './validate.js'

/**
 * Prices a request and stores the quote with the exact body that would be sent. Free; nothing is
 * signed for a payment.
 *
 * @throws {@link Video.InvalidRequestError} naming each wrong field, with the nearest valid request
 * @throws {@link UnknownModelError} {@link ModelOfflineError} {@link FileNotAllowedError}
 * {@link Policy.RefusedError}
 */
export async function quote(
  zecchino: Zecchino,
  input: unknown,
  options: quote.Options = {},
): Promise<quote.ReturnType> {
  const { client, ledger } = zecchino
  const policy = await policyOf(zecchino)
  const { readFiles = policy.readFiles } = options
  const checked = await validate(client, input)
  const { request } = await readMedia(checked.request, {
    folders: readFiles,
    model: checked.model,
  })
  const priced = await priceOf(client, request)
  const { estimate, price } = priced
  const refusal = Policy.refusalOf(policy, { model: request.model, price })
  if (refusal) throw new Policy.RefusedError(refusal)

  const { credit, topUp } = await planFunds(zecchino, price)
  const hash = Video.hashOf(request)
  const same = await findSame(zecchino, hash)
  const createdAt = await ledger.now()
  const made: Ledger.Quote = {
    body: canonicalJson(request),
    createdAt,
    estimate,
    expiresAt: new Date(createdAt.getTime() + Policy.quoteLifetime),
    hash,
    id: `quote_${client.randomHex(10)}`,
    model: request.model,
    price,
  }
  await ledger.saveQuote(made)
  return {
    credit,
    needsApproval: Policy.needsApproval(policy, { price, topUp }),
    quote: made,
    same,
    topUp,
    warnings: [
      ...(isVerified(client) ? [] : [`${unverifiedWords.says}. Nothing is paid so.`]),
      ...same.slice(0, 3).map(wordsOfSame),
      ...checked.warnings,
      ...priced.warnings,
    ],
  }
}

export declare namespace quote {
  type Options = {
    /**
     * Folders from which local media may be read, instead of the policy's: for a person who names
     * the file, never for an agent.
     */
    readFiles?: readonly string[] | undefined
  }
  type ReturnType = {
    /** Prepaid credit now, in micro-dollars; not known of an API key. */
    credit: bigint | undefined
    needsApproval: boolean
    quote: Ledger.Quote
    /** Jobs of the very same request that may make this one needless, newest first. */
    same: Job.Job[]
    /** The top-up that buying it now would need, in micro-dollars. */
    topUp: bigint
    warnings: string[]
  }
}
