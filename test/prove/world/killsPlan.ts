import type * as z from 'zod'

import type * as Policy from '../../../src/Policy.js'
import type { FaultInput, Kind } from '../../../src/sandbox/faults.js'
import * as Video from '../../../src/Video.js'
import type { Point } from '../../crash/createStage.js'
import { privateRequest, request } from '../../crash/requests.js'
import { boundaries, type Boundary, names, type Variant } from './boundaries.js'
import { createDice, type Dice } from './createDice.js'
import { kinds, type Trouble, troubles } from './troubles.js'

/** How a process is ended: at a point, or by its parent after so many milliseconds. */
export type Kill = { after: number; at: 'random' } | { at: Boundary | 'random'; point: Point }

/** What one process does. */
export type Part = {
  deed: 'buy' | 'recover' | 'topUp'
  kill?: Kill
  requests: Video.Request[]
  /** Credit to reach, in USD, where it is not the least. */
  wish?: string
}

/** Processes that run at the same time, after some time has passed. */
export type Act = { advance: number; faults: readonly FaultInput[]; parts: readonly Part[] }

/** A wallet, and what it meets. */
export type Scene = {
  /** Credit that is there from the start, in USD. */
  credit: string
  faults: readonly FaultInput[]
  /** What goes wrong at the provider, besides the requests that hang at a boundary. */
  kinds: readonly Kind[]
  /** The payee is the owner's word, and not the first one that asked. */
  pinned: boolean
  policy: Partial<z.input<typeof Policy.Policy>>
  requests: readonly Video.Request[]
  run: number
  seed: string
}

/** All that happens to one wallet, until it is left alone to settle. */
export type KillsPlan = Scene & { acts: readonly Act[] }

/** Runs that it takes to meet every boundary and every kind of fault. */
export const cycle = names.length + kinds.length

/**
 * Plans a run: the same seed and number give the same plan. The first runs meet each boundary in
 * turn, then each kind of fault; after them chance decides.
 */
export function killsPlan({ run, seed }: { run: number; seed: string }): KillsPlan {
  const dice = createDice(`${seed}:${run}`)
  const boundary = names[run]
  if (boundary) return boundaryPlan({ boundary, dice, run, seed, troubles: [] })
  const kind = kinds[run - names.length]
  if (kind) return faultPlan({ dice, kind, run, seed })
  const count = dice.pick([0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3])
  const chosen = Array.from({ length: count }, () => dice.pick(kinds))
  const plan = dice.chance(0.3)
    ? boundaryPlan({ boundary: dice.pick(names), dice, run, seed, troubles: chosen })
    : chancePlan({ dice, run, seed, troubles: chosen })
  return withForms(plan, dice)
}

/** A plan at a provider that takes payments in one form, with some above the least. */
function withForms(plan: KillsPlan, dice: Dice): KillsPlan {
  const isOwn = [plan, ...plan.acts].some(({ faults }) =>
    faults.some(({ kind }) => kind === 'envelopes'),
  )
  if (isOwn || !dice.chance(0.3)) return plan
  const takes = dice.pick(['flat', 'full', 'full-labelled', 'full-unchanged'] as const)
  const fault = { kind: 'envelopes', route: 'top-up-payment', takes, times: 'always' } as const
  const faults = [fault, ...plan.faults]
  const [first, ...rest] = plan.acts
  if (!first || dice.chance(0.5)) return { ...plan, faults }
  const kill = dice.chance(0.7) ? { kill: anyKill(dice) } : {}
  const part: Part = { ...kill, deed: 'topUp', requests: [], wish: '8' }
  const policy = { ...plan.policy, maxTopUpUsd: '8' }
  // Before the others, so that the credit is still empty.
  return {
    ...plan,
    acts: [{ advance: 0, faults: [], parts: [part] }, first, ...rest],
    faults,
    policy,
  }
}

type Base = { dice: Dice; run: number; seed: string }
type Wild = Base & { troubles: readonly (typeof kinds)[number][] }

/** A process that ends at a boundary, and perhaps others that end while they recover. */
function boundaryPlan({ boundary, ...options }: Wild & { boundary: Boundary }): KillsPlan {
  const { dice } = options
  const variant: Variant = dice.pick<Variant>(boundaries[boundary])
  const topUp = boundary.startsWith('T')
  const stage = setUp({ ...options, topUp })
  const acts: Act[] = []
  const first = variant.first?.variant
  if (first) acts.push(killAt({ at: 'T5', requests: stage.requests, variant: first }))
  const after = variant.first?.advance ?? 0
  const last = killAt({ at: boundary, requests: first ? [] : stage.requests, variant })
  acts.push({ ...last, advance: after })
  return { ...stage, acts: [...acts, ...laterActs(dice, 0.3)] }
}

/** One kind of fault, met for sure: the process before it ends as soon as it has a job. */
function faultPlan({ kind, ...base }: Base & { kind: (typeof kinds)[number] }): KillsPlan {
  const stage = setUp({ ...base, troubles: [kind] })
  const variant = boundaries.J1[0]
  // Nothing after it: a job that is lost on the way would not meet what comes later.
  return { ...stage, acts: [killAt({ at: 'J1', requests: stage.requests, variant })] }
}

/** Processes that end at any moment: one, or several at the same time. */
function chancePlan(options: Wild): KillsPlan {
  const { dice } = options
  const stage = setUp(options)
  const [head, ...tail] = stage.requests
  const several = tail.length > 0 && dice.chance(0.5)
  const shares = several ? [[head as Video.Request], tail] : [stage.requests]
  const parts = shares.map((requests, index): Part => {
    const kill = index === 0 || dice.chance(0.4) ? { kill: anyKill(dice) } : {}
    return { ...kill, deed: 'buy', requests: [...requests] }
  })
  if (several && dice.chance(0.3)) parts.push({ deed: 'topUp', requests: [] })
  const act = { advance: 0, faults: [], parts }
  return { ...stage, acts: [act, ...laterActs(dice, 0.4)] }
}

function killAt(options: {
  at: Boundary
  requests: readonly Video.Request[]
  variant: Variant
}): Act {
  const { at, requests, variant } = options
  const { faults = [], point } = variant
  const deed = requests.length > 0 ? 'buy' : 'recover'
  return { advance: 0, faults, parts: [{ deed, kill: { at, point }, requests: [...requests] }] }
}

/** Processes that recover, and end while they do. */
function laterActs(dice: Dice, share: number): Act[] {
  const acts: Act[] = []
  while (acts.length < 3 && dice.chance(share)) {
    const advance = dice.pick([0, 20_000, 20_000, 130_000, 320_000, 31 * 60_000])
    const recovers = (kill: boolean): Part => ({
      deed: 'recover',
      requests: [],
      ...(kill && { kill: anyKill(dice) }),
    })
    const parts = [recovers(true), ...(dice.chance(0.25) ? [recovers(dice.chance(0.5))] : [])]
    acts.push({ advance, faults: [], parts })
  }
  return acts
}

function anyKill(dice: Dice): Kill {
  if (dice.chance(0.25)) return { after: 10 + dice.below(400), at: 'random' }
  return { at: 'random', point: { call: '*', skip: dice.below(dice.pick([40, 150, 300])) } }
}

/** The wallet, its videos and its limits, as the troubles need them. */
function setUp(options: Wild & { topUp?: boolean }) {
  const { dice, run, seed } = options
  const met: Trouble[] = options.troubles.map((kind) => troubles[kind](dice))
  const faults = met.flatMap((trouble) => trouble.faults)
  const topUp = options.topUp ?? (met.some((trouble) => trouble.topUp) || dice.chance(0.6))
  const model = met.find((trouble) => trouble.model)?.model
  const wishes = Array.from({ length: dice.pick([1, 1, 1, 1, 1, 2, 2, 3]) }, (_, index) => {
    const wish = dice.pick(['private', 'public'] as const)
    return index === 0 ? (model ?? wish) : wish
  })
  const lies = options.troubles.includes('price-lie')
  const approval = dice.chance(0.1)
  const tight = !lies && dice.chance(0.15)
  return {
    credit: topUp ? '0' : dice.pick(['3', '0.9', '2.9996799']),
    faults,
    kinds: options.troubles,
    pinned: options.troubles.includes('pay-to-swap') || dice.chance(0.5),
    policy: {
      ...(approval && { approveAboveUsd: '0' }),
      maxCreditUsd: '10',
      maxSpendPerDayUsd: tight ? '0.15' : '5',
      maxSpendTotalUsd: '5',
      maxTopUpUsd: '5',
      maxTopUpsPerDay: tight ? 1 : 2,
    },
    requests: wishes.map((wish, index) => requestOf({ index, run, seed, wish })),
    run,
    seed,
  }
}

/**
 * A request that no other run makes. The sandbox's picture follows from its hash, and each costs
 * time to draw: all runs share two, and neighbours in a run have different ones.
 */
export function requestOf(options: {
  index: number
  run: number
  seed: string
  wish: 'private' | 'public'
}): Video.Request {
  const { index, run, seed, wish } = options
  const base = wish === 'private' ? privateRequest : request
  for (let take = 1; ; take += 1) {
    const prompt = `A gondola at dawn, ${seed}, run ${run}, video ${index}, take ${take}.`
    const made = Video.parseRequest({ ...base, prompt })
    if (Number.parseInt(Video.hashOf(made).slice(0, 8), 16) % 8 === index % 2) return made
  }
}
