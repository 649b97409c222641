import { getBalance } from '../../actions/getBalance.js'
import * as Money from '../../Money.js'
import { walletTopUp } from '../../tools/walletTopUp.js'
import { confirm } from '../confirm.js'
import type { Context } from '../runCommand.js'
import { toolInput } from '../toolInput.js'

/** `zecchino top-up`. */
export async function topUp(context: Context): Promise<void> {
  const { args, open, print } = context
  const zecchino = await open()
  const input = toolInput(walletTopUp, args[0] === undefined ? {} : { credit_usd: args[0] })
  const { balanceUsd, minimumTopUpUsd } = await getBalance(zecchino.client)
  const target = input.credit_usd === undefined ? minimumTopUpUsd : Money.parse(input.credit_usd)
  if (balanceUsd < target)
    await confirm(
      context,
      `Raise the credit from ${Money.display(balanceUsd)} to at least ${Money.display(target)}?`,
    )
  const result = await walletTopUp.run(zecchino, input, {})
  const { payment } = result
  print(result, [
    payment
      ? `Paid      $${payment.amount_usd} USDC to ${payment.pay_to}: ${payment.status}`
      : 'Nothing was paid: the credit was there already.',
    ...(payment?.transaction ? [`Settled   ${payment.transaction}`] : []),
    `Credit    $${result.credit_usd}`,
  ])
}
