import { call, MalformedAnswerError, valueOf } from '../client/call.js'
import type { Client } from '../client/createClient.js'
import { walletOf } from '../client/walletOf.js'
import * as Venice from '../Venice.js'

/** Pages in a row that hold nothing new, before the server is taken to be going in circles. */
const maxRepeats = 3

/** So many older rows on a page, or all of them, are the end of what is asked for. */
const enough = 10

/**
 * Reads the provider's own ledger of the wallet, newest first, page by page. Signed in, free.
 *
 * @throws {@link MalformedAnswerError} when the pages do not end.
 */
export async function listTransactions(
  client: Client,
  options: listTransactions.Options = {},
): Promise<Venice.Transaction[]> {
  const { limit = 1_000, since } = options
  const { address } = walletOf(client, 'transactions')
  const path = `/x402/transactions/${address}`
  const rows = new Map<string, Venice.Transaction>()
  let repeats = 0
  for (let offset = 0; rows.size < limit; offset += 100) {
    const answer = await call(client, { path: `${path}?limit=100&offset=${offset}` })
    const { pagination, transactions } = valueOf(answer, Venice.Transactions).data
    // A row posted meanwhile shifts the pages: the map drops what comes twice.
    const known = rows.size
    for (const row of transactions) rows.set(row.id, row)
    repeats = rows.size > known ? 0 : repeats + 1
    const older = transactions.filter((row) => since && Date.parse(row.createdAt) < since.getTime())
    // A row of an odd date says nothing about those after it; several of a page do.
    const past = since && older.length >= Math.min(enough, transactions.length)
    if (!pagination.hasMore || transactions.length === 0 || past) break
    if (repeats === maxRepeats) throw new MalformedAnswerError({ path })
  }
  return [...rows.values()].slice(0, limit)
}

export declare namespace listTransactions {
  type Options = {
    /** The newest so many rows. @default 1_000 */
    limit?: number | undefined
    /** Reads no further than the page on which older rows begin; without it, all of them. */
    since?: Date | undefined
  }
}
