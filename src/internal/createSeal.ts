import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** Seals text so that whoever reads the database cannot use it. */
export type Seal = {
  /**
   * Throws when the text was sealed with another key, or for something else, or was changed.
   *
   * @param about What it was sealed for, if that was said.
   */
  open(sealed: string, about?: string): string
  /** @param about Said again to open it: what is sealed for one thing cannot be shown as another. */
  seal(text: string, about?: string): string
}

/** Secret bytes; of several the first seals, and each of them opens. */
export type Secret = Uint8Array | readonly [Uint8Array, ...Uint8Array[]]

/**
 * Creates a seal from secret bytes: AES-256-GCM under a key derived by HKDF-SHA256, a fresh nonce
 * each time. The sealed form is base64 of nonce (12 bytes), tag (16 bytes) and ciphertext.
 */
export function createSeal(secret: Secret): Seal {
  const [first, ...others] = secret instanceof Uint8Array ? [secret] : secret
  const key = keyOf(first)
  const keys = [key, ...others.map(keyOf)]
  return {
    open(sealed, about = '') {
      const bytes = Buffer.from(sealed, 'base64')
      let failure: unknown
      for (const key of keys)
        try {
          return openWith(key, bytes, about)
        } catch (error) {
          failure ??= error
        }
      throw failure
    },
    seal(text, about = '') {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      cipher.setAAD(Buffer.from(about))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')
    },
  }
}

function keyOf(secret: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, 'zecchino', 'ledger seal v1', 32))
}

function openWith(key: Uint8Array, bytes: Buffer, about: string): string {
  // The length is asked for: a shorter tag would be accepted, and is easier to forge.
  const options = { authTagLength: 16 }
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), options)
  decipher.setAAD(Buffer.from(about))
  decipher.setAuthTag(bytes.subarray(12, 28))
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
}
