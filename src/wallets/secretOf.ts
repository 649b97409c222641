import { createHash } from 'node:crypto'

/**
 * The bytes that seal what a ledger keeps, from the digits of an account's private key: the same for
 * every process with that key, in whichever form it was given. Any other text that is as secret as a
 * key does as well.
 *
 * @param key 64 hexadecimal digits in lower case, without `0x`.
 */
export function secretOf(key: string): Uint8Array {
  return createHash('sha256').update('zecchino seal\n').update(key).digest()
}
