import type { Address, Hex } from 'viem'
import * as z from 'zod'

import * as Clock from './Clock.js'
import * as Errors from './Errors.js'
import { decodeBase64Json, encodeBase64Json, parseJson } from './internal/base64Json.js'
import { printable } from './internal/printable.js'
import * as Money from './Money.js'
import * as Network from './Network.js'

/** Header names of x402. `payment` lists the names Venice reads, the v2 name first. */
export const headers = {
  payment: ['PAYMENT-SIGNATURE', 'X-402-Payment', 'X-PAYMENT'],
  required: 'PAYMENT-REQUIRED',
  response: 'PAYMENT-RESPONSE',
  signature: 'PAYMENT-SIGNATURE',
} as const

/** The longest and shortest time, in seconds, that an authorization may be valid. */
export const window = { max: 600, min: 30 } as const

/** How far this machine's clock may be off before nothing is paid, in milliseconds. */
export const maxSkew = 60_000

/**
 * What is echoed travels in a header, and servers take 16 kB of headers: of three parts, each may
 * be so many bytes of JSON.
 */
const maxEcho = 3_500

const Hex32 = z.templateLiteral(['0x', z.string().regex(/^[0-9a-fA-F]{64}$/)])
const Account = z.templateLiteral(['0x', z.string().regex(/^[0-9a-fA-F]{40}$/)])
const Json = z.record(z.string(), z.unknown())

/** Atomic token units: a canonical decimal string on the wire, a `bigint` in memory. */
const Amount = z
  .string()
  .regex(/^(0|[1-9]\d{0,77})$/)
  .transform(BigInt)

/** One way to be paid that this package can pay: USDC on a known network, by EIP-3009. */
export type Offer = {
  amount: bigint
  network: Network.Network
  /** Lower case. */
  payTo: Address
  /** The entry exactly as received; it goes back verbatim as `accepted`. */
  raw: Record<string, unknown>
  version: 1 | 2
  /** How long the authorization may be valid, in seconds, within {@link window}. */
  windowSeconds: number
}

/** An entry that is kept aside, and why it cannot be paid. */
export type UnknownEntry = { raw: unknown; reason: string }

/** What a server wants to be paid, from a 402's header or body, v2 or v1. */
export type Requirements = {
  /** Echoed back with the payment. */
  extensions?: Record<string, unknown> | undefined
  offers: Offer[]
  /** Echoed back with the payment; Venice's top-up sends none. */
  resource?: Record<string, unknown> | undefined
  source: 'header' | 'body'
  unknown: UnknownEntry[]
  version: 1 | 2
}

/** Which 402 it is. {@link demandOf} never throws: a server may be strange without being hostile. */
export type Demand =
  /** No credentials were sent: sign in and repeat. Never pay on this one. */
  | { kind: 'sign_in'; requirements: Requirements | undefined }
  /** Signed in, and the prepaid credit is below the floor. */
  | {
      kind: 'insufficient_balance'
      currentBalance: bigint | undefined
      minimumBalance: bigint | undefined
      minimumTopUp: bigint | undefined
      requirements: Requirements | undefined
      suggestedTopUp: bigint | undefined
    }
  /** Signed in, above the floor, below this price; or the wallet is linked to a DIEM account. */
  | { kind: 'below_price'; message: string }
  /** Pay one of the offers here: a top-up without a payment, or any x402 server. */
  | { kind: 'payment_required'; error: string | undefined; requirements: Requirements }
  /** A payment was sent, and the server says that it did not settle. Not proof. */
  | { kind: 'settlement_failed'; message: string; settlement: Settlement | undefined }
  /** An API key's account is out of funds. */
  | { kind: 'account_unfunded'; message: string }
  | { kind: 'unknown'; message: string | undefined }

/** What an entry of `accepts` means that leaves these out. */
export type Defaults = { scheme?: 'exact' | undefined }

/** What a request carried when it was answered with 402. */
export type Sent = 'nothing' | 'sign-in' | 'api-key' | 'payment'

/** Entries of `accepts` that are read: an honest server names a few. */
const maxEntries = 32

const Entries = z.preprocess(
  (value) => (Array.isArray(value) ? value.slice(0, maxEntries) : value),
  z.array(z.unknown()),
)

const Body = z.object({
  accepts: Entries.optional().catch(undefined),
  authOptions: z.unknown().optional(),
  code: z.string().optional().catch(undefined),
  currentBalanceUsd: Money.Wire.optional().catch(undefined),
  error: z.string().optional().catch(undefined),
  extensions: Json.optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  minimumBalanceUsd: Money.WirePrice.optional().catch(undefined),
  minimumTopUpUsd: Money.WirePrice.optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
  resource: Json.optional().catch(undefined),
  suggestedTopUpUsd: Money.WirePrice.optional().catch(undefined),
  x402Version: z
    .union([z.literal(1), z.literal(2)])
    .optional()
    .catch(undefined),
})

/**
 * Reads a 402 response: header and body, v2 and v1, entry by entry.
 *
 * The order of tests is the table of Venice's 402s; a plain x402 server ends in
 * `payment_required` or `unknown`.
 */
export function demandOf(response: demandOf.Options): Demand {
  const { defaults = {}, sent } = response
  const header = Body.safeParse(decodeBase64Json(response.headers.get(headers.required) ?? '')).data
  const body = Body.safeParse(parseJson(response.text)).data
  const requirements =
    requirementsOf(header, 'header', defaults) ?? requirementsOf(body, 'body', defaults)
  const words = body?.message ?? body?.error ?? header?.error
  const message = words === undefined ? undefined : printable(words)

  if (sent === 'payment' && body?.error === 'SETTLEMENT_FAILED')
    return {
      kind: 'settlement_failed',
      message: message ?? 'SETTLEMENT_FAILED',
      settlement: settlementOf(response.headers.get(headers.response)),
    }
  if (body?.code === 'PAYMENT_REQUIRED' || body?.reason === 'insufficient_balance')
    return {
      kind: 'insufficient_balance',
      currentBalance: body.currentBalanceUsd,
      minimumBalance: body.minimumBalanceUsd,
      minimumTopUp: body.minimumTopUpUsd,
      requirements,
      suggestedTopUp: body.suggestedTopUpUsd,
    }
  const wantsSignIn =
    body?.authOptions !== undefined ||
    header?.authOptions !== undefined ||
    (requirements?.extensions?.['sign-in-with-x'] !== undefined &&
      requirements.offers.length === 0 &&
      requirements.unknown.length === 0)
  if (wantsSignIn) return { kind: 'sign_in', requirements }
  if (requirements) return { kind: 'payment_required', error: message, requirements }
  if (body?.error !== undefined && body.code === undefined) {
    const message = printable(body.error)
    if (sent === 'api-key') return { kind: 'account_unfunded', message }
    if (sent === 'sign-in') return { kind: 'below_price', message }
  }
  return { kind: 'unknown', message }
}

export declare namespace demandOf {
  type Options = {
    /**
     * What an entry means that leaves a field out: only for a host that the owner has named, whose
     * entries have been seen without it. @default such an entry is kept aside
     */
    defaults?: Defaults | undefined
    headers: { get(name: string): string | null }
    /** The body, as text; it may be anything. */
    text: string
    sent: Sent
  }
}

function requirementsOf(
  body: z.output<typeof Body> | undefined,
  source: Requirements['source'],
  defaults: Defaults,
): Requirements | undefined {
  if (!body?.accepts || !body.x402Version) return undefined
  const { accepts, extensions, resource, x402Version: version } = body
  const requirements: Requirements = {
    extensions: fitsHeader(extensions) ? extensions : undefined,
    offers: [],
    resource: fitsHeader(resource) ? resource : undefined,
    source,
    unknown: [],
    version,
  }
  for (const raw of accepts) {
    const entry = readEntry(raw, version, defaults)
    if ('reason' in entry) requirements.unknown.push(entry)
    else requirements.offers.push(entry)
  }
  return requirements
}

/** Whether a value is short enough to go back in a header. */
function fitsHeader(value: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(value) ?? '') <= maxEcho
}

const Entry = z.object({
  amount: Amount.optional(),
  asset: Account,
  extra: Json.optional(),
  maxAmountRequired: Amount.optional(),
  maxTimeoutSeconds: z.unknown().optional(),
  network: z.string(),
  payTo: Account,
  scheme: z.string().optional(),
})

/** Reads one entry of `accepts`. The server's fields choose among our constants and nothing else. */
function readEntry(raw: unknown, version: 1 | 2, defaults: Defaults): Offer | UnknownEntry {
  const refuse = (reason: string) => ({ raw, reason })
  const parsed = Entry.safeParse(raw)
  if (!parsed.success)
    return refuse(`malformed ${parsed.error.issues[0]?.path.join('.') || 'entry'}`)
  const { amount, asset, extra, maxAmountRequired, maxTimeoutSeconds, payTo } = parsed.data
  const { scheme = defaults.scheme } = parsed.data
  const network = Network.find(parsed.data.network)
  const price = version === 2 ? amount : maxAmountRequired
  const named = version === 2 ? network?.caip2 : network?.name

  if (!fitsHeader(raw)) return refuse('too large to be sent back')
  if (scheme === undefined) return refuse('malformed scheme')
  if (scheme !== 'exact') return refuse('unknown scheme')
  if (!network || parsed.data.network !== named) return refuse('unknown network')
  if (price === undefined || price === 0n) return refuse('no amount')
  if (asset.toLowerCase() !== network.asset.toLowerCase()) return refuse('unknown asset')
  if (BigInt(payTo) === 0n) return refuse('no payee')
  if (extra?.['verifyingContract'] !== undefined) return refuse('foreign verifying contract')
  if ((extra?.['assetTransferMethod'] ?? 'eip3009') !== 'eip3009') return refuse('not EIP-3009')
  if ((extra?.['name'] ?? network.domain.name) !== network.domain.name)
    return refuse('unknown token name')
  if ((extra?.['version'] ?? network.domain.version) !== network.domain.version)
    return refuse('unknown token version')

  return {
    amount: price,
    network,
    payTo: payTo.toLowerCase() as Address,
    raw: raw as Record<string, unknown>,
    version,
    windowSeconds: windowOf(maxTimeoutSeconds),
  }
}

/** The server's wish for a time window, in seconds, within our own bounds. @default 300 */
export function windowOf(maxTimeoutSeconds: unknown): number {
  const valid = typeof maxTimeoutSeconds === 'number' && Number.isFinite(maxTimeoutSeconds)
  const wish = valid ? Math.floor(maxTimeoutSeconds) : 300
  return Math.min(Math.max(wish, window.min), window.max)
}

/** An EIP-3009 transfer authorization. Times are unix seconds, `value` is atomic units. */
export type Authorization = {
  from: Address
  nonce: Hex
  to: Address
  validAfter: bigint
  validBefore: bigint
  value: bigint
}

/**
 * Until when an authorization is valid, in unix seconds: as long after the server's time as it wishes,
 * and within {@link window} by the server's clock and by ours. So no clock can be told to make it last.
 *
 * @throws {@link ClockSkewError} when the two clocks are too far apart, or nobody can tell how far.
 */
export function validBeforeOf({ windowSeconds, ...clocks }: validBeforeOf.Options): bigint {
  const { now, provider } = clocks
  const skew = skewOf(clocks)
  if (!(Math.abs(skew) <= maxSkew) || isVague(provider)) throw new ClockSkewError({ skew })
  const times = timesOf(clocks)
  const least = Math.max(...times) + window.min + headroom
  const most = Math.min(...times) + window.max
  const wish = (now.getTime() + skew) / 1000 + windowSeconds
  return BigInt(Math.floor(Math.min(Math.max(wish, least), most)))
}

export declare namespace validBeforeOf {
  type Options = Clocks & {
    /** What the server wishes, as {@link windowOf} reads it. */
    windowSeconds: number
  }
}

/** Our own clock, and the server's as far as it is known. */
export type Clocks = { now: Date; provider: Clock.Reading }

/** Seconds above the shortest window that recording an authorization may take before it is signed. */
const headroom = 15

/**
 * Refuses an authorization that is not valid at once, or for longer or shorter than {@link window} from
 * now, by our own clock or by the server's: asked where it is signed, whatever was checked before.
 *
 * @throws {@link ClockSkewError}
 */
export function checkWindow(authorization: Authorization, clocks: Clocks): void {
  const { validAfter, validBefore } = authorization
  const isGood = timesOf(clocks).every((at) => {
    const left = Number(validBefore) - at
    return left >= window.min && left <= window.max
  })
  if (validAfter !== 0n || !isGood) throw new ClockSkewError({ skew: skewOf(clocks) })
}

/** How far the server's clock is ahead of ours, in milliseconds; 0 while it never told. */
function skewOf({ now, provider }: Clocks): number {
  return isUntold(provider) ? 0 : provider.at.getTime() - now.getTime()
}

/** What it may be by either clock, in unix seconds. */
function timesOf({ now, provider }: Clocks): number[] {
  const { at, within } = provider
  const theirs = isUntold(provider) ? [] : [at.getTime() - within, at.getTime() + within]
  return [now.getTime(), ...theirs].map((time) => time / 1000)
}

/** Whether no answer has told a time yet: then there is our own clock alone. */
function isUntold({ within }: Clock.Reading): boolean {
  return within === Clock.apart
}

/** Whether our clock was put right, or stood still, since the server told its time. */
function isVague(provider: Clock.Reading): boolean {
  return !isUntold(provider) && provider.within > maxSkew
}

/** EIP-712 types of EIP-3009. */
export const types = {
  TransferWithAuthorization: [
    { name: 'from', type: 'address' },
    { name: 'to', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'validAfter', type: 'uint256' },
    { name: 'validBefore', type: 'uint256' },
    { name: 'nonce', type: 'bytes32' },
  ],
} as const

/** The EIP-712 typed data of an authorization. Chain, contract and domain are our constants. */
export function typedData(authorization: Authorization, network: Network.Network) {
  return {
    domain: {
      chainId: network.chainId,
      name: network.domain.name,
      verifyingContract: network.asset,
      version: network.domain.version,
    },
    message: authorization,
    primaryType: 'TransferWithAuthorization',
    types,
  } as const
}

/** A signed payment as it travels: the authorization in wire form and its signature. */
export const SignedTransfer = z.object({
  authorization: z.object({
    from: Account,
    nonce: Hex32,
    to: Account,
    validAfter: Amount,
    validBefore: Amount,
    value: Amount,
  }),
  signature: z.templateLiteral(['0x', z.string().regex(/^[0-9a-fA-F]+$/)]),
})

/** Encodes a payment as a header value. */
export function encode(payment: Record<string, unknown>): string {
  return encodeBase64Json(payment)
}

/** Result of a settlement, from `PAYMENT-RESPONSE`. `success: true` is a claim, not proof. */
export const Settlement = z.object({
  errorReason: z.string().optional().catch(undefined),
  network: z.string().optional().catch(undefined),
  payer: z.string().optional().catch(undefined),
  success: z.boolean(),
  transaction: z.string().catch(''),
})
export type Settlement = z.output<typeof Settlement>

/** Reads a `PAYMENT-RESPONSE` header, if it is there and readable. */
export function settlementOf(value: string | null | undefined): Settlement | undefined {
  return Settlement.safeParse(decodeBase64Json(value ?? '')).data
}

/** The clocks are too far apart to date a payment by them. */
export class ClockSkewError extends Errors.BaseError {
  override readonly code = 'CLOCK_SKEW'
  override readonly name = 'X402.ClockSkewError'

  constructor({ skew, whose = 'the server’s' }: ClockSkewError.Options) {
    const apart = Number.isFinite(skew) && Math.abs(skew) > maxSkew
    super(
      apart
        ? `This machine’s clock and ${whose} are ${Math.round(Math.abs(skew) / 1000)} s apart; nothing was signed.`
        : `By this machine’s clock or ${whose} the payment would not be valid for ${window.min} to ${window.max} s; nothing was signed.`,
      { hint: 'Set the clock (for example with NTP) and try again.' },
    )
  }
}

export declare namespace ClockSkewError {
  type Options = {
    /** Milliseconds. */
    skew: number
    /** @default 'the server’s' */
    whose?: string | undefined
  }
}

/** This wallet can pay none of the offers. */
export class UnsupportedPaymentError extends Errors.BaseError {
  override readonly code = 'UNSUPPORTED_PAYMENT'
  override readonly name = 'X402.UnsupportedPaymentError'

  constructor(options: { network: Network.Network; requirements: Requirements | undefined }) {
    const { network, requirements } = options
    const offers = requirements?.offers.map((offer) => `${offer.network.title}: USDC`) ?? []
    const others = requirements?.unknown.map((entry) => `${nameOf(entry.raw)}: ${entry.reason}`)
    super(`The server offers no way to be paid in USDC on ${network.title}.`, {
      facts: [...offers, ...(others ?? [])].slice(0, 8).map((line) => `Offered: ${line}`),
      hint: 'Check ZECCHINO_NETWORK and ZECCHINO_API_URL; nothing was signed.',
    })
  }
}

function nameOf(raw: unknown): string {
  const entry = z.object({ network: z.string(), scheme: z.string() }).partial().safeParse(raw).data
  const text = `${entry?.scheme ?? '?'} on ${entry?.network ?? '?'}`
  return printable(text, 60)
}
