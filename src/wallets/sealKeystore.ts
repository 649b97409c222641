import { Keystore } from 'ox'
import type { Hex } from 'viem'

/**
 * Seals a private key with a password: the text of a keystore V3 file that any Ethereum wallet can
 * open. `n` is scrypt's cost: 16,384 for random passwords, 262,144 for those that people choose.
 */
export async function sealKeystore(
  privateKey: Hex,
  { n, password }: { n: number; password: string },
): Promise<string> {
  const [key, options] = await Keystore.scryptAsync({ n, password })
  return `${JSON.stringify(Keystore.encrypt(privateKey, key, options))}\n`
}
