import * as Wallet from '../Wallet.js'
import type { Client } from './createClient.js'

/**
 * The wallet that a request needs.
 *
 * @throws {@link Wallet.NeedsWalletError} when there is an API key instead.
 * @throws {@link Wallet.NoWalletError} when there is neither.
 */
export function walletOf(
  { hasKey, wallet }: Client,
  what: ConstructorParameters<typeof Wallet.NeedsWalletError>[0]['what'],
): Wallet.Wallet {
  if (wallet) return wallet
  throw hasKey ? new Wallet.NeedsWalletError({ what }) : new Wallet.NoWalletError()
}
