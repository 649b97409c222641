import type { Point } from '../../crash/createStage.js'
import { boundaries, names } from './boundaries.js'
import { createDice, type Dice } from './createDice.js'
import type { LivePlan, Scripted } from './livePlan.js'
import { sceneOf } from './sceneOf.js'

const minute = 60_000

/**
 * Plans a run of two to four processes of one wallet, some of which end for good, or sleep as under a
 * closed lid, while the others live on and buy other things.
 */
export function processesPlan({ run, seed }: { run: number; seed: string }): LivePlan {
  const dice = createDice(`${seed}:processes:${run}`)
  const count = dice.pick([2, 2, 3, 4])
  const videos = count + dice.below(3)
  // Credit for the first of them, so that some have to wait for a payment of another's.
  const scene = sceneOf({ dice, run, seed, topUp: dice.chance(0.4), videos })
  const script: Scripted[] = []
  const words: string[] = []
  const starts = Array.from({ length: count }, (_, host) => (host ? dice.pick([0, 0, 20_000]) : 0))
  for (const [host, at] of starts.entries()) script.push({ at, do: 'start', host })

  // The last of them lives on.
  const dying = 1 + dice.below(count - 1)
  for (let host = 0; host < dying; host += 1) {
    const buysAt = (starts[host] ?? 0) + dice.pick([1_000, 2_000, 30_000])
    script.push({ at: buysAt, do: 'buy', host, request: host })
    const end = endOf(dice, { buysAt, host })
    script.push(...end.script)
    words.push(`${host} ${end.word}`)
  }
  for (let request = dying; request < videos; request += 1) {
    const at = dice.pick([1_500, 2_500, 35_000, minute, 4 * minute, 10 * minute, 40 * minute])
    script.push({ at, do: 'buy', host: count - 1 - dice.below(count - dying), request })
  }
  const survivors = count - dying
  return {
    ...scene,
    outages: [],
    script,
    varied: `${count} processes; ${words.join('; ')}; ${survivors} live on`,
  }
}

/** How a process comes to its end. */
function endOf(dice: Dice, { buysAt, host }: { buysAt: number; host: number }) {
  const how = dice.pick(['point', 'point', 'point', 'time', 'close', 'lid', 'stop'] as const)
  if (how === 'stop') {
    const point = { ...pointOf(dice), signal: 'SIGSTOP' } as const
    const until = buysAt + dice.pick([2_000, 40_000, 4 * minute, 40 * minute, 3 * 60 * minute])
    const script: Scripted[] = [
      { at: buysAt - 500, do: 'arm', host, point },
      { at: until, do: 'wake', host },
    ]
    return { script, word: `stops ${point.when ?? 'after'} ${point.call} until ${until}` }
  }
  if (how === 'point') {
    const point = pointOf(dice)
    const script: Scripted[] = [{ at: buysAt - 500, do: 'arm', host, point }]
    // One that never gets there ends all the same, later.
    script.push({ at: buysAt + 20 * minute, do: 'end', host, how: 'SIGKILL' })
    return { script, word: `dies ${point.when ?? 'after'} ${point.call}` }
  }
  const at = buysAt + 200 + dice.below(dice.pick([1_500, 20_000, 60_000]))
  if (how === 'lid') {
    const until = at + dice.pick([40_000, 3 * minute, 3 * 60 * minute])
    const script: Scripted[] = [
      { at, do: 'sleep', host },
      { at: until, do: 'wake', host },
    ]
    return { script, word: `sleeps from ${at} to ${until}` }
  }
  const ending = how === 'close' ? 'close' : dice.pick(['SIGKILL', 'SIGTERM'] as const)
  const script: Scripted[] = [{ at, do: 'end', host, how: ending }]
  return { script, word: `ends at ${at} by ${ending}` }
}

/** A boundary that needs no help of the sandbox's, or any call. */
export function pointOf(dice: Dice): Point {
  if (dice.chance(0.4)) return { call: '*', skip: dice.below(dice.pick([40, 150, 300])) }
  const points = names.flatMap((name) =>
    boundaries[name].flatMap((variant) =>
      'faults' in variant || 'first' in variant ? [] : [variant.point as Point],
    ),
  )
  return dice.pick(points)
}
