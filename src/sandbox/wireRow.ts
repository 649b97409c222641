import * as Money from '../Money.js'
import type { Row } from './world.js'

/** A row of the ledger as it is on the wire. */
export function wireRow(row: Row) {
  return {
    amount: Money.exactToNumber(row.amount),
    balanceAfter: Money.exactToNumber(row.balanceAfter),
    createdAt: new Date(row.dated).toISOString(),
    id: row.id,
    modelId: row.modelId,
    requestId: row.requestId,
    type: row.type,
  }
}
