import { listTransactions } from '../../actions/listTransactions.js'
import * as Money from '../../Money.js'
import { printable } from '../../internal/printable.js'
import type { Context } from '../runCommand.js'
import { table } from '../table.js'
import { wholeNumber } from '../wholeNumber.js'

/** `zecchino transactions`. */
export async function transactions({ open, options, print }: Context): Promise<void> {
  const { client } = await open()
  const rows = await listTransactions(client, { limit: wholeNumber('--limit', options['limit']) })
  const result = {
    transactions: rows.map((row) => ({
      id: row.id,
      type: row.type,
      amount_usd: Money.formatExact(row.exact ?? Money.exact(row.amount)),
      balance_after_usd: Money.format(row.balanceAfter),
      created_at: row.createdAt,
      model: row.modelId,
      request_id: row.requestId,
    })),
  }
  const cells = rows.map((row) => [
    row.createdAt,
    printable(row.type, 20),
    Money.display(row.amount),
    Money.display(row.balanceAfter),
    printable(row.modelId ?? '', 60),
    printable(row.requestId ?? '', 60),
  ])
  print(result, table(['time', 'type', 'amount', 'credit after', 'model', 'request'], cells))
}
