import type { Address, Hex } from 'viem'
import { isAddressEqual, recoverAddress, size, slice } from 'viem/utils'

import * as Errors from './Errors.js'

/** Order of secp256k1 (SEC 2, 2.4.1). Of `s` and its negative the lower half is what contracts take. */
const order = 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_fffe_baae_dce6_af48_a03b_bfd2_5e8c_d036_4141n

/**
 * A signature as USDC takes it: 65 bytes, `s` in the lower half of the order, `v` 27 or 28. Hardware
 * and remote accounts give `v` as 0 or 1, an upper `s` or 64 bytes (EIP-2098), which recover to the
 * right address and make the token revert.
 *
 * Of the two points that `r` and `s` stand for, the one of `address` is taken, whatever `v` says: so
 * what leaves has been recovered.
 *
 * @throws {@link WrongSignatureError} when it is no signature of `address` for that hash.
 */
export async function of({ address, hash, signature }: of.Options): Promise<Hex> {
  const scalars = scalarsOf(signature)
  if (!scalars) throw new WrongSignatureError({ address, found: 'no ECDSA signature of 65 bytes' })
  const found: Address[] = []
  for (const v of ['1b', '1c']) {
    const known: Hex = `${scalars}${v}`
    const signer = await recoverAddress({ hash, signature: known }).catch(() => undefined)
    if (signer && isAddressEqual(signer, address)) return known
    if (signer) found.push(signer)
  }
  throw new WrongSignatureError({ address, found: `one of ${found.join(' or ') || 'nobody'}` })
}

export declare namespace of {
  type Options = {
    /** Whose signature it has to be. */
    address: Address
    /** What was signed. */
    hash: Hex
    signature: Hex
  }
}

/** `r` and the lower `s` of a signature, as 64 bytes; `undefined` for what is none. */
function scalarsOf(signature: Hex): Hex | undefined {
  if (!/^0x[\da-f]+$/i.test(signature)) return undefined
  const length = size(signature)
  if (length !== 64 && length !== 65) return undefined
  // Of 64 bytes the highest bit of `s` is the parity.
  const value = BigInt(slice(signature, 32, 64)) & (length === 64 ? (1n << 255n) - 1n : ~0n)
  const low = value > order / 2n && value < order ? order - value : value
  return `${slice(signature, 0, 32).toLowerCase() as Hex}${low.toString(16).padStart(64, '0')}`
}

/** A wallet gave a signature that is not its own, or none at all. It was not sent anywhere. */
export class WrongSignatureError extends Errors.BaseError {
  override readonly code = 'WRONG_SIGNATURE'
  override readonly name = 'Signature.WrongSignatureError'

  constructor({ address, found }: { address: Address; found: string }) {
    super('The wallet gave a signature that is not its own, so it was not used.', {
      facts: [`Wallet: ${address}`, `Signature: ${found}`],
      hint: 'Choose the account of this address in the device or service that signs. Only accounts that sign with a key of their own can pay: no smart accounts.',
    })
  }
}
