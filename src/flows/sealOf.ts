import * as Errors from '../Errors.js'
import { createSeal, type Seal, type Secret } from '../internal/createSeal.js'

/**
 * The seal of a wallet's ledger.
 *
 * @throws {@link SealedElsewhereError} from `open`.
 */
export function sealOf(secret: Secret): Seal {
  const seal = createSeal(secret)
  return {
    ...seal,
    open(sealed, about) {
      try {
        return seal.open(sealed, about)
      } catch {
        throw new SealedElsewhereError() // the cause says no more than that
      }
    },
  }
}

/** What is kept here was sealed with another key, or has been changed. */
export class SealedElsewhereError extends Errors.BaseError {
  override readonly code = 'INVALID_KEY'
  override readonly name = 'SealedElsewhereError'

  constructor() {
    super('What is kept sealed on this ledger does not open with this key.', {
      hint: 'Start once with the key in the form that it had then (mnemonic, keystore or private key), so that what is open can go on.',
    })
  }
}
