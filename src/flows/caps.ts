import * as Ledger from '../Ledger.js'
import type * as Policy from '../Policy.js'

/** The budgets of a policy, as the ledger books them. */
export function caps(policy: Policy.Policy): Ledger.Caps {
  return Ledger.capsOf(policy)
}
