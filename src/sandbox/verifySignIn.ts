import type { Address, Hex } from 'viem'
import { recoverMessageAddress } from 'viem/utils'
import * as z from 'zod'

import { decodeBase64Json } from '../internal/base64Json.js'
import * as Network from '../Network.js'
import * as Siwx from '../Siwx.js'
import * as Venice from '../Venice.js'
import { loopback } from './loopback.js'
import { signInText } from './signInText.js'
import { takeFault } from './takeFault.js'
import type { Trace, World } from './world.js'

/** How far the clocks may be apart, and how long a nonce is remembered. Milliseconds. */
const limits = { future: 30_000, memory: 330_000, timestamp: 30_000 }

const Form = z.object({
  address: z.string(),
  message: z.string().min(1).optional(),
  signature: z.string(),
  chainId: z.unknown().optional(),
  timestamp: z.number().optional(),
  type: z.string().optional(),
})

/** Who signed in, or why nobody did. */
export type SignIn = { address: Address } | { code: Venice.SignInCode; words: string }

/**
 * Checks a sign-in header as Venice does, with `siwe`'s strict parser and viem's recovery. The
 * nonce is used up as soon as the signature verifies, whatever becomes of the request.
 *
 * Smart accounts (EIP-1271) and Solana are not verified here: there is no chain to ask.
 */
export async function verifySignIn(world: World, options: verifySignIn.Options): Promise<SignIn> {
  const { header, trace } = options
  const fail = (code: Venice.SignInCode, words: string) => ({ code, words })

  const decoded = decodeBase64Json(header)
  if (decoded === undefined) return fail('PARSE_ERROR', 'the header is not base64 of JSON')
  const form = Form.safeParse(decoded)
  if (!form.success) {
    const fields = form.error.issues.map((issue) => issue.path.join('.') || 'value').join(', ')
    return fail('INVALID_PAYLOAD', `the header's JSON has no valid ${fields}`)
  }
  const { address, chainId, signature, timestamp, type } = form.data
  trace.wallet = address.slice(0, 42)
  if (type === 'ed25519')
    return fail('UNSUPPORTED_CHAIN', 'Solana sign-ins are not verified by the sandbox')
  if (!/^0x[0-9a-fA-F]{40}$/.test(address) || BigInt(address) === 0n)
    return fail('INVALID_WALLET', 'the address is not an EVM address')

  const message = form.data.message ?? signInText(decoded)
  if (message === undefined)
    return fail('INVALID_PAYLOAD', 'there is neither a message nor the fields of one')
  if (form.data.message === undefined && !/^Nonce: \S/m.test(message))
    return fail('MISSING_NONCE', 'the fields have no nonce')
  if (!/^Chain ID: /m.test(message) && /^Version: /m.test(message))
    return fail('UNSUPPORTED_CHAIN', 'the message names no chain')
  const siwe = await parse(message)
  if ('reason' in siwe) return fail('INVALID_MESSAGE', `not an EIP-4361 message: ${siwe.reason}`)
  trace.nonce = siwe.nonce

  if (siwe.address.toLowerCase() !== address.toLowerCase())
    return fail(
      'ADDRESS_MISMATCH',
      'the message is signed for another address than the header says',
    )
  if (chainId !== undefined) {
    const number = chainIdOf(chainId)
    if (number === undefined) return fail('INVALID_CHAIN_ID', 'the chainId field is not a chain id')
    if (number !== siwe.chainId)
      return fail('CHAIN_MISMATCH', `the header says chain ${number}, the message ${siwe.chainId}`)
  }
  if (siwe.chainId !== world.network.chainId)
    return fail('UNSUPPORTED_CHAIN', `chain ${siwe.chainId} is not ${world.network.chainId}`)
  if (!isOurs(world, siwe.domain, trace.origin))
    return fail('DOMAIN_MISMATCH', `the message is for ${siwe.domain}, not for this server`)

  const now = world.now().getTime() + trace.skew
  const issuedAt = Date.parse(siwe.issuedAt ?? '')
  if (Number.isNaN(issuedAt)) return fail('INVALID_MESSAGE', 'the message has no Issued At')
  if (timestamp !== undefined && Math.abs(timestamp - issuedAt) > limits.timestamp)
    return fail('TIMESTAMP_MISMATCH', 'timestamp and Issued At are more than 30 s apart')
  if (issuedAt - now > limits.future)
    return fail('FUTURE_TIMESTAMP', `issued ${seconds(issuedAt - now)} in the future`)
  if (now - issuedAt > Siwx.lifetime)
    return fail('EXPIRED', `issued ${seconds(now - issuedAt)} ago, more than five minutes`)
  if (siwe.expirationTime !== undefined && Date.parse(siwe.expirationTime) <= now)
    return fail('EXPIRED', 'its Expiration Time has passed')
  if (siwe.notBefore !== undefined && Date.parse(siwe.notBefore) > now)
    return fail('NOT_BEFORE', 'its Not Before has not come yet')

  const signer = await recover(message, signature)
  if (signer?.toLowerCase() !== address.toLowerCase())
    return fail('INVALID_SIGNATURE', 'the signature is not by this address')

  if (takeFault(world, trace, 'nonce-forgotten')) return { address: address as Address }
  // Nothing is awaited between the look-up and the booking: two copies cannot both pass.
  const key = `${address.toLowerCase()}:${siwe.nonce}`
  const used = world.nonces.get(key)
  if (used !== undefined && world.now().getTime() - used <= limits.memory)
    return fail('NONCE_REUSED', 'its nonce was used before')
  world.nonces.delete(key)
  world.nonces.set(key, world.now().getTime())
  forget(world)
  return { address: address as Address }
}

export declare namespace verifySignIn {
  type Options = {
    /** Value of `SIGN-IN-WITH-X`. */
    header: string
    /** Learns the wallet and the nonce. */
    trace: Trace
  }
}

/** The parser comes with `ethers`, so it is loaded when the first sign-in arrives. */
async function parse(message: string) {
  const { SiweMessage } = await import('siwe')
  try {
    return new SiweMessage(message)
  } catch (error) {
    return { reason: error instanceof Error ? error.message.slice(0, 120) : 'unreadable' }
  }
}

async function recover(message: string, signature: string): Promise<Address | undefined> {
  if (!/^0x[0-9a-fA-F]{130}$/.test(signature)) return undefined
  try {
    return await recoverMessageAddress({ message, signature: signature as Hex })
  } catch {
    return undefined // not a point on the curve: nobody signed this
  }
}

function chainIdOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? value : undefined
  const digits = /^(?:eip155:)?([1-9]\d{0,14})$/.exec(typeof value === 'string' ? value : '')
  return digits ? Number(digits[1]) : undefined
}

/** On a mainnet name Venice's own domains pass too, whatever their scheme, port and path. */
function isOurs(world: World, domain: string, origin: string): boolean {
  const own = new URL(origin)
  const hosts = [own.hostname, ...(loopback.includes(own.hostname) ? loopback : [])]
  if (hosts.some((host) => domain === (own.port ? `${host}:${own.port}` : host))) return true
  if (!Network.isMainnet(world.network)) return false
  const bare = domain.replace(/^[a-z]+:\/\//, '').replace(/[:/].*$/, '')
  return Venice.signInDomains.some((name) => name === bare)
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`
}

/** Nonces are kept in the order of their use, so the old ones are at the front. */
function forget(world: World): void {
  const oldest = world.now().getTime() - limits.memory
  for (const [key, at] of world.nonces) {
    if (at >= oldest) return
    world.nonces.delete(key)
  }
}
