import type { Hex } from 'viem'
import { pad, toHex } from 'viem/utils'
import * as z from 'zod'

import type { Block, Log } from '../chain.js'
import { takeFault } from '../takeFault.js'
import type { Trace, World } from '../world.js'

const Call = z.object({
  id: z.union([z.number(), z.string(), z.null()]).default(null),
  jsonrpc: z.literal('2.0'),
  method: z.string(),
  params: z.array(z.unknown()).default([]),
})

/** Selectors of the two view functions that can be called. */
const selectors = { authorizationState: '0xe94a0102', balanceOf: '0x70a08231' }

const Hexes = z.string().regex(/^0x[0-9a-fA-F]*$/)
const CallArgs = z.object({ data: Hexes.optional(), input: Hexes.optional(), to: z.string() })
const Filter = z.object({
  address: z.union([z.string(), z.array(z.string())]).optional(),
  fromBlock: z.string().optional(),
  toBlock: z.string().optional(),
  topics: z
    .array(z.union([z.string(), z.array(z.string()), z.null()]))
    .optional()
    .default([]),
})

const failures = {
  arguments: { code: -32_602, message: 'invalid params' },
  method: { code: -32_601, message: 'the method is not available' },
  request: { code: -32_600, message: 'invalid request' },
}

/**
 * Minimal JSON-RPC over the in-memory token, enough to prove a payment without a node. Blocks are
 * final at once: `safe` and `finalized` are `latest`.
 */
export async function serveRpc(world: World, body: unknown, trace: Trace): Promise<Response> {
  const node = {
    chainId: takeFault(world, trace, 'other-chain')?.chain_id ?? world.network.chainId,
    knowsSafe: !takeFault(world, trace, 'no-safe-block'),
    off: takeFault(world, trace, 'block-clock')?.ms ?? 0,
  }
  if (!Array.isArray(body)) return Response.json(await answer(world, body, node))
  const calls: unknown[] = body.slice(0, 100)
  return Response.json(await Promise.all(calls.map((call) => answer(world, call, node))))
}

async function answer(world: World, body: unknown, node: Node) {
  const call = Call.safeParse(body)
  if (!call.success) return { error: failures.request, id: null, jsonrpc: '2.0' }
  const { id, method, params } = call.data
  const result = await run(world, { ...node, method, params })
  if (typeof result === 'object' && result !== null && 'code' in result)
    return { error: result, id, jsonrpc: '2.0' }
  return { id, jsonrpc: '2.0', result }
}

/** What kind of a node answers. */
type Node = {
  chainId: number
  knowsSafe: boolean
  /** How far the dates of blocks are off, in milliseconds. */
  off: number
}

type Asked = Node & { method: string; params: unknown[] }

async function run(world: World, { chainId, knowsSafe, method, off, params }: Asked) {
  const { chain } = world
  const head = (await chain.block())?.number ?? 0n
  switch (method) {
    case 'eth_chainId':
      return toHex(chainId)
    case 'net_version':
      return String(chainId)
    case 'eth_blockNumber':
      return toHex(head)
    case 'eth_getBlockByNumber': {
      if (params[0] === 'safe' && !knowsSafe) return failures.arguments
      const number = blockOf(params[0], head)
      if (number === undefined) return failures.arguments
      const block = await chain.block(number)
      const seconds = Math.round(off / 1_000)
      return block ? wireBlock({ ...block, timestamp: block.timestamp + seconds }) : null
    }
    case 'eth_call': {
      const args = CallArgs.safeParse(params[0])
      const number = blockOf(params[1] ?? 'latest', head)
      if (!args.success || number === undefined) return failures.arguments
      return call(world, args.data, number === head ? undefined : number)
    }
    case 'eth_getLogs': {
      const filter = Filter.safeParse(params[0])
      if (!filter.success) return failures.arguments
      const from = blockOf(filter.data.fromBlock ?? 'latest', head)
      const to = blockOf(filter.data.toBlock ?? 'latest', head)
      if (from === undefined || to === undefined) return failures.arguments
      const logs = await chain.logs({ from, to })
      return logs.filter((log) => matches(log, filter.data)).map(wireLog)
    }
    default:
      return failures.method
  }
}

async function call(world: World, args: z.output<typeof CallArgs>, block: bigint | undefined) {
  const { chain, network } = world
  const input = (args.input ?? args.data ?? '0x').toLowerCase()
  const word = (index: number) => `0x${input.slice(10 + index * 64, 74 + index * 64)}` as Hex
  const account = () => `0x${word(0).slice(-40)}` as Hex
  if (args.to.toLowerCase() !== network.asset.toLowerCase()) return '0x'
  if (input.startsWith(selectors.balanceOf) && input.length >= 74)
    return pad(toHex(await chain.balanceOf(account(), block)), { size: 32 })
  if (input.startsWith(selectors.authorizationState) && input.length >= 138) {
    const used = await chain.authorizationState(account(), word(1), block)
    return pad(used ? '0x1' : '0x0', { size: 32 })
  }
  return { code: 3, message: 'execution reverted' }
}

function blockOf(tag: unknown, head: bigint): bigint | undefined {
  if (tag === 'latest' || tag === 'safe' || tag === 'finalized' || tag === 'pending') return head
  if (tag === 'earliest') return 0n
  return typeof tag === 'string' && /^0x[0-9a-fA-F]{1,16}$/.test(tag) ? BigInt(tag) : undefined
}

function matches(log: Log, filter: z.output<typeof Filter>): boolean {
  const same = (wanted: string, is: string | undefined) =>
    wanted.toLowerCase() === is?.toLowerCase()
  const any = (wanted: string | string[], is: string | undefined) =>
    [wanted].flat().some((one) => same(one, is))
  if (filter.address !== undefined && !any(filter.address, log.address)) return false
  return filter.topics.every((topic, index) => topic === null || any(topic, log.topics[index]))
}

function wireBlock({ hash, number, parentHash, timestamp }: Block) {
  return {
    hash,
    number: toHex(number),
    parentHash,
    timestamp: toHex(timestamp),
    transactions: [],
  }
}

function wireLog(log: Log) {
  return {
    address: log.address.toLowerCase(),
    blockNumber: toHex(log.block),
    data: log.data,
    logIndex: toHex(log.index),
    removed: false,
    topics: log.topics,
    transactionHash: log.transaction,
    transactionIndex: '0x0',
  }
}
