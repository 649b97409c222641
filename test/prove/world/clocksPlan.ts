import type { FaultInput } from '../../../src/sandbox/faults.js'
import { createDice, type Dice } from './createDice.js'
import type { LivePlan, Scripted } from './livePlan.js'
import { sceneOf } from './sceneOf.js'

const minute = 60_000

/** Whose clock may be wrong. */
const owners = ['client', 'ledger', 'provider', 'rpc'] as const
type Owner = (typeof owners)[number]

/** Plans a run in which clocks are off by up to ten minutes, and are put right, or wrong, on the way. */
export function clocksPlan({ run, seed }: { run: number; seed: string }): LivePlan {
  const dice = createDice(`${seed}:clocks:${run}`)
  const videos = dice.pick([1, 2, 2, 3])
  // Whoever's clock is off by more than a minute does not pay, so most have credit.
  const scene = sceneOf({ dice, run, seed, topUp: dice.chance(0.3), videos })
  const hosts = dice.pick([1, 2, 2])
  const script: Scripted[] = []
  for (let host = 0; host < hosts; host += 1) script.push({ at: 0, do: 'start', host })
  const [first, ...rest] = owners.toSorted(() => (dice.chance(0.5) ? 1 : -1))
  const wrong = dice.chance(0.5) ? [first as Owner] : owners.filter(() => dice.chance(0.7))
  const chosen = wrong.length > 0 ? wrong : [first as Owner, ...rest]
  const words: string[] = []
  for (const owner of chosen) {
    const times = dice.chance(0.5) ? [0] : [0, dice.pick([2_400, 3_200, 8_000, 40_000, 4 * minute])]
    for (const at of times) {
      const ms = at > 0 && dice.chance(0.4) ? 0 : offBy(dice)
      const host = owner === 'client' && hosts > 1 && dice.chance(0.6) ? 0 : undefined
      script.push(...setClock(dice, { at, host, ms, owner }))
      words.push(`${owner}${host === undefined ? '' : ` of ${host}`} ${ms} at ${at}`)
    }
  }
  if (dice.chance(0.4)) {
    const lost: FaultInput = { kind: 'reset', route: 'queue', when: 'after' }
    const forgets = { kind: 'nonce-forgotten', route: '*', times: 'always' } as const
    script.push({ at: 0, do: 'faults', faults: dice.chance(0.5) ? [lost, forgets] : [lost] })
    words.push('a lost answer')
  }
  let at = 2_000
  for (const request of scene.requests.keys()) {
    script.push({ at, do: 'buy', host: dice.below(hosts), request })
    at += dice.pick([0, 5_000, 60_000, 6 * minute])
  }
  if (hosts > 1 && dice.chance(0.3))
    script.push({ at: 2_500 + dice.below(20_000), do: 'end', host: 0, how: 'SIGKILL' })
  script.push({ at: at + 45 * minute, do: 'lift', name: 'provider' })
  return { ...scene, outages: [], script, varied: words.join('; ') }
}

/** How wrong a clock is, in milliseconds. */
function offBy(dice: Dice): number {
  const size = dice.pick([3_000, 20_000, 45_000, 90_000, 200_000, 5 * minute, 10 * minute])
  return dice.chance(0.5) ? size : -size
}

/** What it takes for a clock to be wrong from now on. */
function setClock(
  dice: Dice,
  options: { at: number; host: number | undefined; ms: number; owner: Owner },
): Scripted[] {
  const { at, host, ms, owner } = options
  const name = owner === 'rpc' ? 'rpc' : 'provider'
  const always = { times: 'always' } as const
  switch (owner) {
    case 'client':
      return [{ at, client: ms, do: 'clocks', ...(host !== undefined && { host }) }]
    case 'ledger':
      return [{ at, do: 'clocks', ledger: ms }]
    case 'provider': {
      // Mostly one clock for answers and rows.
      const rows = dice.chance(0.8) ? ms : offBy(dice)
      const faults: FaultInput[] = [
        { kind: 'clock-skew', ms, route: '*', ...always },
        { kind: 'row-clock', ms: rows, route: '*', ...always },
      ]
      return [
        { at, do: 'lift', name },
        { at, do: 'faults', faults, name },
      ]
    }
    case 'rpc':
      return [
        { at, do: 'lift', name },
        { at, do: 'faults', faults: [{ kind: 'block-clock', ms, route: 'rpc', ...always }], name },
      ]
  }
}
