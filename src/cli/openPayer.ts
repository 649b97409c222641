import * as Errors from '../Errors.js'
import { checkApiKey } from '../client/withSignIn.js'
import type { Secret } from '../internal/createSeal.js'
import { accountOf } from '../ledgers/accountOf.js'
import { accountOfKey } from '../ledgers/accountOfKey.js'
import type { Wallet } from '../Wallet.js'
import { secretOf } from '../wallets/secretOf.js'
import { openWallet } from './openWallet.js'
import type { Config } from './readConfig.js'
import { type KeySource, nameOf } from './readKeys.js'

/** Who pays: the ledger's name of it, and the secret bytes that seal that ledger. */
export type Payer = {
  account: string
  secret: Secret
  /** None: the account behind the API key pays. */
  wallet: Wallet | undefined
}

/**
 * Opens the wallet that the configuration names, or takes its API key where it names none. Several
 * keys have to be of one wallet: which of two pays, and from which budgets, nobody guesses.
 *
 * @throws {@link Wallet.NoWalletError} {@link Wallet.InvalidKeyError} {@link InvalidApiKeyError}
 * {@link SeveralWalletsError}
 */
export async function openPayer(config: Config): Promise<Payer> {
  const { apiKey, apiUrl, key, network } = config
  if (key || apiKey === undefined) {
    const { secret, wallet } = await openWallet(key)
    if (key) await checkKeys(config, { key, wallet })
    return { account: accountOf(network, wallet.address), secret, wallet }
  }
  checkApiKey(apiKey)
  return { account: accountOfKey(apiUrl, apiKey), secret: secretOf(apiKey), wallet: undefined }
}

async function checkKeys(
  config: Config,
  { key, wallet }: { key: KeySource; wallet: Wallet },
): Promise<void> {
  const found = [{ address: wallet.address, from: nameOf(key, config) }]
  for (const other of config.otherKeys) {
    const { wallet } = await openWallet(other)
    found.push({ address: wallet.address, from: nameOf(other, config) })
  }
  if (new Set(found.map(({ address }) => address)).size > 1)
    throw new SeveralWalletsError({ found })
}

/** Keys of different wallets are given at once. */
export class SeveralWalletsError extends Errors.BaseError {
  override readonly code = 'INVALID_CONFIG'
  override readonly name = 'SeveralWalletsError'

  constructor({ found }: { found: readonly { address: string; from: string }[] }) {
    super('Keys of different wallets are given; none was used.', {
      facts: found.map(({ address, from }) => `${from}: ${address}`),
      hint: 'Keep the one that is to pay and take the others away, or point ZECCHINO_HOME elsewhere.',
    })
  }
}
