import { join } from 'node:path'

import { createClient } from '../client/createClient.js'
import { createRpc } from '../client/createRpc.js'
import type { Event } from '../Event.js'
import { createZecchino, type Zecchino } from '../flows/createZecchino.js'
import type * as Ledger from '../Ledger.js'
import { accountOf } from '../ledgers/accountOf.js'
import * as Network from '../Network.js'
import * as Venice from '../Venice.js'
import { openWallet } from './openWallet.js'
import type { Config } from './readConfig.js'

/** Puts the configured wallet to work. The ledger's driver is loaded only here. */
export async function openZecchino(
  config: Config,
  options: { onEvent?: ((event: Event) => void) | undefined } = {},
): Promise<Zecchino> {
  const { apiKey, apiUrl, network, outputDir, policy, rpcUrl } = config
  const { onEvent } = options
  const { secret, wallet } = await openWallet(config.key)
  const ledger = await openLedger(config, wallet.address)
  const client = createClient({
    apiKey,
    baseUrl: apiUrl,
    network,
    wallet,
    // A host that the owner named in front of Venice still checks sign-ins for Venice's domain.
    ...(Network.isMainnet(network) && { signInDomain: Venice.signInDomains[0] }),
    ...(onEvent && { onEvent }),
  })
  const rpc = rpcUrl === undefined ? undefined : createRpc({ url: rpcUrl })
  return createZecchino({ client, ledger, outputDir, policy, rpc, secret })
}

async function openLedger(config: Config, address: string): Promise<Ledger.Ledger> {
  const { databaseUrl, home, network, profile } = config
  const account = accountOf(network, address)
  if (databaseUrl !== undefined) {
    const { postgresLedger } = await import('../ledgers/postgresLedger.js')
    return postgresLedger({ account, url: databaseUrl })
  }
  const { sqliteLedger } = await import('../ledgers/sqliteLedger.js')
  return sqliteLedger({ account, path: join(home, `${profile}.sqlite`) })
}
