import * as z from 'zod'

import * as Money from '../../Money.js'
import { admitReader } from '../admitReader.js'
import { parseBody } from '../parseBody.js'
import { wireRow } from '../wireRow.js'
import type { Trace, World } from '../world.js'

const Query = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  offset: z.coerce.number().int().min(0).default(0),
})

/** `GET /x402/transactions/{wallet}`: the provider's ledger of the wallet, newest first. */
export async function serveTransactions(
  world: World,
  request: Request,
  trace: Trace,
): Promise<Response> {
  const account = await admitReader(world, { request, route: 'transactions', trace })
  const query = Object.fromEntries(new URL(request.url).searchParams)
  const { limit, offset } = parseBody(Query, query)
  const rows = world.rows.filter((row) => row.account === account.id).reverse()
  const shown = rows.slice(offset, offset + limit)
  trace.verdict = `${shown.length} of ${rows.length} rows`
  return Response.json({
    data: {
      currentBalance: Money.exactToNumber(account.credit),
      pagination: { hasMore: offset + shown.length < rows.length, limit, offset },
      transactions: shown.map(wireRow),
      walletAddress: account.id,
    },
    success: true,
  })
}
