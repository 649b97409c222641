import { call, valueOf } from '../client/call.js'
import type { Client } from '../client/createClient.js'
import * as Venice from '../Venice.js'
import * as Wallet from '../Wallet.js'

/**
 * Reads the provider's own ledger of the wallet, newest first, page by page. Signed in, free.
 *
 * @param options.since Stops at the first row older than this; all rows without it.
 */
export async function listTransactions(
  client: Client,
  options: { limit?: number | undefined; since?: Date | undefined } = {},
): Promise<Venice.Transaction[]> {
  const { limit = 1_000, since } = options
  if (!client.wallet) throw new Wallet.NoWalletError()
  const path = `/x402/transactions/${client.wallet.address}`
  const rows = new Map<string, Venice.Transaction>()
  // A server that never ends is left after twice as many pages as the rows need.
  for (let offset = 0; rows.size < limit && offset < 2 * limit + 100; offset += 100) {
    const answer = await call(client, { path: `${path}?limit=100&offset=${offset}` })
    const { pagination, transactions } = valueOf(answer, Venice.Transactions).data
    // A row posted meanwhile shifts the pages: the map drops what comes twice.
    for (const row of transactions) rows.set(row.id, row)
    const oldest = transactions.at(-1)
    const past = since && oldest && Date.parse(oldest.createdAt) < since.getTime()
    if (!pagination.hasMore || transactions.length === 0 || past) break
  }
  return [...rows.values()]
    .filter((row) => !since || Date.parse(row.createdAt) >= since.getTime())
    .slice(0, limit)
}
