import type { Address, Hex } from 'viem'
import { getAddress, hashTypedData, recoverTypedDataAddress } from 'viem/utils'
import * as z from 'zod'

import { decodeBase64Json } from '../internal/base64Json.js'
import * as Money from '../Money.js'
import * as Network from '../Network.js'
import { canonicalJson } from '../internal/canonicalJson.js'
import * as Venice from '../Venice.js'
import * as X402 from '../X402.js'
import { offerOf, topUp } from './challenges.js'
import { type Envelopes, formProblem, nameOf } from './envelopes.js'
import { takeFault } from './takeFault.js'
import type { Trace, World } from './world.js'

/** What remains of an authorization must be enough to settle it. Seconds. */
const leastWindow = 6

const Form = z.object({
  accepted: z.record(z.string(), z.unknown()).optional(),
  network: z.string().optional(),
  payload: z.unknown().optional(),
  scheme: z.string().optional(),
  x402Version: z.literal(2),
})

const Payload = z.object({
  authorization: z.object({
    from: z.string(),
    nonce: z.string(),
    to: z.string(),
    validAfter: z.string(),
    validBefore: z.string(),
    value: z.string(),
  }),
  signature: z.string(),
})

/** A payment that may be settled; `digest` tells it from any other. */
export type Payment = { authorization: X402.Authorization; digest: Hex; signature: Hex }
/** A payment that is refused, and why in words. */
export type BadPayment = { code: Venice.TopUpCode; words: string }

/**
 * Checks a payment header as the seller does before it settles: form, rail, payee, amount. Which
 * forms it takes is the sandbox's choice ({@link Envelopes}), or a fault's.
 */
export async function verifyPayment(
  world: World,
  trace: Trace,
  header: string,
): Promise<BadPayment | Payment> {
  const fail = (code: Venice.TopUpCode, words: string) => ({ code, words })
  const form = Form.safeParse(decodeBase64Json(header))
  if (!form.success)
    return fail('INVALID_PAYMENT_FORMAT', 'the header is not base64 JSON of an x402 v2 payment')
  const { accepted, payload } = form.data
  const fault = takeFault(world, trace, 'envelopes')
  const seen = fault ? undefined : observedOf(world, form.data)
  if (seen !== undefined && seen !== 'taken')
    return fail(
      Venice.topUpCodes.find((code) => code === seen) ?? 'INVALID_PAYMENT_FORMAT',
      'observed',
    )
  const takes: Takes = seen ?? fault?.takes ?? world.envelopes
  const problem = takes === 'taken' ? undefined : formProblem(takes, form.data)
  if (problem) return fail('INVALID_PAYMENT_FORMAT', problem)
  const rail = railOf(world, form.data, takes)
  if ('code' in rail) return rail

  const parsed = Payload.safeParse(payload)
  if (!parsed.success)
    return fail('INVALID_PAYMENT', 'the payload is not an authorization with a signature')
  const { authorization: wire, signature } = parsed.data
  if (!/^(0|[1-9]\d{0,77})$/.test(wire.value) || BigInt(wire.value) >= 2n ** 256n)
    return fail('INVALID_AMOUNT', 'the value is not a whole number of base units')
  if (
    !isAddress(wire.from) ||
    BigInt(wire.from) === 0n ||
    world.payees.has(wire.from.toLowerCase())
  )
    return fail('INVALID_PAYMENT_PAYER', 'the payer is not an address that can pay')
  if (!isAddress(wire.to) || !world.payees.has(wire.to.toLowerCase()))
    return fail('INVALID_PAYMENT_RECIPIENT', 'the payee is not the one that was offered')
  const times = [wire.validAfter, wire.validBefore].every((time) => /^\d{1,15}$/.test(time))
  if (!times || !/^0x[0-9a-fA-F]{64}$/.test(wire.nonce) || !/^0x[0-9a-fA-F]+$/.test(signature))
    return fail('INVALID_PAYMENT', 'validAfter, validBefore, nonce or signature is malformed')

  const authorization: X402.Authorization = {
    from: checksummed(wire.from),
    nonce: wire.nonce as Hex,
    to: checksummed(wire.to),
    validAfter: BigInt(wire.validAfter),
    validBefore: BigInt(wire.validBefore),
    value: BigInt(wire.value),
  }
  const isFree = takes === 'taken' || takes === 'full-unchanged'
  if (accepted && !isFree && accepted['amount'] !== wire.value)
    return fail('INVALID_AMOUNT', 'the value is not the amount of the accepted offer')
  const amount = Money.display(authorization.value)
  if (authorization.value < topUp.minimum)
    return fail('AMOUNT_TOO_LOW', `${amount} is below ${Money.display(topUp.minimum)}`)
  if (authorization.value > topUp.maximum)
    return fail('AMOUNT_TOO_HIGH', `${amount} is above ${Money.display(topUp.maximum)}`)
  return { authorization, digest: digestOf(world, authorization), signature: signature as Hex }
}

/** `taken`: the very form that was sent was observed to be taken. */
type Takes = Envelopes | 'taken'

/** What a live service was found to do with a payment of this form. */
function observedOf(world: World, form: z.output<typeof Form>): string | undefined {
  const value = Payload.safeParse(form.payload).data?.authorization.value ?? ''
  const kind = value === topUp.minimum.toString() ? 'minimum' : 'above'
  return world.observed?.facts.envelopes?.[kind]?.[nameOf(form, value)]
}

/** The last check before settling, which depends on the time and on the chain. */
export async function verifyFunds(
  world: World,
  trace: Trace,
  payment: Payment,
): Promise<BadPayment | undefined> {
  const { authorization, signature } = payment
  const fail = (words: string): BadPayment => ({ code: 'PAYMENT_VERIFICATION_FAILED', words })
  const now = BigInt(Math.floor((world.now().getTime() + trace.skew) / 1_000))
  const { from, nonce, validAfter, validBefore, value } = authorization
  if (validAfter > now) return fail('invalid_exact_evm_payload_authorization_valid_after')
  if (validBefore < now + BigInt(leastWindow))
    return fail('invalid_exact_evm_payload_authorization_valid_before')
  const signer = await recover(world, authorization, signature)
  if (!signer || !isSame(signer, from)) return fail('invalid_exact_evm_signature')
  if (await world.chain.authorizationState(from, nonce))
    return fail('invalid_exact_evm_nonce_already_used')
  if ((await world.chain.balanceOf(from)) < value)
    return fail('invalid_exact_evm_insufficient_balance')
  return undefined
}

/** The rail a payment names: `accepted` is an entry as offered, apart from `extra` and the amount. */
function railOf(world: World, form: z.output<typeof Form>, takes: Takes): BadPayment | object {
  const fail = (code: Venice.TopUpCode, words: string) => ({ code, words })
  const { accepted } = form
  const named = accepted ?? form
  if (named['scheme'] !== 'exact') return fail('UNSUPPORTED_SCHEME', 'the scheme is not exact')
  const network = Network.find(named['network'])
  if (network?.name !== world.network.name)
    return fail('UNSUPPORTED_NETWORK', `the network is not ${world.network.name}`)
  if (!accepted) return {}
  if (typeof accepted['asset'] !== 'string' || !isSame(accepted['asset'], world.network.asset))
    return fail('UNSUPPORTED_TOKEN', 'the asset is not USDC')
  if (typeof accepted['payTo'] !== 'string' || !world.payees.has(accepted['payTo'].toLowerCase()))
    return fail('INVALID_PAYMENT_RECIPIENT', 'accepted.payTo is not the payee that was offered')
  const offer = offerOf(world)
  const extra = { ...(accepted['extra'] as object | undefined), ...offer.extra }
  const { payTo } = accepted
  const amount = takes === 'full-unchanged' ? offer.amount : accepted['amount']
  const same = canonicalJson(accepted) === canonicalJson({ ...offer, amount, extra, payTo })
  return same ? {} : fail('INVALID_PAYMENT', 'accepted is not an offer of this server')
}

/** Identifies a payment: two with the same digest are the same one, whatever header carried them. */
function digestOf(world: World, authorization: X402.Authorization): Hex {
  return hashTypedData(X402.typedData(authorization, world.network))
}

async function recover(world: World, authorization: X402.Authorization, signature: Hex) {
  if (signature.length !== 132) return undefined
  try {
    const data = X402.typedData(authorization, world.network)
    return await recoverTypedDataAddress({ ...data, signature })
  } catch {
    return undefined // not a point on the curve: nobody signed this
  }
}

/** Any capitals are right on the wire; viem takes only the right ones. */
function checksummed(address: Address): Address {
  return getAddress(address.toLowerCase())
}

function isAddress(text: string): text is Address {
  return /^0x[0-9a-fA-F]{40}$/.test(text)
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
