import { decodeBase64Json } from './base64Json.js'
import { isPlain } from './maskJson.js'

/** The shortest piece of a secret that counts, in letters and digits. */
const piece = 12

/** Values that are no secrets and stand in honest files: times. */
const harmless = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/

/**
 * Lists what is secret, or may be, in something that was sent or received: all in it that is no
 * plain word. Texts that are base64 of JSON are looked into as well.
 */
export function secretsIn(value: unknown, depth = 0): string[] {
  if (depth > 20) return []
  if (typeof value === 'string') {
    const inner = value.length > 20 ? decodeBase64Json(value) : undefined
    const own = value
      .split(/[\s"'<>(){}[\]/?&=#,;\\]+/)
      .filter((part) => plainOf(part).length >= piece && !isPlain(part) && !harmless.test(part))
    const nested =
      typeof inner === 'object' && inner !== null ? [value, ...secretsIn(inner, depth + 1)] : []
    return [...own, ...nested]
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => [
    ...secretsIn(key, depth + 1),
    ...secretsIn(part, depth + 1),
  ])
}

/**
 * Whether any twelve characters of any of the secrets stand in a text, in any spelling: other
 * capitals, broken up, as hex, as base64 or base64url at any offset, as a decimal number.
 */
export function holdsSecret(text: string, secrets: Iterable<string>): boolean {
  const plain = plainOf(text)
  const pieces = new Set<string>()
  for (let at = 0; at + piece <= plain.length; at += 1) pieces.add(plain.slice(at, at + piece))
  for (const secret of secrets)
    for (const spelling of spellingsOf(secret)) {
      const own = plainOf(spelling)
      if (own.length < piece && own.length >= 6 && plain.includes(own)) return true
      for (let at = 0; at + piece <= own.length; at += 1)
        if (pieces.has(own.slice(at, at + piece))) return true
    }
  return false
}

/** What looks like a secret although nobody named it: a link, an address, a key, a long token. */
export function looksSecret(text: string): boolean {
  return (
    /https?:|%3a%2f%2f|data:[^;<]{0,40};base64/i.test(text) ||
    /[\da-f]{32}/i.test(text) ||
    (text.match(/[\w+/=]{32,}/g) ?? []).some((run) => !isPlain(run))
  )
}

function* spellingsOf(secret: string): Generator<string> {
  const bytes = Buffer.from(secret, 'utf8')
  yield secret
  yield* encodingsOf(bytes)
  const hex = /^(?:0x)?((?:[\da-f]{2}){6,})$/i.exec(secret)?.[1]
  if (!hex) return
  yield BigInt(`0x${hex}`).toString()
  yield* encodingsOf(Buffer.from(hex, 'hex'))
}

/** Hex and base64, also as part of something longer: the first and last characters may differ. */
function* encodingsOf(bytes: Buffer): Generator<string> {
  yield bytes.toString('hex')
  for (const offset of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    yield text.replaceAll('=', '').slice(offset === 0 ? 0 : offset + 1, -1)
  }
}

function plainOf(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z\d]/g, '')
}
