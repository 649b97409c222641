import * as Money from '../../Money.js'
import * as Venice from '../../Venice.js'
import { admitReader } from '../admitReader.js'
import { topUp } from '../challenges.js'
import { spendable } from '../credit.js'
import { takeFault } from '../takeFault.js'
import type { Account, Trace, World } from '../world.js'

/** `GET /x402/balance/{wallet}`: the credit, for its own wallet only. */
export async function serveBalance(
  world: World,
  request: Request,
  trace: Trace,
): Promise<Response> {
  const account = await admitReader(world, { request, route: 'balance', trace })
  const lie = takeFault(world, trace, 'balance-lie')
  const balance = lie
    ? Money.parseExact(lie.usd)
    : account.credit - notYetShown(world, trace, account)
  trace.verdict = `credit ${Money.formatExact(balance)}`
  return Response.json({
    data: {
      balanceUsd: Money.exactToNumber(balance),
      canConsume: (lie ? Money.floor(balance) : spendable(account)) >= Venice.floor,
      ...(account.diem !== undefined && { diemBalanceUsd: Money.toNumber(account.diem) }),
      minimumTopUpUsd: Money.toNumber(topUp.minimum),
      suggestedTopUpUsd: Money.toNumber(topUp.suggested),
      walletAddress: account.id,
    },
    success: true,
  })
}

/** Credit that a balance shows only later, as a live one was found to do. */
function notYetShown(world: World, trace: Trace, account: Account): bigint {
  const lag = takeFault(world, trace, 'late-balance')?.ms ?? world.observed?.facts.balance_lag_ms
  const since = world.now().getTime() - (lag ?? 0)
  const late = world.rows
    .filter((row) => row.account === account.id && row.type === 'TOP_UP' && row.at > since)
    .reduce((sum, { amount }) => sum + amount, 0n)
  return late < account.credit ? late : account.credit
}
