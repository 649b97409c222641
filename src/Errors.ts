/** Every way this package can fail. The CLI, the MCP server and the README all read this table. */
export const codes = {
  ACCOUNT_UNFUNDED: { exit: 77, retryable: false },
  API_MALFORMED: { exit: 76, retryable: false },
  API_REFUSED: { exit: 69, retryable: false },
  API_TIMEOUT: { exit: 75, retryable: true },
  API_UNAVAILABLE: { exit: 75, retryable: true },
  API_UNREACHABLE: { exit: 69, retryable: true },
  APPROVAL_REQUIRED: { exit: 77, retryable: false },
  BUDGET_EXCEEDED: { exit: 77, retryable: false },
  CLOCK_SKEW: { exit: 75, retryable: true },
  CONSENT_REQUIRED: { exit: 77, retryable: false },
  DOWNLOAD_REFUSED: { exit: 77, retryable: false },
  FILE_FAILED: { exit: 74, retryable: true },
  INSUFFICIENT_USDC: { exit: 77, retryable: false },
  INVALID_AMOUNT: { exit: 65, retryable: false },
  INVALID_CONFIG: { exit: 78, retryable: false },
  INVALID_HEADER: { exit: 65, retryable: false },
  INVALID_INPUT: { exit: 65, retryable: false },
  INVALID_KEY: { exit: 65, retryable: false },
  JOB_AMBIGUOUS: { exit: 77, retryable: false },
  JOB_NOT_FOUND: { exit: 65, retryable: false },
  LEDGER_CORRUPT: { exit: 74, retryable: false },
  LEDGER_NEWER: { exit: 78, retryable: false },
  LEDGER_OTHER: { exit: 78, retryable: false },
  LEDGER_UNAVAILABLE: { exit: 74, retryable: true },
  LOST_MEDIA: { exit: 69, retryable: false },
  MODEL_OFFLINE: { exit: 69, retryable: true },
  MODEL_UNAVAILABLE: { exit: 69, retryable: false },
  NEEDS_TERMINAL: { exit: 77, retryable: false },
  NEEDS_WALLET: { exit: 78, retryable: false },
  NO_WALLET: { exit: 78, retryable: false },
  NOT_A_VIDEO: { exit: 76, retryable: true },
  PASSPHRASE_WRONG: { exit: 77, retryable: false },
  PAYEE_CHANGED: { exit: 77, retryable: false },
  PAYMENT_NOT_FOUND: { exit: 65, retryable: false },
  PAYMENT_UNRESOLVED: { exit: 75, retryable: true },
  POLICY_REFUSED: { exit: 77, retryable: false },
  PRICE_CHANGED: { exit: 77, retryable: false },
  QUOTE_EXPIRED: { exit: 65, retryable: false },
  QUOTE_NOT_FOUND: { exit: 65, retryable: false },
  RATE_LIMITED: { exit: 75, retryable: true },
  REDIRECT_REFUSED: { exit: 76, retryable: false },
  RESPONSE_TOO_LARGE: { exit: 76, retryable: false },
  SECRET_FOUND: { exit: 70, retryable: false },
  SIGN_IN_REFUSED: { exit: 77, retryable: false },
  UNEXPECTED: { exit: 70, retryable: false },
  UNKNOWN_MODEL: { exit: 65, retryable: false },
  UNSUPPORTED_PAYMENT: { exit: 69, retryable: false },
  USAGE: { exit: 64, retryable: false },
  VIDEO_FAILED: { exit: 69, retryable: false },
  VIDEO_TIMEOUT: { exit: 75, retryable: true },
  WALLET_FROZEN: { exit: 77, retryable: false },
  WRONG_SIGNATURE: { exit: 76, retryable: false },
} as const satisfies Record<string, { exit: number; retryable: boolean }>

/** Stable, machine-readable name of a failure. */
export type Code = keyof typeof codes

/** What is known about money when an error is thrown: whether any left the wallet or the credit. */
export type MoneyMoved = 'no' | 'yes' | 'unknown'

/** Base of every error this package throws. Subclasses live beside the code that throws them. */
export abstract class BaseError extends Error {
  abstract readonly code: Code
  /** Lines of context, such as `Status: 503`. */
  readonly facts: readonly string[]
  /** What the caller can do next. */
  readonly hint: string | undefined
  /** Whether money moved on the way to this error. */
  readonly moneyMoved: MoneyMoved
  /** One sentence, without secrets or payloads. */
  readonly shortMessage: string

  constructor(shortMessage: string, options: BaseError.Options = {}) {
    const { cause, facts = [], hint, moneyMoved = 'no' } = options
    super([shortMessage, ...facts, hint].filter(Boolean).join('\n'), cause ? { cause } : undefined)
    this.facts = facts
    this.hint = hint
    this.moneyMoved = moneyMoved
    this.shortMessage = shortMessage
  }

  /** The shape that crosses process boundaries: MCP results, `--json`, logs. */
  toJSON() {
    const { code, facts, hint, moneyMoved, shortMessage } = this
    return {
      code,
      message: shortMessage,
      facts,
      next: hint,
      money_moved: moneyMoved,
      retryable: codes[code].retryable,
    }
  }
}

export declare namespace BaseError {
  type Options = {
    cause?: unknown
    /** Lines of context, such as `Status: 503`. */
    facts?: readonly string[] | undefined
    /** The next step, as a sentence or a command. */
    hint?: string | undefined
    /** @default 'no' */
    moneyMoved?: MoneyMoved | undefined
  }
}

/** Returns our own errors as they are and hides the rest: their messages may hold secrets. */
export function from(error: unknown): BaseError {
  return error instanceof BaseError ? error : new UnexpectedError({ cause: error })
}

/** Something failed that this package does not know about: a bug, here or in a dependency. */
export class UnexpectedError extends BaseError {
  override readonly code = 'UNEXPECTED'
  override readonly name = 'Errors.UnexpectedError'

  constructor({ cause }: { cause: unknown }) {
    super('Something unexpected went wrong.', {
      cause,
      hint: 'Run `zecchino list` and `zecchino wallet` to see what is on record, and report this.',
      moneyMoved: 'unknown',
    })
  }
}
