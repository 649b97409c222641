import type { Address, Hex } from 'viem'

import type * as X402 from '../X402.js'

/** A USDC transfer that is in a block. */
export type Transfer = {
  amount: bigint
  /** Simulated time, unix seconds: the timestamp of its block. */
  at: number
  block: bigint
  /** Zero when the sandbox minted it. */
  from: Address
  /** EIP-3009 nonce; absent for a mint. */
  nonce?: Hex | undefined
  to: Address
  transaction: Hex
}

/** A block. `timestamp` is unix seconds of the simulated clock. */
export type Block = { hash: Hex; number: bigint; parentHash: Hex; timestamp: number }

/** An event of the token, as `eth_getLogs` shows it. */
export type Log = {
  address: Address
  block: bigint
  data: Hex
  index: number
  topics: Hex[]
  transaction: Hex
}

/**
 * The token's chain, as far as the sandbox needs it. In memory here; a real node fits behind the
 * same functions.
 */
export type Chain = {
  /** Whether the nonce is used, as of a block. @default the newest block */
  authorizationState(from: Address, nonce: Hex, block?: bigint): Promise<boolean>
  /** Atomic units, as of a block. @default the newest block */
  balanceOf(address: Address, block?: bigint): Promise<bigint>
  /** Without a number: the newest one. */
  block(number?: bigint): Promise<Block | undefined>
  logs(filter: { from: bigint; to: bigint }): Promise<Log[]>
  /** Creates USDC out of nothing, which only a test chain does. */
  mint(to: Address, amount: bigint): Promise<Transfer>
  /**
   * Executes an EIP-3009 transfer.
   *
   * @throws {@link RevertError} with the token's own reason.
   */
  transferWithAuthorization(authorization: X402.Authorization, signature: Hex): Promise<Transfer>
  /** Every transfer, oldest first. */
  transfers(): Promise<readonly Transfer[]>
}

/** The token refused the transfer, with the reason string its contract gives. Nothing moved. */
export class RevertError extends Error {
  override readonly name = 'Chain.RevertError'
  readonly reason: string

  constructor({ reason }: { reason: string }) {
    super(`execution reverted: ${reason}`)
    this.reason = reason
  }
}
