import * as Policy from '../Policy.js'
import type { Zecchino } from './createZecchino.js'

/**
 * Reads the policy in force: what this process was given, and what the ledger has where that allows
 * less. It is asked anew for each deed, so that an owner's word is heard in the middle of a day's
 * work. What is booked is held to it again by the ledger itself.
 */
export async function policyOf(zecchino: Zecchino): Promise<Policy.Policy> {
  const { ledger, policy } = zecchino
  // Nothing is spent with a ledger that cannot be written, and an old one may not have the table.
  if (ledger.readOnly) return policy
  return Policy.inForce(ownOf(zecchino), await ledger.policy())
}

/** What this process brings, as the ledger takes it. */
export function ownOf({ chosen, policy }: Pick<Zecchino, 'chosen' | 'policy'>): Policy.Own {
  return { chosen, policy }
}
