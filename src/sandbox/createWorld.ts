import { createHash, randomBytes } from 'node:crypto'

import type { Address } from 'viem'
import { getAddress, keccak256, stringToHex } from 'viem/utils'

import type * as Fixture from '../Fixture.js'
import type * as Network from '../Network.js'
import { catalogue } from './catalogue.js'
import { createMemoryChain } from './createMemoryChain.js'
import type { Envelopes } from './envelopes.js'
import type { Transfer } from './chain.js'
import type { Behavior, Limits, Renderer, State, World } from './world.js'

/** An address made of words: nobody knows a key for it, so what is paid to it moves nowhere else. */
const payTo: Address = getAddress(
  `0x${keccak256(stringToHex('zecchino sandbox payee')).slice(-40)}`,
)

/** Builds an empty sandbox: no credit, no jobs, no USDC but what is minted later. */
export function createWorld(options: createWorld.Options): World {
  const { behavior, clock, envelopes, limits, network, observed, origin, renderer, speed } = options
  const seed = options.seed === undefined ? randomBytes(16).toString('hex') : String(options.seed)
  const state = options.state ?? { advanced: 0, counter: 0, seed, since: clock().getTime() }
  const now = () => new Date(clock().getTime() + state.advanced)
  const digest = () =>
    createHash('sha256')
      .update(`${state.seed}:${state.counter++}`)
      .digest()

  return {
    accounts: new Map(),
    advance(ms) {
      state.advanced += ms
    },
    agenda: [],
    behavior,
    catalogue: new Map(catalogue),
    chain: createMemoryChain({
      network,
      now,
      since: new Date(state.since),
      transfers: options.transfers,
    }),
    envelopes,
    consentFaults: new Set(),
    consents: new Map(),
    policyShown: new Map(),
    policyVersion: '2026-08-01',
    failures: new Map(),
    faults: [],
    id() {
      const hex = digest().toString('hex')
      const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`]
      return [...parts, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-')
    },
    inFlight: new Map(),
    jobs: new Map(),
    limits,
    network,
    nonces: new Map(),
    now,
    observed,
    origin,
    payTo,
    payees: new Set([payTo.toLowerCase()]),
    random: () => digest().readUInt32BE() / 2 ** 32,
    rates: new Map(),
    renderer,
    requests: [],
    requestsDropped: 0,
    rows: [],
    settlements: new Map(),
    settling: new Set(),
    speed,
    state,
  }
}

export declare namespace createWorld {
  type Options = {
    behavior: Behavior
    /** The real clock; the simulated one is this plus what was advanced. */
    clock: () => Date
    envelopes: Envelopes
    limits: Limits
    network: Network.Network
    observed: Fixture.Fixture | undefined
    origin: string | undefined
    renderer: () => Promise<Renderer>
    /** Same seed, same ids and durations. */
    seed: number | string | undefined
    speed: number
    /** Of a world that goes on. @default a new one's */
    state?: State | undefined
    /** Of a world that goes on: what its chain holds. */
    transfers?: readonly Transfer[] | undefined
  }
}
