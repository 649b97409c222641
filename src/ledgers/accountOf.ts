import type * as Network from '../Network.js'

/** The ledger's name of a wallet on a network: CAIP-10, lower case. */
export function accountOf(network: Network.Network, address: string): string {
  return `${network.caip2}:${address.toLowerCase()}`
}
