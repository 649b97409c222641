import { Mnemonic } from 'ox'
import { mnemonicToAccount } from 'viem/accounts'

import * as Wallet from '../Wallet.js'
import { accountWallet } from './accountWallet.js'

/**
 * A wallet over a BIP-39 mnemonic, first account of the standard path (m/44'/60'/0'/0/0).
 *
 * @throws {@link Wallet.InvalidKeyError} when the words or their checksum are wrong.
 */
export function mnemonicWallet(words: string, options: mnemonicWallet.Options = {}): Wallet.Wallet {
  const { source = 'the mnemonic' } = options
  const phrase = words.trim().replace(/\s+/g, ' ')
  try {
    // viem derives keys from any words; a mistyped one would be an empty wallet, not an error.
    if (!Mnemonic.validate(phrase, Mnemonic.english)) throw new RangeError('checksum')
    return accountWallet(mnemonicToAccount(phrase))
  } catch {
    // the cause would repeat the words
    throw new Wallet.InvalidKeyError({ expected: '12 to 24 English BIP-39 words', source })
  }
}

export declare namespace mnemonicWallet {
  type Options = {
    /** Where the words came from, for the error. @default 'the mnemonic' */
    source?: string | undefined
  }
}
