import type { Address, Hex } from 'viem'

import * as Errors from './Errors.js'
import type * as Network from './Network.js'
import type * as Siwx from './Siwx.js'
import type * as X402 from './X402.js'

/**
 * A key that can do two things and nothing else. No general message, hash or transaction signing
 * is reachable through it, whoever holds the key behind it.
 */
export type Wallet = {
  /** Checksummed. */
  readonly address: Address
  /** Signs the EIP-712 typed data of an EIP-3009 authorization, with our own domain constants. */
  authorizeTransfer(fields: {
    authorization: X402.Authorization
    network: Network.Network
  }): Promise<Hex>
  /** Signs the EIP-4361 text of a sign-in and returns the proof for the header. */
  signIn(fields: Siwx.Fields): Promise<Siwx.Proof>
}

/** A private key, mnemonic or keystore that cannot be used. The value is never repeated. */
export class InvalidKeyError extends Errors.BaseError {
  override readonly code = 'INVALID_KEY'
  override readonly name = 'Wallet.InvalidKeyError'

  constructor({ source, expected }: { source: string; expected: string }) {
    super(`The key in ${source} is not usable.`, {
      facts: [`Expected: ${expected}`],
      hint: `Correct ${source} and start again.`,
    })
  }
}

/** No wallet was named anywhere. */
export class NoWalletError extends Errors.BaseError {
  override readonly code = 'NO_WALLET'
  override readonly name = 'Wallet.NoWalletError'

  constructor() {
    super('There is no wallet to sign with.', {
      hint: 'Run `zecchino init`, or set ZECCHINO_KEYSTORE, ZECCHINO_MNEMONIC or ZECCHINO_PRIVATE_KEY.',
    })
  }
}
