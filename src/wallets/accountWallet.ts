import type { LocalAccount } from 'viem'

import * as Siwx from '../Siwx.js'
import type { Wallet } from '../Wallet.js'
import * as X402 from '../X402.js'

/**
 * A wallet over any viem account: a local key, or one whose key lives elsewhere (CDP, Privy,
 * Turnkey). The account's general signing stays inside this closure.
 *
 * @example
 * ```ts
 * const wallet = accountWallet(privateKeyToAccount(key))
 * ```
 */
export function accountWallet(account: accountWallet.Account): Wallet {
  const { address } = account
  return {
    address,
    async authorizeTransfer({ authorization, network }) {
      return account.signTypedData(X402.typedData(authorization, network))
    },
    async signIn(fields) {
      const signature = await account.signMessage({ message: Siwx.message({ address, ...fields }) })
      return Siwx.proof({ address, signature, ...fields })
    },
  }
}

export declare namespace accountWallet {
  /** The part of a viem account that is needed. */
  type Account = Pick<LocalAccount, 'address' | 'signMessage' | 'signTypedData'>
}
