import { readFileSync } from 'node:fs'

import type { Secret } from '../internal/createSeal.js'
import * as Wallet from '../Wallet.js'
import { secretOf } from '../wallets/secretOf.js'
import type { KeySource } from './readKeys.js'

/** A wallet, and the secret bytes that seal its ledger: both from the same key. */
export type OpenedWallet = { secret: Secret; wallet: Wallet.Wallet }

/**
 * Opens the wallet that the configuration names. The ledger's seal is derived from its private
 * key, so that every process with the wallet can read what another one sealed, in whichever form the
 * key was given to it. What a mnemonic sealed before that is read with that mnemonic only.
 *
 * @throws {@link Wallet.NoWalletError} {@link Wallet.InvalidKeyError}
 */
export async function openWallet(key: KeySource | undefined): Promise<OpenedWallet> {
  switch (key?.kind) {
    case undefined:
      throw new Wallet.NoWalletError()
    case 'keystore': {
      const { keystoreWallet } = await import('../wallets/keystoreWallet.js')
      const password = readPassword(key.passwordFile)
      const { secret, ...wallet } = await keystoreWallet({ password, path: key.path })
      return { secret, wallet }
    }
    case 'mnemonic': {
      const { mnemonicWallet } = await import('../wallets/mnemonicWallet.js')
      const wallet = mnemonicWallet(key.words, { source: 'ZECCHINO_MNEMONIC' })
      const { secretsOfMnemonic } = await import('../wallets/secretsOfMnemonic.js')
      return { secret: secretsOfMnemonic(key.words), wallet }
    }
    case 'private-key': {
      const { privateKeyWallet } = await import('../wallets/privateKeyWallet.js')
      const wallet = privateKeyWallet(key.key, { source: 'ZECCHINO_PRIVATE_KEY' })
      return { secret: secretOf(key.key.trim().replace(/^0x/, '').toLowerCase()), wallet }
    }
  }
}

/**
 * Reads a keystore's password from its file, without the line's end.
 *
 * @throws {@link Wallet.InvalidKeyError}
 */
export function readPassword(path: string | undefined): string {
  const source = 'ZECCHINO_KEYSTORE_PASSWORD_FILE'
  const expected = 'the path of a readable file with the password'
  if (!path) throw new Wallet.InvalidKeyError({ expected, source })
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch {
    throw new Wallet.InvalidKeyError({ expected, source }) // the reason is the path, named above
  }
}
