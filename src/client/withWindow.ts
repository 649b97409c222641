import { hashTypedData } from 'viem/utils'

import type * as Clock from '../Clock.js'
import * as Signature from '../Signature.js'
import type { Wallet } from '../Wallet.js'
import * as X402 from '../X402.js'

/**
 * Lets a wallet sign only authorizations that are good from now on for 30 to 600 seconds, by our own
 * clock and by the server's. Whoever has a client has no other wallet, so no flow can go round it, and
 * what the clock was when a flow looked does not matter.
 *
 * What it makes throws {@link X402.ClockSkewError} before the key is asked, and
 * {@link Signature.WrongSignatureError} for a signature that is not the wallet's own.
 */
export function withWindow(wallet: Wallet, options: withWindow.Options): Wallet {
  const { now, providerTime } = options
  return {
    address: wallet.address,
    async authorizeTransfer(fields) {
      X402.checkWindow(fields.authorization, { now: now(), provider: providerTime() })
      const { authorization, network } = fields
      const hash = hashTypedData(X402.typedData(authorization, network))
      const signature = await wallet.authorizeTransfer(fields)
      return Signature.of({ address: wallet.address, hash, signature })
    },
    signIn: (fields) => wallet.signIn(fields),
  }
}

export declare namespace withWindow {
  type Options = {
    now: () => Date
    providerTime: () => Clock.Reading
  }
}
