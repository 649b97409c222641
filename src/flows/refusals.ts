import * as Errors from '../Errors.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Policy from '../Policy.js'
import * as X402 from '../X402.js'

const rules: Record<keyof Ledger.Caps, keyof Policy.Policy> = {
  credit: 'maxCreditUsd',
  paid: 'maxPaidTotalUsd',
  perDay: 'maxSpendPerDayUsd',
  topUpsPerDay: 'maxTopUpsPerDay',
  total: 'maxSpendTotalUsd',
}

/** The error that tells a caller why the ledger set no money aside. */
export function errorOf(refused: Ledger.Refused): Errors.BaseError {
  switch (refused.refused) {
    case 'approval':
      return new ApprovalRequiredError(refused)
    case 'budget': {
      const show = refused.scope === 'topUpsPerDay' ? String : Money.display
      return new Policy.BudgetExceededError({
        asked: show(refused.asked),
        cap: show(refused.cap),
        rule: rules[refused.scope],
        used: show(refused.used),
      })
    }
    case 'clock':
      return new X402.ClockSkewError({ skew: refused.skew, whose: 'the ledger’s' })
    case 'frozen':
      return Ledger.stopped(refused)
    case 'payee':
      return new Policy.PayeeChangedError(refused)
    case 'policy':
      return new Policy.RefusedError(refused)
    case 'moved':
    case 'open_payment':
      return new PaymentUnresolvedError()
  }
}

/** A person has to agree first, and has not, or agreed to something else. */
export class ApprovalRequiredError extends Errors.BaseError {
  override readonly code = 'APPROVAL_REQUIRED'
  override readonly name = 'ApprovalRequiredError'

  /** The payment that a person has to agree to, in micro-dollars, where it is one. */
  readonly asked: bigint | undefined

  constructor({ agreed, asked, hint }: ApprovalRequiredError.Options = {}) {
    super(
      asked === undefined
        ? 'It needs the owner’s approval of exactly this price and request; nothing was signed.'
        : `It needs a payment of ${Money.display(asked)} by now, and the owner has agreed to ${agreed === undefined ? 'none' : `no more than ${Money.display(agreed)}`}; nothing was signed.`,
      {
        hint:
          hint ??
          'The owner runs `zecchino approve`; approvals are good for fifteen minutes and once.',
      },
    )
    this.asked = asked
  }
}

export declare namespace ApprovalRequiredError {
  type Options = {
    /** What a person agreed to pay, in micro-dollars. */
    agreed?: bigint | undefined
    asked?: bigint | undefined
    hint?: string | undefined
  }
}

/** Another top-up of this wallet is not settled yet. */
export class PaymentUnresolvedError extends Errors.BaseError {
  override readonly code = 'PAYMENT_UNRESOLVED'
  override readonly name = 'PaymentUnresolvedError'

  constructor(options: { detail?: string | undefined; until?: Date | undefined } = {}) {
    const { detail, until } = options
    super('A top-up of this wallet is not settled yet, so no other may be signed.', {
      facts: detail ? [detail] : [],
      hint: until
        ? `In case it was paid all the same, it is kept until it has expired unspent: try again after ${until.toISOString()}. Then larger sums are paid by the least at a time.`
        : 'It is being resolved; try again in a minute, or look at `zecchino wallet`.',
      moneyMoved: 'unknown',
    })
  }
}
