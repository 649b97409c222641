import type { Address, Hex } from 'viem'

import type * as Fixture from '../Fixture.js'
import type * as Network from '../Network.js'
import type { Entry } from './catalogue.js'
import type { Chain } from './chain.js'
import type { Envelopes } from './envelopes.js'
import type { ActiveFault } from './faults.js'
import type { RouteName } from './routeOf.js'

/**
 * `live` follows the newest notes of Venice's operators and recorded traffic, `documented` its OpenAPI
 * document. Where they differ is written at each place that asks.
 */
export type Behavior = 'documented' | 'live'

/** Makes the files of finished jobs. */
export type Renderer = {
  close(): Promise<void>
  render(spec: {
    height: number
    seconds: number
    seed: number
    width: number
  }): Promise<Uint8Array>
}

/**
 * Everything the sandbox knows. Prices are micro-dollars; credit and rows are exact, hundred-millionths of
 * a dollar. Times are simulated milliseconds.
 */
export type World = {
  accounts: Map<string, Account>
  /** What is booked later, such as a refund when a job fails: when the clock passes its time. */
  agenda: Due[]
  readonly behavior: Behavior
  /** Of this sandbox alone: its rows can be changed. */
  catalogue: Map<string, Entry>
  chain: Chain
  /** Moves the simulated clock forward. */
  advance: (ms: number) => void
  /** Forms in which payments are taken. */
  readonly envelopes: Envelopes
  /** Consents to media by `wallet version sha256`. */
  consents: Map<string, { account: string; sha256: string; version: string }>
  /** Wallet and model, where a fault has asked for a consent that the model never asks for. */
  consentFaults: Set<string>
  /** Version of the policy that each wallet was shown last. */
  policyShown: Map<string, string>
  /** Version of the policy that people consent to now. */
  policyVersion: string
  faults: ActiveFault[]
  /** A name that is never given twice; the same for the same seed. */
  id: () => string
  inFlight: Map<string, number>
  jobs: Map<string, Job>
  readonly limits: Limits
  readonly network: Network.Network
  /** Sign-in nonces as `wallet:nonce`, with the time they were used. */
  nonces: Map<string, number>
  now: () => Date
  /** What a live service was found to do: goes before what is decided here. */
  readonly observed: Fixture.Fixture | undefined
  /** Address that is called, such as `http://127.0.0.1:4020`; without it, the request's own. */
  readonly origin: string | undefined
  readonly payTo: Address
  /** Addresses payments are taken for, lower case: `payTo`, and those that a fault has put there. */
  payees: Set<string>
  /** 0 to 1, from the seed. */
  random: () => number
  rates: Map<string, { count: number; resetAt: number }>
  failures: Map<string, { lockedUntil: number; times: number[] }>
  renderer: () => Promise<Renderer>
  requests: LogEntry[]
  /** Requests that the log no longer holds. */
  requestsDropped: number
  rows: Row[]
  /** By `payer:nonce`, both lower case. */
  settlements: Map<string, Settlement>
  settling: Set<string>
  readonly speed: number
  /** What its clock and its names go on from. */
  readonly state: State
}

/** Where a world stands in time and chance. */
export type State = {
  /** How far the simulated clock was moved forward, in milliseconds. */
  advanced: number
  /** Names that were given, and dice that were thrown. */
  counter: number
  seed: string
  /** When it began, in simulated milliseconds. */
  since: number
}

/** Rows to be booked at a time, in simulated milliseconds. */
export type Due = {
  account: string
  at: number
  /** What was held for them, which is let go. Exact. */
  held?: bigint | undefined
  rows: readonly {
    amount: bigint
    modelId?: string | undefined
    requestId?: string | undefined
    type: string
  }[]
  /** The payment that is credited with them, by its key. */
  settlement?: string | undefined
}

/** `none` switches off rates, requests in flight and the error budget, for load tests. */
export type Limits = 'venice' | 'none'

/** A wallet, or an API key under `key:` and its hash. */
export type Account = {
  /** Exact. */
  credit: bigint
  /** Present when the wallet is linked to a Venice account: spent first, and then instead. */
  diem?: bigint | undefined
  /** Charged, but not posted yet. Exact. */
  held: bigint
  id: string
}

/** A row of the provider's own ledger. */
export type Row = {
  account: string
  /** Exact, like the balance. */
  amount: bigint
  at: number
  balanceAfter: bigint
  /** What its date is on the wire: a clock may be wrong. */
  dated: number
  id: string
  /** Credit given through the control API: no payment stands behind it. */
  isGift?: true | undefined
  modelId: string | null
  requestId: string | null
  /** CHARGE, REFUND or TOP_UP; a fault may book others. */
  type: string
}

/** A payment that the chain has. */
export type Settlement = {
  amount: bigint
  at: number
  /** `false`: the chain has it, the credit does not. */
  credited: boolean
  /** The signed authorization's digest: a re-send must be the same payment. */
  digest: Hex
  nonce: Hex
  payer: Address
  paymentId: string
  /** How often this payment was presented. */
  presented: number
  transaction: Hex
}

/** A paid video. */
export type Job = {
  account: string
  bodyHash: string
  /** What its charges come to, exactly; what a refund gives back. */
  charged?: bigint | undefined
  createdAt: number
  /** Deleted by its owner, or gone by itself. */
  deleted?: 'deleted' | 'gone' | undefined
  /** What the provider says it usually takes. */
  estimate: number
  failure?: { body: unknown; refunded: boolean; status: number } | undefined
  gets: number
  height: number
  media?: Uint8Array | undefined
  model: Entry
  note?: string | undefined
  price: bigint
  queueId: string
  readyAt: number
  /** What its rows are booked under, where that is not its `queueId`; empty: under nothing. */
  requestId?: string | undefined
  seconds: number
  /** Secret part of the download URL; only where the file comes over a link. */
  token?: string | undefined
  width: number
}

/** One request, as the page and the tests see it. No signature, no authorization, no token. */
export type LogEntry = {
  at: string
  /** When its connection ended, where it was never answered. */
  closed_at?: string | undefined
  fault?: string | undefined
  method: string
  path: string
  /** The job that it asks about. */
  queue_id?: string | undefined
  seq: number
  sign_in_nonce?: string | undefined
  status: number | null
  verdict: string
  wallet?: string | undefined
}

/** What is learned about a request while it is handled. */
export type Trace = {
  /** Run when the last byte of the answer is out. */
  after: (() => void)[]
  /** Whose credit a good answer tells, where the published document says that it does. */
  account?: Account | undefined
  /** What was asked, where the request alone does not tell. */
  case?: Fixture.Case | undefined
  fault?: string | undefined
  /** A failure of this request does not count against the error budget. */
  free?: boolean | undefined
  ip: string
  model?: string | undefined
  nonce?: string | undefined
  queueId?: string | undefined
  /** What is left of the minute of an inference route. */
  rate?: { remaining: number; resetAt: number } | undefined
  origin: string
  route: RouteName
  /** How wrong this answer's clock is, in milliseconds: a fault. */
  skew: number
  verdict?: string | undefined
  wallet?: string | undefined
}
