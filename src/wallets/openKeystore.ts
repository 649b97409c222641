import { readFileSync } from 'node:fs'

import type { Hex } from 'viem'
import { Keystore } from 'ox'

import { parseJson } from '../internal/base64Json.js'
import { readAccess } from '../internal/readAccess.js'
import * as Wallet from '../Wallet.js'
import { deriveKey } from './deriveKey.js'

/**
 * Reads the private key out of a keystore V3 file (scrypt or pbkdf2) that only its owner can read.
 *
 * @throws {@link Wallet.InvalidKeyError} when others can read the file, it is no keystore, or the
 * password is wrong.
 */
export async function openKeystore(options: openKeystore.Options): Promise<Hex> {
  const { password, path } = options
  const refuse = (expected: string) => new Wallet.InvalidKeyError({ expected, source: path })
  let text: string
  try {
    const { access, remedy } = await readAccess(path)
    if (access === 'others') throw refuse(`a file that only its owner can read (run: ${remedy})`)
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Wallet.InvalidKeyError) throw error
    throw refuse('a readable keystore file')
  }
  try {
    const file = parseJson(text) as Keystore.Keystore & { Crypto?: Keystore.Keystore['crypto'] }
    const keystore = { ...file, crypto: file.crypto ?? file.Crypto } // ethers writes it large
    return Keystore.decrypt(keystore, await deriveKey(password, keystore.crypto))
  } catch {
    throw refuse('a keystore V3 file and its password') // the cause may hold key material
  }
}

export declare namespace openKeystore {
  type Options = { password: string; path: string }
}
