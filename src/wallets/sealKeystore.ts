import { randomBytes } from 'node:crypto'

import { Keystore } from 'ox'
import type { Hex } from 'viem'

import { deriveKey } from './deriveKey.js'

/**
 * Seals a private key with a password: the text of a keystore V3 file that any Ethereum wallet can
 * open, with `r` and `p` of scrypt as geth has them. `n` is its cost: 16,384 for random passwords,
 * 262,144 for those that people choose.
 */
export async function sealKeystore(
  privateKey: Hex,
  { n, password }: { n: number; password: string },
): Promise<string> {
  const options: Keystore.DeriveOpts = {
    iv: randomBytes(16),
    kdf: 'scrypt',
    kdfparams: { dklen: 32, n, p: 1, r: 8, salt: randomBytes(32).toString('hex') },
  }
  const key = await deriveKey(password, options)
  return `${JSON.stringify(Keystore.encrypt(privateKey, key, options))}\n`
}
