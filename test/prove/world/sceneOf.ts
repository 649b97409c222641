import type * as Video from '../../../src/Video.js'
import type { Dice } from './createDice.js'
import { requestOf, type Scene } from './killsPlan.js'

/** A wallet for a run of several processes, whose owner lets all of it pass unless told otherwise. */
export function sceneOf(options: sceneOf.Options): Scene {
  const { dice, policy, run, seed, topUp = dice.chance(0.35), videos } = options
  const wishes = Array.from({ length: videos }, () => dice.pick(['private', 'public'] as const))
  return {
    credit: topUp ? '0' : dice.pick(['3', '0.9', '2.9996799']),
    faults: [],
    kinds: [],
    pinned: dice.chance(0.5),
    policy: {
      maxCreditUsd: '10',
      maxPaidTotalUsd: '15',
      maxSpendPerDayUsd: '5',
      maxSpendTotalUsd: '5',
      maxTopUpUsd: '5',
      maxTopUpsPerDay: 2,
      ...policy,
    },
    requests: wishes.map((wish, index): Video.Request => requestOf({ index, run, seed, wish })),
    run,
    seed,
  }
}

export declare namespace sceneOf {
  type Options = Pick<Scene, 'run' | 'seed'> & {
    dice: Dice
    policy?: Scene['policy']
    /** Whether there is no credit at the start. @default now and then */
    topUp?: boolean
    videos: number
  }
}
