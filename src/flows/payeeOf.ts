import { discoverTopUp } from '../actions/discoverTopUp.js'
import * as Venice from '../Venice.js'
import { chooseOffer } from './chooseOffer.js'
import type { Zecchino } from './createZecchino.js'
import { policyOf } from './policyOf.js'

/**
 * Whom payments go to: whom the owner names, whoever is pinned on the ledger, or whom the API is known to
 * have paid. `undefined` while that is for the first 402 to say.
 */
export async function payeeOf(zecchino: Zecchino): Promise<string | undefined> {
  const { client, ledger } = zecchino
  const { payTo } = await policyOf(zecchino)
  const { payee = Venice.payeeOf(client.baseUrl, client.network) } = await ledger.state()
  return (payTo ?? payee)?.toLowerCase()
}

/** The same, for a payment that a person is to agree to: who is not known is asked for, and pinned. */
export async function pinnedPayeeOf(zecchino: Zecchino): Promise<string> {
  const { client, ledger } = zecchino
  const known = await payeeOf(zecchino)
  if (known !== undefined) return known
  const { payTo } = chooseOffer(client.network, await discoverTopUp(client))
  return (await ledger.pinPayee(payTo)).toLowerCase()
}
