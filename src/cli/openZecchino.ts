import { join } from 'node:path'

import { createClient } from '../client/createClient.js'
import { createRpc } from '../client/createRpc.js'
import type { Event } from '../Event.js'
import { bringPolicy } from '../flows/bringPolicy.js'
import { createZecchino, type Zecchino } from '../flows/createZecchino.js'
import type * as Ledger from '../Ledger.js'
import * as Network from '../Network.js'
import * as Venice from '../Venice.js'
import { checkBefore, keepLedger, OtherLedgerError, sqlitePath } from './homeLedger.js'
import { openPayer } from './openPayer.js'
import type { Config } from './readConfig.js'

/** Puts the configured wallet, or the API key, to work. The ledger's driver is loaded only here. */
export async function openZecchino(
  config: Config,
  options: {
    onEvent?: ((event: Event) => void) | undefined
    tap?: createClient.Options['tap']
  } = {},
): Promise<Zecchino> {
  const { apiKey, apiUrl, chosen, network, outputDir, policy, proxies, rpcUrls } = config
  const { onEvent, tap } = options
  const { account, secret, wallet } = await openPayer(config)
  const ledger = await openOwnLedger(config, { account, onEvent })
  const client = createClient({
    apiKey,
    baseUrl: apiUrl,
    network,
    proxies,
    wallet,
    // A host that the owner named in front of Venice still checks sign-ins for Venice's domain.
    ...(Network.isMainnet(network) && { signInDomain: Venice.signInDomains[0] }),
    ...(onEvent && { onEvent }),
    tap,
  })
  const rpc = wallet && rpcUrls.map((url) => createRpc({ proxies, url }))
  const answersDir = join(config.home, 'answers')
  const zecchino = createZecchino({
    answersDir,
    chosen,
    client,
    ledger,
    outputDir,
    policy,
    rpc,
    secret,
  })
  // At once, not when it first spends: who lowers a cap and starts a process has said so.
  await bringPolicy(zecchino).catch(() => {}) // it is said again before anything is spent
  return zecchino
}

/**
 * Opens the ledger that the wallet of this home spends from, and no other.
 *
 * @throws {@link OtherLedgerError}
 */
async function openOwnLedger(
  config: Config,
  options: { account: string; onEvent: ((event: Event) => void) | undefined },
): Promise<Ledger.Ledger> {
  const { account, onEvent } = options
  checkBefore(config, account)
  const ledger = await openLedger(config, account)
  try {
    if (ledger.id !== undefined)
      await keepLedger(config, { account: ledger.account, ledger: ledger.id })
  } catch (error) {
    if (!(error instanceof OtherLedgerError)) {
      const message = 'It could not be written down which ledger this wallet spends from.'
      onEvent?.({ message, type: 'warning' })
      return ledger
    }
    await ledger.close()
    throw error
  }
  return ledger
}

/** Opens the ledger that the configuration names, whichever the wallet has spent from. */
export async function openLedger(config: Config, account: string): Promise<Ledger.Ledger> {
  const { databaseUrl } = config
  if (databaseUrl !== undefined) {
    const { postgresLedger } = await import('../ledgers/postgresLedger.js')
    return postgresLedger({ account, url: databaseUrl })
  }
  const { sqliteLedger } = await import('../ledgers/sqliteLedger.js')
  return sqliteLedger({ account, path: sqlitePath(config) })
}
