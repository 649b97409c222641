import type * as Policy from '../Policy.js'
import type { Zecchino } from './createZecchino.js'
import { ownOf } from './policyOf.js'

/**
 * Puts rules on the ledger as the owner's word: they replace what was in force, for every process of
 * the wallet from its next booking on. It is the only way to allow more than before, so it belongs
 * where no agent can call it. A process that was started with less of its own keeps to that.
 *
 * @example
 * ```ts
 * await setPolicy(zecchino, { maxPerVideoUsd: Money.parse('5') })
 * ```
 */
export async function setPolicy(
  zecchino: Zecchino,
  change: Partial<Policy.Policy>,
): Promise<Policy.Version> {
  return zecchino.ledger.setPolicy(change, ownOf(zecchino))
}
