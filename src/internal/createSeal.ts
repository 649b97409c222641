import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** Seals text so that whoever reads the database cannot use it. */
export type Seal = {
  /** Throws when the text was sealed with another key or changed. */
  open(sealed: string): string
  seal(text: string): string
}

/**
 * Creates a seal from secret bytes: AES-256-GCM under a key derived by HKDF-SHA256, a fresh nonce
 * each time. The sealed form is base64 of nonce (12 bytes), tag (16 bytes) and ciphertext.
 */
export function createSeal(secret: Uint8Array): Seal {
  const key = new Uint8Array(hkdfSync('sha256', secret, 'zecchino', 'ledger seal v1', 32))
  return {
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64')
      // The length is asked for: a shorter tag would be accepted, and is easier to forge.
      const options = { authTagLength: 16 }
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), options)
      decipher.setAuthTag(bytes.subarray(12, 28))
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
    },
    seal(text) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')
    },
  }
}
