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

/** Said wherever both are found, so that nobody is surprised by which one pays. */
export const wins = 'A wallet and VENICE_API_KEY are both given: the wallet pays.'

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

/** What a wallet gives and an API key does not, and where to look instead. */
const beyondKey = {
  balance: {
    lacks: 'An API key does not show its credit.',
    instead: 'Look at the account at venice.ai; a wallet (`zecchino init`) shows it here.',
  },
  payee: {
    lacks: 'With an API key nothing is paid to any payee; nothing was done.',
    instead: 'Run it with a wallet: without one there is nothing to trust.',
  },
  probe: {
    lacks: 'An API key has neither payments nor rows to ask about; nothing was asked.',
    instead: 'Run it with a wallet (`zecchino init`).',
  },
  reconcile: {
    lacks: 'There is nothing to reconcile with: an API key shows none of Venice’s own rows.',
    instead: 'Compare with the usage that venice.ai shows; `zecchino audit` has what is on record.',
  },
  'top-up': {
    lacks: 'An API key cannot be topped up from here; nothing was paid.',
    instead: 'Add funds to the account at venice.ai, or pay with a wallet (`zecchino init`).',
  },
  transactions: {
    lacks: 'An API key shows none of Venice’s own rows.',
    instead: 'Look at the usage at venice.ai; `zecchino list` and `zecchino audit` have ours.',
  },
} as const

/** It takes a wallet, and what pays here is an API key. */
export class NeedsWalletError extends Errors.BaseError {
  override readonly code = 'NEEDS_WALLET'
  override readonly name = 'Wallet.NeedsWalletError'

  constructor({ what }: { what: keyof typeof beyondKey }) {
    super(beyondKey[what].lacks, { hint: beyondKey[what].instead })
  }
}

/** No wallet was named anywhere. */
export class NoWalletError extends Errors.BaseError {
  override readonly code = 'NO_WALLET'
  override readonly name = 'Wallet.NoWalletError'

  constructor() {
    super('There is no wallet to sign with.', {
      hint: 'Run `zecchino init`, or set ZECCHINO_KEYSTORE, ZECCHINO_MNEMONIC, ZECCHINO_PRIVATE_KEY or, to pay with an account at Venice, VENICE_API_KEY.',
    })
  }
}
