import type { FaultInput } from '../../../src/sandbox/faults.js'
import { shapes } from '../../../src/sandbox/outages.js'
import { createDice, type Dice } from './createDice.js'
import type { LivePlan, Scripted } from './livePlan.js'
import { sceneOf } from './sceneOf.js'

/** A time in which some routes give wrong answers only. Milliseconds since the run began. */
export type Outage = { from: number; routes: readonly Route[]; to: number }

const everything = [
  'balance',
  'complete',
  'download',
  'models',
  'queue',
  'quote',
  'retrieve',
  'top-up',
  'transactions',
] as const
type Route = (typeof everything)[number] | 'rpc'

const wheres = [
  ['retrieve'],
  ['retrieve'],
  ['retrieve', 'download'],
  ['download'],
  ['queue'],
  ['queue', 'retrieve'],
  ['balance'],
  ['transactions'],
  ['transactions', 'retrieve'],
  ['quote'],
  ['complete'],
  ['top-up'],
  ['rpc', 'top-up'],
  everything,
  everything,
  [...everything, 'rpc'],
] as const satisfies readonly (readonly Route[])[]

const statuses = [400, 403, 404, 410, 429, 500, 502, 503, 504, 520] as const

const minute = 60_000
const hour = 60 * minute

/** How long it lasts: as often seconds as minutes, as hours, or longer than what is kept. */
function lengthOf(dice: Dice): number {
  const [least, most] = dice.pick([
    [1_000, 60_000],
    [60_000, 20 * minute],
    [20 * minute, 4 * hour],
    [4 * hour, 25 * hour],
  ] as const)
  return least + dice.below(most - least)
}

/** A wrong answer: of an edge, of a gateway, of nobody, in Venice's own form, or none at all. */
function wrong(dice: Dice, { length }: { length: number }) {
  const kind = dice.pick(['outage', 'outage', 'outage', 'outage', 'reset', 'hang'] as const)
  // Each request that is never answered takes its time here too.
  if (kind === 'hang' && length < 20 * minute)
    return { kind, when: dice.pick(['before', 'after'] as const) }
  if (kind === 'reset') return { kind, when: dice.pick(['before', 'after', 'mid-body'] as const) }
  const shape = dice.pick(shapes)
  const status = dice.chance(0.1) && shape !== 'venice' ? 200 : dice.pick(statuses)
  return {
    kind: 'outage' as const,
    shape,
    status,
    when: dice.chance(0.8) ? ('before' as const) : ('after' as const),
  }
}

/** Plans a run in which the provider, or what stands before it, is out for seconds or hours. */
export function outagesPlan({ run, seed }: { run: number; seed: string }): LivePlan {
  const dice = createDice(`${seed}:outages:${run}`)
  const videos = dice.pick([1, 1, 1, 2, 2, 3])
  const scene = sceneOf({ dice, run, seed, videos })
  const hosts = dice.pick([1, 1, 2])
  const script: Scripted[] = []
  const outages: Outage[] = []
  const words: string[] = []
  for (let host = 0; host < hosts; host += 1) script.push({ at: 0, do: 'start', host })
  let at = 2_000
  for (const request of scene.requests.keys()) {
    script.push({ at, do: 'buy', host: dice.below(hosts), request })
    at += dice.pick([0, 3_000, 40_000, 5 * minute])
  }

  // It mostly begins once something is bought: an outage before costs nothing.
  let from = dice.pick([0, 2_100, 3_500, 6_000, 10_000, 15_000, 18_000, 22_000, 40_000])
  let hangs = false
  for (let count = dice.pick([1, 1, 2]); count > 0; count -= 1) {
    const length = lengthOf(dice)
    const routes = dice.pick(wheres)
    const fault = wrong(dice, { length })
    // What reads the chain has a deadline of its own, by the system's clock.
    const struck = fault.kind === 'hang' ? routes.filter((route) => route !== 'rpc') : routes
    const faults = struck.map((route): FaultInput => ({ ...fault, route, times: 'always' }))
    const name = `outage ${count}`
    script.push({ at: from, do: 'faults', faults, name }, { at: from + length, do: 'lift', name })
    outages.push({ from, routes: struck, to: from + length })
    hangs ||= fault.kind === 'hang'
    words.push(`${wordOf(fault)} at ${struck.join('+')} from ${from} for ${length}`)
    from += length + dice.pick([1_000, 70_000, 30 * minute])
  }
  // Whether the wallet is of use after it shows in another purchase.
  const last = Math.max(...outages.map(({ to }) => to))
  if (scene.requests.length > 1 && dice.chance(0.5)) {
    const index = script.findLastIndex((one) => one.do === 'buy')
    const buy = script[index]
    if (buy) script[index] = { ...buy, at: last + 5_000 }
  }
  if (hosts > 1 && dice.chance(0.4)) {
    const at = 5_000 + dice.below(120_000)
    script.push({ at, do: 'end', host: 0, how: dice.pick(['SIGKILL', 'close'] as const) })
  }
  return {
    ...scene,
    ...(hangs && { hangs }),
    outages,
    script,
    varied: words.join('; '),
  }
}

function wordOf(fault: ReturnType<typeof wrong>): string {
  return fault.kind === 'outage' ? `${fault.status} ${fault.shape}` : `${fault.kind} ${fault.when}`
}
