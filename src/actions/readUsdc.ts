import * as z from 'zod'

import type { Wire } from '../client/createRpc.js'
import type * as Network from '../Network.js'

/**
 * Reads a wallet's USDC on the chain, in atomic units. Free, without credentials.
 *
 * @throws {@link RpcError} when the chain cannot be read.
 */
export async function readUsdc(
  rpc: Wire,
  options: { address: string; network: Network.Network },
): Promise<bigint> {
  const { address, network } = options
  const data = `0x70a08231${address.slice(2).toLowerCase().padStart(64, '0')}`
  return rpc.request('eth_call', [{ data, to: network.asset }, 'latest'], Uint)
}

const Uint = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/i)
  .transform(BigInt)
