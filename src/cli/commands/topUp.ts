import * as Errors from '../../Errors.js'
import { raiseCredit } from '../../flows/raiseCredit.js'
import * as Money from '../../Money.js'
import { topUpWords } from '../../tools/topUpWords.js'
import * as Wallet from '../../Wallet.js'
import { paymentOf, walletTopUp } from '../../tools/walletTopUp.js'
import { confirm } from '../confirm.js'
import { processTerminal, requireOwner } from '../owner.js'
import type { Context } from '../runCommand.js'
import { toolInput } from '../toolInput.js'

/** `zecchino top-up`: asks, and where the policy wants the owner, asks for the passphrase. */
export async function topUp(context: Context): Promise<void> {
  const { args, config, open, print, show } = context
  const zecchino = await open()
  if (zecchino.payer === 'key') throw new Wallet.NeedsWalletError({ what: 'top-up' })
  const input = toolInput(walletTopUp, args[0] === undefined ? {} : { credit_usd: args[0] })
  const target = input.credit_usd === undefined ? undefined : Money.parse(input.credit_usd)
  await confirm(context, `Raise the credit to ${target ? Money.display(target) : 'the minimum'}?`)
  const raised = await raiseCredit(zecchino, {
    async approve(amount) {
      show(`Top-up    ${Money.display(amount)} USDC on ${zecchino.network.title}`)
      await requireOwner((await config()).home, processTerminal())
      return true
    },
    credit: target,
  })
  const { credit, larger, payment } = raised
  const again = `run \`zecchino top-up${target ? ` ${Money.format(target)}` : ''}\` again`
  const { line, next } = topUpWords(raised, { again, look: 'run `zecchino wallet`', target })
  const isPart = larger !== undefined && target !== undefined && credit < target
  const isOpen = isPart || (payment !== undefined && payment.status !== 'credited')
  print(
    {
      credit_usd: Money.format(credit),
      ...(payment && { payment: paymentOf(payment) }),
      ...(isOpen && { next }),
    },
    [
      line,
      ...(payment?.transaction ? [`Settled   ${payment.transaction}`] : []),
      `Credit    ${Money.display(credit)}`,
      ...(isOpen ? [`Next      ${next}`] : []),
    ],
  )
  // Whoever goes on with what was asked for would go on without it.
  if (isOpen) process.exitCode = Errors.codes.PAYMENT_UNRESOLVED.exit
}
