import type { Address, Hex } from 'viem'
import { createSiweMessage } from 'viem/siwe'
import * as z from 'zod'

import * as Errors from './Errors.js'
import { decodeBase64Json, encodeBase64Json } from './internal/base64Json.js'

/** Header that carries a {@link Proof}: the canonical name, and the older one still accepted. */
export const headers = { canonical: 'SIGN-IN-WITH-X', legacy: 'X-Sign-In-With-X' } as const
export type HeaderName = (typeof headers)[keyof typeof headers]

/** Statement of the sign-in message, as in Venice's own examples. */
export const statement = 'Sign in to Venice AI'

/** How long a message is valid: Venice refuses anything older than five minutes. Milliseconds. */
export const lifetime = 300_000

const Address = z.templateLiteral(['0x', z.string().regex(/^[0-9a-fA-F]{40}$/)])
const HexBytes = z.templateLiteral(['0x', z.string().regex(/^[0-9a-fA-F]+$/)])

/** A signed sign-in message, as it travels in the header to Venice. */
export const Proof = z.object({
  address: Address,
  chainId: z.int().positive(),
  message: z.string().min(1),
  signature: HexBytes,
  /** Unix milliseconds, equal to the message's Issued At. */
  timestamp: z.int(),
})
export type Proof = z.output<typeof Proof>

/** What a wallet is asked to sign in with. Everything that varies is an argument. */
export type Fields = {
  /** EVM chain id the session is bound to. */
  chainId: number
  /** Host (and port) the sign-in is for. */
  domain: string
  issuedAt: Date
  /** Exactly 32 hex digits: 128 bits from a CSPRNG, never used before. */
  nonce: string
  /** URL of the resource being called; its origin is the only place the proof is sent to. */
  uri: string
}

/**
 * Builds the EIP-4361 text a wallet signs. Same input, same text: time and nonce are arguments.
 *
 * @example
 * ```ts
 * const text = Siwx.message({ address, chainId: 8453, domain: 'api.venice.ai', issuedAt, nonce, uri })
 * ```
 * @throws {@link InvalidFieldsError} for fields that could smuggle a line into the text.
 */
export function message(fields: Fields & { address: Address }): string {
  const { address, chainId, domain, issuedAt, nonce, uri } = fields
  if (!/^[0-9a-f]{32}$/.test(nonce)) throw new InvalidFieldsError({ field: 'nonce' })
  const valid = isHost(domain) && /^[\x21-\x7e]+$/.test(uri) && URL.canParse(uri)
  if (!valid) throw new InvalidFieldsError({ field: 'domain or uri' })
  const expirationTime = new Date(issuedAt.getTime() + lifetime)
  // Outside of these years the text of a time has another form, or none.
  if (!(issuedAt.getTime() >= 0 && expirationTime.getTime() < Date.UTC(10_000)))
    throw new InvalidFieldsError({ field: 'time' })
  try {
    const text = createSiweMessage({
      address,
      chainId,
      domain: standIn,
      expirationTime,
      issuedAt,
      nonce,
      statement,
      uri,
      version: '1',
    })
    return domain + text.slice(standIn.length)
  } catch {
    throw new InvalidFieldsError({ field: 'domain or uri' }) // the cause would repeat the value
  }
}

/** What viem is told instead of the host: it takes no IPv6 address, and no name without a dot. */
const standIn = 'localhost'

/** Whether a text is a host as a URL has it, with or without a port: a name or an address. */
function isHost(text: string): boolean {
  const authority = /^(?:\[[\da-f:.]+\]|[\w-]+(?:\.[\w-]+)*)(?::\d{1,5})?$/i
  return authority.test(text) && URL.canParse(`http://${text}`)
}

/** Assembles a proof from the signed fields. */
export function proof(fields: Fields & { address: Address; signature: Hex }): Proof {
  const { address, chainId, issuedAt, signature } = fields
  return { address, chainId, message: message(fields), signature, timestamp: issuedAt.getTime() }
}

/** Encodes a proof as a header value. */
export function encode(proof: Proof): string {
  return encodeBase64Json(proof)
}

/**
 * Decodes a header value.
 *
 * @throws {@link InvalidHeaderError} when the value is not base64 JSON of a {@link Proof}.
 */
export function decode(value: string): Proof {
  const proof = Proof.safeParse(decodeBase64Json(value))
  if (!proof.success) throw new InvalidHeaderError()
  return proof.data
}

/** The header is present but not a proof. The value is left out of the message on purpose. */
export class InvalidHeaderError extends Errors.BaseError {
  override readonly code = 'INVALID_HEADER'
  override readonly name = 'Siwx.InvalidHeaderError'

  constructor() {
    super(`The ${headers.canonical} header is not a valid proof.`, {
      hint: 'Send base64 of the JSON proof, with a fresh nonce for each request.',
    })
  }
}

/** A sign-in was asked for with fields this package does not sign. */
export class InvalidFieldsError extends Errors.BaseError {
  override readonly code = 'INVALID_INPUT'
  override readonly name = 'Siwx.InvalidFieldsError'

  constructor({ field }: { field: keyof typeof hints }) {
    super(`The sign-in's ${field} is not valid, so nothing was signed.`, { hint: hints[field] })
  }
}

const hints = {
  'domain or uri':
    'Use a plain host, such as api.venice.ai, 127.0.0.1:4020 or [::1]:4020, and a URL without spaces.',
  nonce: 'Use 32 hex digits from a CSPRNG as nonce.',
  time: 'Set the clock of this machine.',
} as const
