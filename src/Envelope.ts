import * as z from 'zod'

import { parseJson } from './internal/base64Json.js'
import * as Network from './Network.js'
import * as X402 from './X402.js'

/**
 * The shapes in which one signed payment can be presented, in the order in which they are tried.
 * What is signed is the same in all of them, nonce included, so together they pay at most once.
 */
export const names = ['full', 'unchanged', 'labelled', 'flat', 'v1', 'kept'] as const
export type Name = (typeof names)[number]

/** A signed payment as it travels: `header` is the value of `PAYMENT-SIGNATURE`. */
export type Envelope = { header: string; name: Name }

const Json = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
)
const Payload = z.object({
  authorization: z.object({
    from: z.string(),
    to: z.string(),
    value: z.string(),
    validAfter: z.string(),
    validBefore: z.string(),
    nonce: z.string(),
  }),
  signature: z.string(),
})

/** What was signed, and all that its envelopes are made of. Whoever has it can present it. */
export const Signed = z.object({
  /** The entry of `accepts`, as it was received. */
  accepted: Json,
  extensions: Json.optional(),
  network: z.enum(['base', 'base-sepolia']),
  payload: Payload,
  resource: Json.optional(),
  version: z.union([z.literal(1), z.literal(2)]),
})
export type Signed = z.output<typeof Signed>

/** Puts together what one signature is presented with. */
export function from(options: from.Options): Signed {
  const { authorization, offer, requirements, signature } = options
  const { extensions, resource } = requirements
  const { from, nonce, to, validAfter, validBefore, value } = authorization
  return {
    accepted: offer.raw,
    extensions,
    network: offer.network.name,
    payload: {
      authorization: {
        from,
        to,
        value: value.toString(),
        validAfter: validAfter.toString(),
        validBefore: validBefore.toString(),
        nonce,
      },
      signature,
    },
    resource,
    version: offer.version,
  }
}

export declare namespace from {
  type Options = {
    authorization: X402.Authorization
    offer: X402.Offer
    requirements: X402.Requirements
    signature: `0x${string}`
  }
}

/** The text that is kept of it, from which the same envelopes come at any time. */
export function format(signed: Signed): string {
  return JSON.stringify(signed)
}

/**
 * The envelopes of a kept payment, in the order in which they are tried. Before the third schema of
 * the ledger the header itself was kept: that one goes out as it is, and nothing is made of it.
 */
export function open(text: string): Envelope[] {
  const signed = Signed.safeParse(parseJson(text)).data
  return signed ? all(signed) : [{ header: text, name: 'kept' }]
}

/**
 * Every envelope of a signed payment: a pure function of it. Those of the same bytes are one.
 *
 * Venice's own sources disagree about the shape, and servers that take one have refused the others.
 */
export function all(signed: Signed): Envelope[] {
  const { accepted, extensions, network, payload, resource, version } = signed
  const rail = { scheme: 'exact', network }
  if (version === 1) return [envelope('v1', { x402Version: 1, ...rail, payload })]
  const full = (entry: Record<string, unknown>, label: object = {}) => ({
    x402Version: 2,
    ...label,
    ...(resource && { resource }),
    accepted: entry,
    payload,
    ...(extensions && { extensions }),
  })
  const paid = { ...completed(accepted, network), amount: payload.authorization.value }
  const envelopes = [
    envelope('full', full(paid)),
    envelope('unchanged', full(accepted)),
    envelope('labelled', full(paid, rail)),
    envelope('flat', { x402Version: 2, ...rail, payload }),
  ]
  return envelopes.filter(
    ({ header }, index) => envelopes.findIndex((one) => one.header === header) === index,
  )
}

/**
 * An entry with what it left out, which is what was signed all the same: servers that send none of
 * it have refused it back without. Nothing that is there is changed. Decided here.
 */
function completed(entry: Record<string, unknown>, network: Network.Name): Record<string, unknown> {
  const missing = {
    scheme: 'exact',
    maxTimeoutSeconds: X402.windowOf(undefined),
    extra: { ...Network.networks[network].domain },
  }
  const added = Object.entries(missing).filter(([name]) => entry[name] === undefined)
  return { ...entry, ...Object.fromEntries(added) }
}

function envelope(name: Name, payment: Record<string, unknown>): Envelope {
  return { header: X402.encode(payment), name }
}
