import * as z from 'zod'

import { RpcError, type Wire } from '../client/createRpc.js'
import * as Errors from '../Errors.js'
import * as Network from '../Network.js'

/** What the chain knows of an authorization, as of a block that it does not take back. */
export type AuthorizationState = {
  /** Time of the block it was read at. */
  at: Date
  /** Whether the nonce was spent, by a transfer or a cancellation. */
  used: boolean
}

/**
 * Reads from the chain whether an authorization's nonce was spent, at a settled block: the node's
 * `safe` one. False after `validBefore` says that it was not paid and never will be, as far as one node
 * can be trusted; so the node is asked first whether it is of the right chain.
 *
 * Some nodes know no `safe` block. Theirs is one that lies {@link depth} blocks under the latest, which
 * is weaker: it may not have been posted to Ethereum yet. Base has never taken back as much.
 *
 * @throws {@link RpcError} when the chain cannot be read.
 * @throws {@link WrongChainError} when it is another one.
 */
export async function readAuthorization(
  rpc: Wire,
  options: { from: string; network: Network.Network; nonce: string },
): Promise<AuthorizationState> {
  const { from, network, nonce } = options
  await checkChain(rpc, network)
  const block = (await findSafe(rpc)) ?? (await findDeep(rpc))
  const data = `0xe94a0102${from.slice(2).toLowerCase().padStart(64, '0')}${nonce.slice(2)}`
  const used = await rpc.request('eth_call', [{ data, to: network.asset }, block.number], Bool)
  return { at: block.timestamp, used }
}

/**
 * Asks a node which chain it is of.
 *
 * @throws {@link RpcError} {@link WrongChainError}
 */
export async function checkChain(rpc: Wire, network: Network.Network): Promise<void> {
  const chainId = Number(await rpc.request('eth_chainId', [], Quantity))
  if (chainId !== network.chainId) throw new WrongChainError({ chainId, host: rpc.host, network })
}

/** How far under the latest block one is taken for settled. Nodes keep the state of the last 128. */
const depth = 100n

/** `undefined`: the node does not know such a block. A chain's own beginning is not one either. */
async function findSafe(rpc: Wire): Promise<Block | undefined> {
  try {
    const block = await rpc.request('eth_getBlockByNumber', ['safe', false], Block.nullable())
    return block && BigInt(block.number) > 0n ? block : undefined
  } catch (error) {
    if (error instanceof RpcError && error.isAnswer) return undefined
    throw error
  }
}

async function findDeep(rpc: Wire): Promise<Block> {
  const latest = await rpc.request('eth_getBlockByNumber', ['latest', false], Block)
  const number = BigInt(latest.number) - depth
  const asked = `0x${(number > 0n ? number : 0n).toString(16)}`
  return rpc.request('eth_getBlockByNumber', [asked, false], Block)
}

const Quantity = z.string().regex(/^0x[0-9a-f]{1,16}$/i)
/** Unix seconds, up to the year 9999: a later block is no block. */
const Time = Quantity.transform(Number)
  .refine((seconds) => seconds < 253_402_300_800)
  .transform((seconds) => new Date(seconds * 1000))
const Block = z.object({ number: Quantity, timestamp: Time })
type Block = z.output<typeof Block>
/** Any other word than 0 and 1 proves nothing. */
const Bool = z
  .string()
  .regex(/^0x0{63}[01]$/)
  .transform((word) => word.endsWith('1'))

/** The node that was asked is one of another chain. What it says proves nothing. */
export class WrongChainError extends Errors.BaseError {
  override readonly code = 'INVALID_CONFIG'
  override readonly name = 'WrongChainError'

  constructor(options: { chainId: number; host: string | undefined; network: Network.Network }) {
    const { chainId, host = 'rpcUrl', network } = options
    const is = Network.find(chainId)?.title ?? 'another chain'
    super(`The node at ${host} is of ${is} (chain ${chainId}), not of ${network.title}.`, {
      hint: `Correct rpcUrl in config.json or ZECCHINO_RPC_URL: a node of chain ${network.chainId}.`,
    })
  }
}
