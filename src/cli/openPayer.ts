import { checkApiKey } from '../client/withSignIn.js'
import type { Secret } from '../internal/createSeal.js'
import { accountOf } from '../ledgers/accountOf.js'
import { accountOfKey } from '../ledgers/accountOfKey.js'
import type { Wallet } from '../Wallet.js'
import { secretOf } from '../wallets/secretOf.js'
import { openWallet } from './openWallet.js'
import type { Config } from './readConfig.js'

/** Who pays: the ledger's name of it, and the secret bytes that seal that ledger. */
export type Payer = {
  account: string
  secret: Secret
  /** None: the account behind the API key pays. */
  wallet: Wallet | undefined
}

/**
 * Opens the wallet that the configuration names, or takes its API key where it names none.
 *
 * @throws {@link Wallet.NoWalletError} {@link Wallet.InvalidKeyError} {@link InvalidApiKeyError}
 */
export async function openPayer({ apiKey, apiUrl, key, network }: Config): Promise<Payer> {
  if (key || apiKey === undefined) {
    const { secret, wallet } = await openWallet(key)
    return { account: accountOf(network, wallet.address), secret, wallet }
  }
  checkApiKey(apiKey)
  return { account: accountOfKey(apiUrl, apiKey), secret: secretOf(apiKey), wallet: undefined }
}
