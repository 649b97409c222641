import { getBalance } from '../../actions/getBalance.js'
import * as Money from '../../Money.js'
import type { Context } from '../runCommand.js'

/** `zecchino balance`. */
export async function balance({ open, print }: Context): Promise<void> {
  const { client } = await open()
  const { balanceUsd, canConsume, diemBalanceUsd, minimumTopUpUsd } = await getBalance(client)
  const result = {
    credit_usd: Money.format(balanceUsd),
    can_consume: canConsume,
    minimum_top_up_usd: Money.format(minimumTopUpUsd),
    ...(diemBalanceUsd !== undefined && { diem_usd: Money.format(diemBalanceUsd) }),
  }
  print(result, [
    `Credit    ${Money.display(balanceUsd)}${canConsume ? '' : ' (too little to buy anything)'}`,
    ...(diemBalanceUsd === undefined ? [] : [`DIEM      ${Money.display(diemBalanceUsd)}`]),
  ])
}
