import { clocksPlan } from './clocksPlan.js'
import type { Turn } from './dimensions.js'
import { disksPlan } from './disksPlan.js'
import { type KillsPlan, killsPlan } from './killsPlan.js'
import { latenessPlan } from './latenessPlan.js'
import type { LivePlan } from './livePlan.js'
import { outagesPlan } from './outagesPlan.js'
import { ownersPlan } from './ownersPlan.js'
import { processesPlan } from './processesPlan.js'

/** All that happens to one wallet in a run. */
export type Plan = Turn & (KillsPlan | LivePlan)

/** Plans a run: the same seed, dimension and number give the same plan. */
export function planOf({ dimension, seed, turn }: Turn & { seed: string }): Plan {
  const base = { run: turn, seed }
  switch (dimension) {
    case 'kills':
      return { ...killsPlan(base), dimension, turn }
    case 'outages':
      return { ...outagesPlan(base), dimension, turn }
    case 'clocks':
      return { ...clocksPlan(base), dimension, turn }
    case 'disks':
      return { ...disksPlan(base), dimension, turn }
    case 'lateness':
      return { ...latenessPlan(base), dimension, turn }
    case 'owners':
      return { ...ownersPlan(base), dimension, turn }
    case 'processes':
      return { ...processesPlan(base), dimension, turn }
  }
}
