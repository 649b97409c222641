import { mnemonicToAccount } from 'viem/accounts'

import { secretOf } from './secretOf.js'

/**
 * The bytes that seal what a ledger keeps, for a mnemonic that is known to be right: first those of its
 * account's private key, then those of its words, which it was sealed with at first.
 */
export function secretsOfMnemonic(words: string): [Uint8Array, Uint8Array] {
  const phrase = words.trim().replace(/\s+/g, ' ')
  const { privateKey } = mnemonicToAccount(phrase).getHdKey()
  if (!privateKey) throw new RangeError('an account without a private key')
  return [secretOf(Buffer.from(privateKey).toString('hex')), secretOf(phrase)]
}
