import { join } from 'node:path'

import { createClient } from '../client/createClient.js'
import { createRpc } from '../client/createRpc.js'
import type { Event } from '../Event.js'
import { createZecchino, type Zecchino } from '../flows/createZecchino.js'
import type * as Ledger from '../Ledger.js'
import * as Network from '../Network.js'
import * as Venice from '../Venice.js'
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
  const { apiKey, apiUrl, network, outputDir, policy, rpcUrl } = config
  const { onEvent, tap } = options
  const { account, secret, wallet } = await openPayer(config)
  const ledger = await openLedger(config, account)
  const client = createClient({
    apiKey,
    baseUrl: apiUrl,
    network,
    wallet,
    // A host that the owner named in front of Venice still checks sign-ins for Venice's domain.
    ...(Network.isMainnet(network) && { signInDomain: Venice.signInDomains[0] }),
    ...(onEvent && { onEvent }),
    tap,
  })
  const rpc = !wallet || rpcUrl === undefined ? undefined : createRpc({ url: rpcUrl })
  const answersDir = join(config.home, 'answers')
  return createZecchino({ answersDir, client, ledger, outputDir, policy, rpc, secret })
}

async function openLedger(config: Config, account: string): Promise<Ledger.Ledger> {
  const { databaseUrl, home, profile } = config
  if (databaseUrl !== undefined) {
    const { postgresLedger } = await import('../ledgers/postgresLedger.js')
    return postgresLedger({ account, url: databaseUrl })
  }
  const { sqliteLedger } = await import('../ledgers/sqliteLedger.js')
  return sqliteLedger({ account, path: join(home, `${profile}.sqlite`) })
}
