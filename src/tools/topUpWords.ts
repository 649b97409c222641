import type { raiseCredit } from '../flows/raiseCredit.js'
import * as Money from '../Money.js'
import { callOf } from './callOf.js'

type Words = {
  /** What became of the payment, in one line that is true whatever happens next. */
  line: string
  /** What to do next. */
  next: string
}

/** What has become of a top-up, for whoever asked for it. Refused or unclear is never called paid. */
export function topUpWords(raised: raiseCredit.ReturnType, options: topUpWords.Options): Words {
  const { credit, larger, least, payment, refused } = raised
  const { again, look = `call ${callOf('wallet_status')}`, target = least } = options
  if (!payment)
    return {
      line: 'Nothing was paid: the credit was there already.',
      next: 'Nothing was paid: the credit was there already. Call video_quote.',
    }
  const { amount, detail, id, payTo, status, validBefore } = payment
  const sum = Money.display(amount)
  const to = `$${Money.format(amount)} USDC to ${payTo}`
  const said = detail ? `: ${detail}` : ''
  const one = Money.display(least)
  if (status === 'credited')
    return {
      line: `Paid      ${to}: credited`,
      next:
        larger && credit < target
          ? `The credit is ${Money.display(credit)} of ${Money.display(target)}. Venice refused ${Money.display(larger.amount)} at once, so each payment is ${one}: ${again} for the next, within the owner’s caps.`
          : 'The credit is there. Call video_quote.',
    }
  if (refused) {
    const line = `Refused   ${to}${said}`
    const wait = `Venice refused the payment of ${sum} in every form (refused: ${refused.join(', ')}). In case it was paid all the same, no other is signed until it has expired unspent, at ${validBefore.toISOString()} or a little later.`
    const way =
      amount > least
        ? `Then ${again}: it pays ${one} at a time, within the owner’s caps, each agreed to by itself.`
        : 'Do not pay again: tell the wallet’s owner, and look for an update of zecchino.'
    return { line, next: `${wait} ${way}` }
  }
  if (status === 'failed_unpaid')
    return {
      line: `Not paid  ${to}${said}`,
      next: `The payment did not settle and nothing was paid. Before trying again, ${look}.`,
    }
  if (status === 'paid_not_credited')
    return {
      line: `Paid      ${to}: Venice has not credited it${detail ? ` (${detail})` : ''}`,
      next: `The payment left the wallet, and Venice has not credited it. Do not pay again: the wallet’s owner runs \`zecchino resolve ${id}\`.`,
    }
  return {
    line: `Sent      ${to}: not confirmed yet${detail ? ` (${detail})` : ''}`,
    next: `The payment is not confirmed yet: it is asked about until that is known, and counts as spent till then. Do not pay again: ${look} in a minute.`,
  }
}

export declare namespace topUpWords {
  type Options = {
    /** How the same is asked for once more, such as ``run `zecchino top-up 8` ``. */
    again: string
    /** How one sees where it stands, in the same way. @default by the tool `wallet_status` */
    look?: string | undefined
    /** Credit to reach, in micro-dollars. @default the least that can be paid */
    target?: bigint | undefined
  }
}
