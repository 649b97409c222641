import type { Address, Hex } from 'viem'
import {
  encodeEventTopics,
  keccak256,
  pad,
  recoverTypedDataAddress,
  stringToHex,
  toHex,
} from 'viem/utils'

import * as Network from '../Network.js'
import * as X402 from '../X402.js'
import { type Block, type Chain, type Log, RevertError, type Transfer } from './chain.js'

/** Base makes a block every two seconds. */
const blockSeconds = 2

const zeroAddress = '0x0000000000000000000000000000000000000000'

/** Half the order of secp256k1: the token refuses signatures with a higher `s`. */
const halfOrder = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

const events = [
  {
    type: 'event',
    name: 'Transfer',
    inputs: [
      { name: 'from', type: 'address', indexed: true },
      { name: 'to', type: 'address', indexed: true },
      { name: 'value', type: 'uint256' },
    ],
  },
  {
    type: 'event',
    name: 'AuthorizationUsed',
    inputs: [
      { name: 'authorizer', type: 'address', indexed: true },
      { name: 'nonce', type: 'bytes32', indexed: true },
    ],
  },
] as const

/**
 * USDC in memory, with the rules, the order of checks and the revert reasons of FiatTokenV2_2.
 *
 * Blocks follow the simulated clock, one every two seconds; a transfer gets a block of its own at
 * once. Balances are computed from the transfers, so any past block can be asked for.
 */
export function createMemoryChain(options: createMemoryChain.Options): Chain {
  const { network, now, since = now(), transfers: known = [] } = options
  const seconds = () => Math.floor(now().getTime() / 1_000)
  const transfers: Transfer[] = []
  const balances = new Map<string, bigint>()
  const used = new Map<string, bigint>()
  /** Where the two-second rhythm starts anew: the first block, and each block with a transfer. */
  const beats = [
    { number: 30_000_000n, timestamp: Math.floor(since.getTime() / 1_000) - blockSeconds },
  ]

  const newest = () => {
    const { number, timestamp } = beats.at(-1) ?? { number: 0n, timestamp: 0 }
    return number + BigInt(Math.max(0, Math.floor((seconds() - timestamp) / blockSeconds)))
  }
  const blockOf = (number: bigint): Block | undefined => {
    const beat = beats.findLast((beat) => beat.number <= number)
    if (!beat || number > newest()) return undefined
    return {
      hash: hashOf(number),
      number,
      parentHash: hashOf(number - 1n),
      timestamp: beat.timestamp + Number(number - beat.number) * blockSeconds,
    }
  }
  const keyOf = (from: Address, nonce: Hex) => `${from}:${nonce}`.toLowerCase()

  const balanceOf = (address: Address, block?: bigint) => {
    const account = address.toLowerCase()
    const balance = balances.get(account) ?? 0n
    if (block === undefined || account === zeroAddress) return balance
    return transfers
      .filter((transfer) => transfer.block > block)
      .reduce((sum, { amount, from, to }) => {
        const plus = from.toLowerCase() === account ? amount : 0n
        return sum + plus - (to.toLowerCase() === account ? amount : 0n)
      }, balance)
  }

  const append = (fields: Pick<Transfer, 'amount' | 'from' | 'nonce' | 'to'>): Transfer => {
    const { amount, from, to } = fields
    const number = newest() + 1n
    const timestamp = Math.max(seconds(), blockOf(newest())?.timestamp ?? 0)
    const transaction = keccak256(stringToHex(`zecchino transaction ${number} ${timestamp}`))
    const transfer = { ...fields, amount, at: timestamp, block: number, from, to, transaction }
    enter(transfer)
    return transfer
  }
  const enter = (transfer: Transfer) => {
    const { amount, at, block, from, nonce, to } = transfer
    beats.push({ number: block, timestamp: at })
    transfers.push(transfer)
    if (from !== zeroAddress) balances.set(from.toLowerCase(), balanceOf(from) - amount)
    balances.set(to.toLowerCase(), balanceOf(to) + amount)
    if (nonce !== undefined) used.set(keyOf(from, nonce), block)
  }
  for (const transfer of known) enter(transfer)

  return {
    async authorizationState(from, nonce, block = newest()) {
      const at = used.get(keyOf(from, nonce))
      return at !== undefined && at <= block
    },

    async balanceOf(address, block) {
      return balanceOf(address, block)
    },

    async block(number = newest()) {
      return blockOf(number)
    },

    async logs({ from, to }) {
      return transfers
        .filter((transfer) => transfer.block >= from && transfer.block <= to)
        .flatMap((transfer) => logsOf(transfer, network.asset))
    },

    async mint(to, amount) {
      return append({ amount, from: zeroAddress, to })
    },

    async transferWithAuthorization(authorization, signature) {
      const { from, nonce, to, validAfter, validBefore, value } = authorization
      const revert = (reason: string): never => {
        throw new RevertError({ reason })
      }
      const signer = await recover(authorization, network, signature)
      // Nothing is awaited from here on: the checks and the booking are one step.
      if (BigInt(seconds()) <= validAfter) revert('FiatTokenV2: authorization is not yet valid')
      if (BigInt(seconds()) >= validBefore) revert('FiatTokenV2: authorization is expired')
      if (used.has(keyOf(from, nonce))) revert('FiatTokenV2: authorization is used or canceled')
      if ('reason' in signer) revert(signer.reason)
      else if (signer.address.toLowerCase() !== from.toLowerCase())
        revert('FiatTokenV2: invalid signature')
      if (BigInt(from) === 0n) revert('ERC20: transfer from the zero address')
      if (BigInt(to) === 0n) revert('ERC20: transfer to the zero address')
      if (balanceOf(from) < value) revert('ERC20: transfer amount exceeds balance')
      return append({ amount: value, from, nonce, to })
    },

    async transfers() {
      return transfers
    },
  }
}

export declare namespace createMemoryChain {
  type Options = {
    network: Network.Network
    /** The simulated clock. */
    now: () => Date
    /** When it began. @default now */
    since?: Date | undefined
    /** What is in it already, oldest first. */
    transfers?: readonly Transfer[] | undefined
  }
}

function hashOf(number: bigint): Hex {
  return keccak256(stringToHex(`zecchino block ${number}`))
}

/** ECRecover of the token: stricter than off-chain recovery about `v`, `s` and the length. */
async function recover(
  authorization: X402.Authorization,
  network: Network.Network,
  signature: Hex,
): Promise<{ address: Address } | { reason: string }> {
  if (signature.length !== 132) return { reason: 'ECRecover: invalid signature length' }
  if (BigInt(`0x${signature.slice(66, 130)}`) > halfOrder)
    return { reason: "ECRecover: invalid signature 's' value" }
  if (!/1[bc]$/i.test(signature)) return { reason: "ECRecover: invalid signature 'v' value" }
  try {
    const data = X402.typedData(authorization, network)
    return { address: await recoverTypedDataAddress({ ...data, signature }) }
  } catch {
    return { reason: 'ECRecover: invalid signature' } // the library's words do not matter here
  }
}

function logsOf(transfer: Transfer, asset: Address): Log[] {
  const { amount, block, from, nonce, to, transaction } = transfer
  const entry = (topics: unknown, data: Hex, index: number): Log => ({
    address: asset,
    block,
    data,
    index,
    topics: topics as Hex[],
    transaction,
  })
  const args = { from, to }
  const moved = encodeEventTopics({ abi: events, args, eventName: 'Transfer' })
  const data = pad(toHex(amount), { size: 32 })
  if (!nonce) return [entry(moved, data, 0)]
  const spent = encodeEventTopics({
    abi: events,
    args: { authorizer: from, nonce },
    eventName: 'AuthorizationUsed',
  })
  return [entry(spent, '0x', 0), entry(moved, data, 1)]
}
