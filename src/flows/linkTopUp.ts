import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import type * as Venice from '../Venice.js'
import type { Zecchino } from './createZecchino.js'

/** Ties a TOP_UP to its payment. One without an answer is credited by it. `false`: it was tied already. */
export async function linkTopUp(
  { client, ledger }: Zecchino,
  options: { payment: Ledger.Payment; row: Venice.Transaction; tie: () => Promise<boolean> },
): Promise<boolean> {
  const { payment, row, tie } = options
  const { amount, id, status } = payment
  // Before it is tied: a process that dies in between leaves the row for the next one.
  if (status === 'failed_unpaid')
    await ledger.freeze(
      `Venice credited ${Money.display(amount)} at ${row.createdAt} for ${id}, which counts as unpaid; compare \`zecchino transactions\`, then run: zecchino unfreeze.`,
    )
  if (!(await tie())) return false
  if (!Ledger.canMovePayment(status, 'credited')) return true
  const detail = `credited by Venice's row ${row.id}`
  if (await ledger.movePayment(id, { from: status, patch: { detail }, to: 'credited' }))
    client.onEvent({ detail, paymentId: id, status: 'credited', type: 'topup.moved' })
  return true
}
