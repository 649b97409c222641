import type { FaultInput } from '../../../src/sandbox/faults.js'
import { createDice, type Dice } from './createDice.js'
import type { LivePlan, Scripted } from './livePlan.js'
import { sceneOf } from './sceneOf.js'

const minute = 60_000

/** Plans a run in which balance, rows and refunds show late, incomplete, or among odd ones. */
export function latenessPlan({ run, seed }: { run: number; seed: string }): LivePlan {
  const dice = createDice(`${seed}:lateness:${run}`)
  const videos = dice.pick([1, 2, 2, 3])
  const scene = sceneOf({ dice, run, seed, topUp: dice.chance(0.5), videos })
  const faults = [
    ...(dice.chance(0.6) ? [lateBalance(dice)] : []),
    ...(dice.chance(0.6) ? [lateRows(dice)] : []),
    ...(dice.chance(0.4) ? failures(dice) : []),
    ...(dice.chance(0.4) ? [otherNames(dice)] : []),
    ...(dice.chance(0.35) ? lostAnswers(dice) : []),
    ...(dice.chance(0.2) ? [mixedRows] : []),
    ...(dice.chance(0.35) ? [oddRow(dice)] : []),
  ]
  const chosen = faults.length > 0 ? faults : [lateBalance(dice), lateRows(dice)]
  const hosts = dice.pick([1, 1, 2])
  const script: Scripted[] = [{ at: 0, do: 'faults', faults: chosen, name: 'late' }]
  for (let host = 0; host < hosts; host += 1) script.push({ at: 0, do: 'start', host })
  let at = 1_000
  for (const request of scene.requests.keys()) {
    script.push({ at, do: 'buy', host: dice.below(hosts), request })
    at += dice.pick([0, 500, 5_000, 30_000, 6 * minute])
  }
  if (dice.chance(0.2)) script.push({ at: at + 1_000, do: 'topUp', host: 0, wish: '4' })
  // Until the last of them has shown by itself.
  script.push({ at: at + 70 * minute, do: 'lift', name: 'late' })
  const varied = chosen.map((fault) => JSON.stringify({ ...fault, route: undefined })).join(' ')
  return { ...scene, outages: [], script, varied }
}

/** How late something is, in milliseconds. */
function lateness(dice: Dice): number {
  return dice.pick([
    2_000,
    5_000,
    20_000,
    minute,
    3 * minute,
    10 * minute,
    20 * minute,
    30 * minute,
  ])
}

function lateBalance(dice: Dice): FaultInput {
  return { kind: 'late-balance', ms: lateness(dice), route: 'balance', times: 'always' }
}

function lateRows(dice: Dice): FaultInput {
  const of = dice.pick([
    ['CHARGE'],
    ['TOP_UP'],
    ['REFUND'],
    ['CHARGE', 'TOP_UP'],
    ['CHARGE', 'REFUND', 'TOP_UP'],
  ] as const)
  return {
    kind: 'late-rows',
    ms: lateness(dice),
    of: [...of],
    route: 'transactions',
    times: 'always',
  }
}

/** A job that fails, and whose refund comes late or without a name. */
function failures(dice: Dice): FaultInput[] {
  return [
    { kind: 'job-failed', refund: dice.chance(0.8), route: 'retrieve', skip: dice.below(3) },
    ...(dice.chance(0.6)
      ? [{ kind: 'late-refund', ms: lateness(dice), route: 'retrieve', times: 'always' } as const]
      : []),
    ...(dice.chance(0.5)
      ? [{ kind: 'nameless-refund', route: 'retrieve', times: 'always' } as const]
      : []),
  ]
}

function otherNames(dice: Dice): FaultInput {
  const form = dice.pick(['hex', 'chat', 'none'] as const)
  return {
    form,
    kind: 'other-request-id',
    route: 'queue',
    times: dice.pick([1, 'always'] as const),
  }
}

/** Answers to paid calls that are lost: then the rows are all there is, unless a nonce tells. */
function lostAnswers(dice: Dice): FaultInput[] {
  const lost: FaultInput = {
    kind: 'reset',
    route: 'queue',
    skip: dice.below(2),
    when: dice.pick(['after', 'after', 'before'] as const),
  }
  const forgets = { kind: 'nonce-forgotten', route: '*', times: 'always' } as const
  return dice.chance(0.5) ? [lost, forgets] : [lost]
}

const mixedRows: FaultInput = { kind: 'mixed-rows', route: 'transactions', times: 'always' }

/** A row of a type that nobody knows, one dated in 2099, or one of ours dated then. */
function oddRow(dice: Dice): FaultInput {
  const dated = '2099-01-01T00:00:00.000Z'
  const usd = dice.pick(['0', '0.01', '1.5'])
  return dice.pick<FaultInput>([
    { kind: 'odd-row', route: 'queue', type: 'BONUS', usd },
    { dated, kind: 'odd-row', route: 'queue', type: 'BONUS', usd },
    { kind: 'row-clock', ms: 2_280_000_000_000, route: '*', skip: dice.below(2) },
  ])
}
