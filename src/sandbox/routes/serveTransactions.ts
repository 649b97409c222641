import * as z from 'zod'

import * as Money from '../../Money.js'
import { admitReader } from '../admitReader.js'
import { parseBody } from '../parseBody.js'
import { takeFault } from '../takeFault.js'
import { wireRow } from '../wireRow.js'
import type { Account, Row, Trace, World } from '../world.js'

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
  const rows = rowsOf(world, trace, account)
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

/** The rows of an account that are shown by now, newest first. */
function rowsOf(world: World, trace: Trace, account: Account): Row[] {
  const rows = world.rows.filter((row) => row.account === account.id).reverse()
  const late = takeFault(world, trace, 'late-rows')
  const since = world.now().getTime() - (late?.ms ?? 0)
  const hidden: readonly string[] = late?.of ?? []
  const shown = rows.filter(({ at, type }) => at <= since || !hidden.includes(type))
  if (!takeFault(world, trace, 'mixed-rows')) return shown
  // In the order of their random ids, so that a page and the next are of one order.
  return shown.toSorted((one, other) => (one.id < other.id ? -1 : 1))
}
