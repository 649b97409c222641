import { describe } from 'vitest'

import { answers } from '../ledgers/contract/answers.js'
import { approvals } from '../ledgers/contract/approvals.js'
import { attempts } from '../ledgers/contract/attempts.js'
import { audit } from '../ledgers/contract/audit.js'
import { budgets } from '../ledgers/contract/budgets.js'
import { leases } from '../ledgers/contract/leases.js'
import { credits } from '../ledgers/contract/credits.js'
import { migrations } from '../ledgers/contract/migrations.js'
import { payments } from '../ledgers/contract/payments.js'
import { policies } from '../ledgers/contract/policies.js'
import { races } from '../ledgers/contract/races.js'
import { refusals } from '../ledgers/contract/refusals.js'
import { rows } from '../ledgers/contract/rows.js'
import { terms } from '../ledgers/contract/terms.js'
import { transitions } from '../ledgers/contract/transitions.js'
import { values } from '../ledgers/contract/values.js'
import { verdicts } from '../ledgers/contract/verdicts.js'
import { wallets } from '../ledgers/contract/wallets.js'
import type { createProcesses } from './processes.js'
import type { Store } from './stores.js'

/** What every ledger keeps, whatever database is under it. */
export function ledgerContract(name: string, options: ledgerContract.Options): void {
  const { crush, processes, setup } = options
  describe(name, () => {
    transitions(setup)
    answers(setup)
    budgets(setup)
    leases(setup)
    payments(setup)
    credits(setup)
    attempts(setup)
    approvals(setup)
    rows(setup)
    verdicts(setup)
    values(setup)
    wallets(setup)
    audit(setup)
    migrations(setup)
    policies(setup)
    terms(setup)
    refusals(setup, processes)
    races(setup, { crush, processes })
  })
}

export declare namespace ledgerContract {
  type Options = {
    /** How many spend from one cap at the same time, and how often all of them together try. */
    crush: { attempts: number; clients: number; processes: number }
    processes: () => ReturnType<typeof createProcesses>
    setup: () => Promise<Store>
  }
}
