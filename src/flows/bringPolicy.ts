import type * as Ledger from '../Ledger.js'
import type { Zecchino } from './createZecchino.js'
import { ownOf } from './policyOf.js'

/** What was said already, by ledger: each process has a handle of its own. */
const said = new WeakMap<Ledger.Ledger, Promise<void>>()

/**
 * Tells the ledger what this process allows, once, as early as can be: where that is less than what is
 * on it, it holds for every process. Once only, because the owner may have said more since.
 */
export function bringPolicy(zecchino: Zecchino): Promise<void> {
  const { ledger } = zecchino
  const before = said.get(ledger)
  if (before) return before
  const now = ledger.bringPolicy(ownOf(zecchino)).catch((error: unknown) => {
    said.delete(ledger)
    throw error
  })
  said.set(ledger, now)
  return now
}
