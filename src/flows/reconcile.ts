import { listTransactions } from '../actions/listTransactions.js'
import * as Money from '../Money.js'
import * as Spending from '../Spending.js'
import * as Wallet from '../Wallet.js'
import type { Zecchino } from './createZecchino.js'
import { syncRows } from './syncRows.js'

/** One difference between our ledger and the provider's, in words. */
export type Difference = { id: string; says: string }

/**
 * Holds the ledger against the provider's own rows, all of them, row by row. Free and without
 * effect beyond tying rows.
 *
 * @throws {@link Wallet.NeedsWalletError} when an API key pays: it is shown no rows.
 */
export async function reconcile(zecchino: Zecchino): Promise<reconcile.ReturnType> {
  if (zecchino.payer === 'key') throw new Wallet.NeedsWalletError({ what: 'reconcile' })
  const { client, ledger } = zecchino
  await syncRows(zecchino)
  const rows = await listTransactions(client, { limit: 100_000 })
  const untied = new Set((await ledger.unlinkedRows()).map(({ id }) => id))
  const differences: Difference[] = []
  for (const { amount, createdAt, id, type } of rows)
    if (untied.has(id))
      differences.push({
        id,
        says: `${type} of ${Money.display(amount)} at ${createdAt} is nobody's here`,
      })

  for (const payment of await ledger.payments({ statuses: ['credited'] })) {
    const [row] = await ledger.linkedRows(payment.id)
    const amount = Money.display(payment.amount)
    if (!row)
      differences.push({ id: payment.id, says: `credited with ${amount}, but Venice shows no row` })
    else if (row.amount !== payment.amount)
      differences.push({
        id: payment.id,
        says: `${amount} paid, ${Money.display(row.amount)} credited`,
      })
  }
  for (const job of await ledger.jobs()) {
    const tied = await ledger.linkedRows(job.id)
    const charged = Spending.charged(tied)
    const price = Money.display(job.price)
    if (job.queueId && tied.length === 0)
      differences.push({ id: job.id, says: `queued for ${price}, but Venice shows no charge` })
    else if (job.queueId && charged !== job.price)
      differences.push({ id: job.id, says: `priced ${price}, charged ${Money.display(charged)}` })
  }
  return { differences, rows: rows.length }
}

export declare namespace reconcile {
  type ReturnType = { differences: Difference[]; rows: number }
}
