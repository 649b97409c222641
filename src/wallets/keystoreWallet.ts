import type * as Wallet from '../Wallet.js'
import { openKeystore } from './openKeystore.js'
import { privateKeyWallet } from './privateKeyWallet.js'
import { secretOf } from './secretOf.js'

/**
 * A wallet over a keystore V3 file (scrypt or pbkdf2), readable by its owner only.
 *
 * @throws {@link Wallet.InvalidKeyError} when others can read the file, it is no keystore, or the
 * password is wrong.
 */
export async function keystoreWallet(
  options: openKeystore.Options,
): Promise<keystoreWallet.ReturnType> {
  const key = await openKeystore(options)
  const secret = secretOf(key.slice(2).toLowerCase())
  return { ...privateKeyWallet(key, { source: options.path }), secret }
}

export declare namespace keystoreWallet {
  type Options = openKeystore.Options
  /** The wallet, with bytes derived from its key that seal what its ledger keeps. */
  type ReturnType = Wallet.Wallet & { secret: Uint8Array }
}
