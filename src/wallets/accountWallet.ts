import type { LocalAccount } from 'viem'
import { hashMessage, hashTypedData } from 'viem/utils'

import * as Signature from '../Signature.js'
import * as Siwx from '../Siwx.js'
import type { Wallet } from '../Wallet.js'
import * as X402 from '../X402.js'

/**
 * A wallet over any viem account: a local key, or one whose key lives elsewhere (CDP, Privy,
 * Turnkey, a hardware device). The account's general signing stays inside this closure, and what it
 * signs is brought into the form that contracts take and recovered before it leaves.
 *
 * @example
 * ```ts
 * const wallet = accountWallet(privateKeyToAccount(key))
 * ```
 */
export function accountWallet(account: accountWallet.Account): Wallet {
  const { address, source } = account
  // viem's own keys sign as they should, and a sign-in is signed for every request.
  const isLocal = source === 'privateKey' || source === 'hd'
  return {
    address,
    async authorizeTransfer({ authorization, network }) {
      const data = X402.typedData(authorization, network)
      const signature = await account.signTypedData(data)
      return Signature.of({ address, hash: hashTypedData(data), signature })
    },
    async signIn(fields) {
      const message = Siwx.message({ address, ...fields })
      const given = await account.signMessage({ message })
      const hash = hashMessage(message)
      const signature = isLocal ? given : await Signature.of({ address, hash, signature: given })
      return Siwx.proof({ address, signature, ...fields })
    },
  }
}

export declare namespace accountWallet {
  /** The part of a viem account that is needed. */
  type Account = Pick<LocalAccount, 'address' | 'signMessage' | 'signTypedData'> &
    Partial<Pick<LocalAccount, 'source'>>
}
