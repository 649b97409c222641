import { pbkdf2, scrypt } from 'node:crypto'
import { promisify } from 'node:util'

import { Keystore } from 'ox'
import type { Hex } from 'viem'
import { toHex } from 'viem/utils'

/** What a derivation may take, in bytes: four times what the costliest usual parameters need. */
const maxmem = 2 ** 30

const derivePbkdf2 = promisify(pbkdf2)
const deriveScrypt = promisify<string, Buffer, number, object, Buffer>(scrypt)

/**
 * Derives a keystore's key from its password, with the parameters that the file states. Node's own
 * derivation does not hold the event loop, takes a fraction of the time that one in JavaScript
 * does, and, unlike ox's asynchronous one, takes scrypt's `r` and `p` as they are stated:
 * {@link https://github.com/ethereum/go-ethereum/blob/master/accounts/keystore/passphrase.go geth}
 * writes `r` 8 and `p` 1.
 *
 * @throws when the parameters are none, or would take more than 1 GiB.
 */
export async function deriveKey(
  password: string,
  { kdf, kdfparams }: Pick<Keystore.DeriveOpts, 'kdf' | 'kdfparams'>,
): Promise<Hex> {
  const salt = Buffer.from(kdfparams.salt, 'hex')
  if (kdf === 'pbkdf2' && 'c' in kdfparams && kdfparams.prf === 'hmac-sha256')
    return toHex(await derivePbkdf2(password, salt, kdfparams.c, 32, 'sha256'))
  if (kdf !== 'scrypt' || !('n' in kdfparams)) throw new TypeError('another derivation')
  const { n, p, r } = kdfparams
  // More than RFC 7914 allows (section 2), and than OpenSSL takes; of such files there are those
  // of the specification's own example, and ox derives exactly these.
  if (r === 1 && p === 8 && n >= 2 ** 16) {
    const [key] = await Keystore.scryptAsync({ n, password, salt })
    return key()
  }
  return toHex(await deriveScrypt(password, salt, 32, { N: n, maxmem, p, r }))
}
