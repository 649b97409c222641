import * as Money from '../../Money.js'
import * as Venice from '../../Venice.js'
import { admitReader } from '../admitReader.js'
import { topUp } from '../challenges.js'
import { spendable } from '../credit.js'
import { takeFault } from '../takeFault.js'
import type { Trace, World } from '../world.js'

/** `GET /x402/balance/{wallet}`: the credit, for its own wallet only. */
export async function serveBalance(
  world: World,
  request: Request,
  trace: Trace,
): Promise<Response> {
  const account = await admitReader(world, { request, route: 'balance', trace })
  const lie = takeFault(world, trace, 'balance-lie')
  const balance = lie ? Money.parse(lie.usd) : account.credit
  trace.verdict = `credit ${Money.display(balance)}`
  return Response.json({
    data: {
      balanceUsd: Money.toNumber(balance),
      canConsume: (lie ? balance : spendable(account)) >= Venice.floor,
      ...(account.diem !== undefined && { diemBalanceUsd: Money.toNumber(account.diem) }),
      minimumTopUpUsd: Money.toNumber(topUp.minimum),
      suggestedTopUpUsd: Money.toNumber(topUp.suggested),
      walletAddress: account.id,
    },
    success: true,
  })
}
