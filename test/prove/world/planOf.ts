import type { Turn } from './dimensions.js'
import { type KillsPlan, killsPlan } from './killsPlan.js'

/** All that happens to one wallet in a run. */
export type Plan = KillsPlan & Turn

/** Plans a run: the same seed, dimension and number give the same plan. */
export function planOf({ dimension, seed, turn }: Turn & { seed: string }): Plan {
  return { ...killsPlan({ run: turn, seed }), dimension, turn }
}
