import type { Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

import * as Wallet from '../Wallet.js'
import { accountWallet } from './accountWallet.js'

/**
 * A wallet over a raw private key: 32 bytes as 64 hex digits, with or without `0x`.
 *
 * @throws {@link Wallet.InvalidKeyError} when it is not a key of secp256k1; the value is not repeated.
 */
export function privateKeyWallet(
  key: string,
  options: privateKeyWallet.Options = {},
): Wallet.Wallet {
  const { source = 'the private key' } = options
  const digits = key.trim().replace(/^0x/, '')
  const refuse = () =>
    new Wallet.InvalidKeyError({ expected: '64 hexadecimal digits, with or without 0x', source })
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) throw refuse()
  try {
    return accountWallet(privateKeyToAccount(`0x${digits}` as Hex))
  } catch {
    throw refuse() // the cause would name the key
  }
}

export declare namespace privateKeyWallet {
  type Options = {
    /** Where the key came from, for the error. @default 'the private key' */
    source?: string | undefined
  }
}
