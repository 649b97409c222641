import * as z from 'zod'

import type { Wire } from '../client/createRpc.js'
import type * as Network from '../Network.js'

/** What the chain knows of an authorization. */
export type AuthorizationState = {
  /** Time of the block it was read at. */
  at: Date
  /** Whether the nonce was spent, by a transfer or a cancellation. */
  used: boolean
}

/**
 * Reads from the chain whether an authorization's nonce was spent, at the latest block. False after
 * `validBefore` is proof that it was never paid and never will be.
 *
 * @throws {@link RpcError} when the chain cannot be read.
 */
export async function readAuthorization(
  rpc: Wire,
  options: { from: string; network: Network.Network; nonce: string },
): Promise<AuthorizationState> {
  const { from, network, nonce } = options
  const block = await rpc.request('eth_getBlockByNumber', ['latest', false], Block)
  const data = `0xe94a0102${from.slice(2).toLowerCase().padStart(64, '0')}${nonce.slice(2)}`
  const used = await rpc.request('eth_call', [{ data, to: network.asset }, block.number], Bool)
  return { at: block.timestamp, used }
}

const Quantity = z.string().regex(/^0x[0-9a-f]{1,16}$/i)
/** Unix seconds, up to the year 9999: a later block is no block. */
const Time = Quantity.transform(Number)
  .refine((seconds) => seconds < 253_402_300_800)
  .transform((seconds) => new Date(seconds * 1000))
const Block = z.object({ number: Quantity, timestamp: Time })
/** Any other word than 0 and 1 proves nothing. */
const Bool = z
  .string()
  .regex(/^0x0{63}[01]$/)
  .transform((word) => word.endsWith('1'))
