import type { Address, Hex } from 'viem'

import type * as Envelope from './Envelope.js'
import * as Errors from './Errors.js'
import type * as Job from './Job.js'
import * as Policy from './Policy.js'
import type * as Venice from './Venice.js'

/** Where a payment stands. `unknown` counts as spent until there is proof. */
export const paymentStatuses = [
  'intent',
  'signed',
  'sent',
  'unknown',
  'credited',
  'failed_unpaid',
  'paid_not_credited',
  'abandoned',
] as const
export type PaymentStatus = (typeof paymentStatuses)[number]

/** Which payment status may follow which. */
export const paymentTransitions = {
  intent: ['signed', 'failed_unpaid'],
  signed: ['sent', 'failed_unpaid'],
  sent: ['credited', 'unknown', 'failed_unpaid', 'paid_not_credited'],
  unknown: ['credited', 'failed_unpaid', 'paid_not_credited'],
  credited: [],
  failed_unpaid: [],
  paid_not_credited: ['credited', 'abandoned'],
  abandoned: [],
} as const satisfies Record<PaymentStatus, readonly PaymentStatus[]>

/** Whether a payment may go from one status to another. */
export function canMovePayment(from: PaymentStatus, to: PaymentStatus): boolean {
  return (paymentTransitions[from] as readonly PaymentStatus[]).includes(to)
}

/** Statuses of a payment that may still move money or credit. At most one per wallet. */
export const openPaymentStatuses = [
  'intent',
  'signed',
  'sent',
  'unknown',
  'paid_not_credited',
] as const

/** Whether a payment may still move money or credit. */
export function isOpen(status: PaymentStatus): boolean {
  return (openPaymentStatuses as readonly PaymentStatus[]).includes(status)
}

/** A price for one exact request. Money is micro-dollars. */
export type Quote = {
  /** Canonical JSON of the request, sent as it is. */
  body: string
  createdAt: Date
  /** The price rests on published tiers or on assumptions, not on the server's word alone. */
  estimate: boolean
  expiresAt: Date
  hash: string
  id: string
  model: string
  price: bigint
}

/** One top-up: one authorization, one nonce, one signature. */
export type Payment = {
  /** What a person agreed to pay, in micro-dollars, if somebody had to. */
  agreed?: bigint | undefined
  amount: bigint
  createdAt: Date
  detail?: string | undefined
  id: string
  jobId?: string | undefined
  nonce: Hex
  payTo: Address
  /** Venice's own id of the credited payment. */
  paymentId?: string | undefined
  /** What was signed, as {@link Envelope.format} has it, sealed; only ever presented. */
  sealedTransfer?: string | undefined
  sentAt?: Date | undefined
  status: PaymentStatus
  transaction?: string | undefined
  updatedAt: Date
  /** The authorization cannot settle from here on. */
  validBefore: Date
}

/** The credit at the provider, by its balance and by our own books. Money is micro-dollars. */
export type Credit = {
  /** What there is: never less than the balance. */
  credit: bigint
  /** The payment that was credited so lately that nothing is believed against it yet. */
  fresh?: Payment | undefined
  /** Whether the provider's own rows show that payment. */
  isBooked: boolean
  /** How much of the credit the balance does not show yet. */
  late: bigint
}

/** A payment presented in one envelope: on record before its bytes leave. */
export type Attempt = {
  at: Date
  envelope: Envelope.Name
  /** Code by which the server refused the envelope. It is no proof that nothing was paid. */
  refused?: string | undefined
}

/** A person's decision on one purchase, bound to the hash of all that was shown. */
export type Approval = {
  createdAt: Date
  expiresAt: Date
  hash: string
  id: string
  jobId: string
  status: 'open' | 'approved' | 'denied' | 'superseded' | 'used'
  topUp: bigint
}

/**
 * Until when a person's word about a job holds. Whoever consents to a policy agrees to the same purchase
 * once more, and may have read for longer than an approval lives.
 */
export function goodUntil({ expiresAt, status }: Approval, { consent }: Job.Job): Date {
  const renewed = status === 'used' && consent?.confirmed_at
  const consentEnds = renewed ? Date.parse(renewed) + Policy.quoteLifetime : 0
  return new Date(Math.max(expiresAt.getTime(), consentEnds))
}

/** One entry of the append-only, hash-chained audit log. */
export type Event = {
  at: Date
  data: Record<string, unknown>
  hash: string
  previous: string
  seq: number
  subject: string
  type: string
}

/** How much may be used of a budget, in its unit (micro-dollars, or a count for `topUps`). */
export type Caps = {
  /** Outstanding prepaid credit. */
  credit: bigint
  /** All that may ever leave the wallet in payments. */
  paid: bigint
  perDay: bigint
  topUpsPerDay: bigint
  total: bigint
}

/** The budgets of a policy, as they are booked. */
export function capsOf(policy: Policy.Policy): Caps {
  return {
    credit: policy.maxCreditUsd,
    paid: policy.maxPaidTotalUsd,
    perDay: policy.maxSpendPerDayUsd,
    topUpsPerDay: BigInt(policy.maxTopUpsPerDay),
    total: policy.maxSpendTotalUsd,
  }
}

/** What is used of each budget, in its unit. */
export type Usage = Omit<Caps, 'credit'>

/** Why the database refused to set money aside. Values, because refusing is its job. */
export type Refused =
  | { refused: 'budget'; asked: bigint; cap: bigint; scope: keyof Caps; used: bigint }
  /** What was to be signed would be valid for too long, or too short, by the ledger's clock. */
  | { refused: 'clock'; skew: number }
  /** `until`: it passes by itself then. */
  | { refused: 'frozen'; reason: string; until?: Date | undefined }
  | { refused: 'open_payment' }
  | { refused: 'payee'; offered: Address; pinned: Address }
  | ({ refused: 'policy' } & Policy.Refusal)
  /** A person has to agree; to a payment `asked`, of which they agreed to no more than `agreed`. */
  | { refused: 'approval'; agreed?: bigint | undefined; asked?: bigint | undefined }
  | { refused: 'moved' }

/** Why spending is stopped, in one sentence: until a person acts, or until a time, after which it goes on by itself. */
export type Stop = { at: Date; reason: string; until?: Date | undefined }

/** State of the wallet as a whole. */
export type State = {
  frozen?: Stop | undefined
  /** Payments ever made; the next one must name it. */
  payments: number
  payee?: Address | undefined
}

/** Fields of a job that a move may set. */
export type JobPatch = Partial<
  Pick<
    Job.Job,
    | 'consent'
    | 'detail'
    | 'estimate'
    | 'file'
    | 'linkUses'
    | 'providerSentAt'
    | 'queueId'
    | 'queuedAt'
    | 'sealedSignIn'
    | 'sealedUrl'
    | 'sentAt'
  >
> & {
  /** `null`: a good answer came, and nothing is held against the job any more. */
  badNews?: Job.Job['badNews'] | null
}

/** A move of a job. What is known of one send says nothing about a later one: it names its time. */
export type JobMove = {
  from: Job.Status
  patch?: JobPatch | undefined
  /** When the job was last sent. @default at any time */
  sentAt?: Date | undefined
  to: Job.Status
}

/** A person's word about a job whose paid call nobody has heard of, and about the rows that they saw. */
export type Word = Omit<JobMove, 'to'> & {
  /** What rows are for; one that is tied to it already stays so. */
  ties: readonly { rowId: string; subject: string }[]
  /** @default it stays where it is */
  to?: 'abandoned' | 'queued' | 'reserved' | undefined
}

/** What the answer to a paid call says. It is worth the price of the job, and comes once. */
export type Answer = {
  queueId: string
  /** When it came. */
  queuedAt: Date
  /** The link that only this answer carries, if it does. */
  sealedUrl?: string | undefined
  /** When the call left that it answers. */
  sentAt: Date
}

/** Fields of a payment that a move may set. */
export type PaymentPatch = Partial<
  Pick<Payment, 'detail' | 'paymentId' | 'sealedTransfer' | 'sentAt' | 'transaction'>
>

/** What every ledger is opened with. */
export type Options = {
  /** CAIP-10 name of the wallet, lower case. */
  account: string
  /** Replaces the database's clock, for simulated time. */
  now?: (() => Date) | undefined
}

/**
 * The durable record of one wallet on one network, shared by every process that spends from it.
 *
 * Check and booking are one transaction, and the database itself refuses what must never be: a
 * second open payment, a reused nonce, a second job for one quote, a second job in `sending`, a
 * provider row linked twice, a budget over its cap.
 */
export type Ledger = {
  /** Ledger's name of the wallet: CAIP-10, `eip155:8453:0x…`, lower case. */
  readonly account: string
  close(): Promise<void>
  /** Folder of its file, where it is one. */
  readonly folder?: string | undefined
  /**
   * The ledger's own name, 32 hex digits, the same for every wallet on it: whoever meets another one
   * where this was has not come back to the same budgets. `undefined`: an old one, only read.
   */
  readonly id: string | undefined
  /**
   * Why nothing can be written, and so nothing spent, if that is so: every write throws it, until the
   * reason has gone. Damage is for good.
   */
  readonly readOnly: Errors.BaseError | undefined
  /** The clock of the database, or the one given. */
  now(): Promise<Date>

  saveQuote(quote: Quote): Promise<void>
  findQuote(id: string): Promise<Quote | undefined>

  /** Makes the job of a quote in `needs_approval`, or returns the one that exists. */
  requestApproval(options: {
    approval: Omit<Approval, 'createdAt' | 'jobId' | 'status'>
    job: NewJob
  }): Promise<{ approval: Approval | undefined; job: Job.Job }>
  /**
   * Asks a person anew about a job that waits for one, or that is set aside and costs more by now: it
   * goes to `needs_approval` with this price and approval, what was set aside is freed, and every
   * earlier approval is superseded. Refused `moved`: it stands elsewhere, or another approval than
   * `replaces` counts by now, or a person said no; `approval`: they were asked too often about it.
   */
  askAgain(options: {
    approval: Omit<Approval, 'createdAt' | 'jobId' | 'status'>
    detail: string
    from: 'needs_approval' | 'needs_consent' | 'reserved'
    jobId: string
    price: bigint
    /** Id of the approval that counted until now. */
    replaces: string | undefined
  }): Promise<{ approval: Approval; job: Job.Job } | Refused>
  findApproval(id: string): Promise<Approval | undefined>
  /** The approval of a job that counts: earlier ones were superseded. */
  findApprovalOfJob(jobId: string): Promise<Approval | undefined>
  approvals(): Promise<Approval[]>
  /** `false`: it was not open any more, has expired, or the hash is another. */
  decideApproval(options: {
    decision: 'approved' | 'denied'
    hash: string
    id: string
    /** Where the person decided, for the audit log. @default 'cli' */
    via?: 'cli' | 'elicitation' | undefined
  }): Promise<boolean>

  /**
   * Makes the job of a quote (or takes the one that waits), consumes its approval and sets its
   * price aside, as one step. An existing job beyond that is returned untouched. The policy in force
   * is read and held against it in the same step, whatever the caller believes it to be.
   */
  reserveJob(options: {
    approvalHash?: string | undefined
    caps: Caps
    job: NewJob
    /** Taken in the same step, so that the job is never seen as one that nobody works on. */
    lease?: Lease | undefined
    /** What the process allows; the first booking of a ledger makes it the first policy. */
    own?: Policy.Own | undefined
  }): Promise<{ created: boolean; job: Job.Job } | Refused>
  /**
   * Holds a reserved job that has waited against policy and budgets of now, at the price asked now in
   * micro-dollars, as one step. Afterwards it may be sent for as long as a quote lives.
   */
  confirmJob(
    id: string,
    options: { caps: Caps; own?: Policy.Own | undefined; price: bigint },
  ): Promise<{ job: Job.Job } | Refused>
  findJob(id: string): Promise<Job.Job | undefined>
  findJobOfQuote(quoteId: string): Promise<Job.Job | undefined>
  findJobOfQueueId(queueId: string): Promise<Job.Job | undefined>
  jobs(options?: {
    /** Only jobs of this exact request. */
    hash?: string | undefined
    /** Only jobs that a living process works on, or with `false` only those that none does. */
    leased?: boolean | undefined
    limit?: number | undefined
    /** Only jobs that were sent last in this time, by the ledger's clock. */
    sent?: { from: Date; until: Date } | undefined
    statuses?: readonly Job.Status[] | undefined
  }): Promise<Job.Job[]>
  /**
   * Moves a job along {@link Job.transitions}, except to `reserved` from a status in which nothing
   * is set aside: that is {@link Ledger.reserveJob}'s. `false`: it stood elsewhere, was sent at
   * another time than `sentAt`, another job is in `sending`, or it was to be sent and the wallet is
   * frozen or its terms were last held against it too long ago ({@link Ledger.confirmJob}); nothing
   * written. From `abandoned` nothing but {@link Ledger.resolveJob} moves. A move to `rejected`, `needs_consent`, or from `reserved` to
   * `abandoned`, frees what was set aside. A refund is freed by {@link Ledger.linkRow}.
   */
  moveJob(id: string, move: JobMove): Promise<boolean>
  /**
   * Carries out a person's word about a job, as one step: ties rows and moves the job, along
   * {@link Job.transitions}. One that was abandoned goes back to `queued` with its queue id and its
   * charge, and its price is set aside for it again. `false`: it stands elsewhere or was sent at another time,
   * its queue id is another job's, a row is tied to something else, or it was to be sent again and a charge is
   * tied to it; nothing written.
   */
  resolveJob(id: string, word: Word): Promise<boolean>
  /**
   * Puts the answer to a paid call on record, once: the job that was sent then is `queued`, wherever it
   * stands without one by now; what was freed is set aside again, and a question to a person ends. The one
   * write that a ledger of a newer version takes. `false`: the job was sent at another time, or has another
   * queue id; nothing written.
   */
  recordAnswer(id: string, answer: Answer): Promise<boolean>
  /** Sets fields without a move. */
  noteJob(id: string, patch: JobPatch): Promise<void>
  /**
   * Takes or renews the lease of a job, for liveness only. `false`: somebody else holds it, and
   * nothing was written.
   */
  claimJob(id: string, lease: Lease): Promise<boolean>
  releaseJob(id: string, owner: string): Promise<void>

  /**
   * Records the intent of a payment and books it on its budgets, as one step. One for a job needs
   * the job in `reserved`. The policy in force is read and held against it in the same step: what is
   * above `approveAboveUsd` needs a person who agreed to as much, for a job by its approval.
   */
  reservePayment(options: {
    /** What a person has just agreed to pay, in micro-dollars, where it is for no job. */
    agreed?: bigint | undefined
    caps: Caps
    /** Credit observed after `payments` was read, in micro-dollars. */
    credit: bigint
    /** What the process allows; the first booking of a ledger makes it the first policy. Without one nothing is free. */
    own?: Policy.Own | undefined
    payment: Pick<Payment, 'amount' | 'id' | 'jobId' | 'nonce' | 'payTo' | 'validBefore'>
    /** {@link State.payments} as read before the credit. */
    payments: number
  }): Promise<{ payment: Payment } | Refused>
  /**
   * The credit that there is when the provider shows this balance, in micro-dollars: a payment of ours
   * that was credited lately counts until the balance, or the provider's rows, show what became of it.
   */
  creditOf(balance: bigint): Promise<Credit>
  findPayment(id: string): Promise<Payment | undefined>
  payments(options?: {
    jobId?: string | undefined
    limit?: number | undefined
    statuses?: readonly PaymentStatus[] | undefined
  }): Promise<Payment[]>
  /**
   * Moves a payment along {@link paymentTransitions}; `failed_unpaid` frees its budgets, and
   * `paid_not_credited` freezes the wallet. `false`: it stood elsewhere, or it was to be signed or
   * sent and the wallet is frozen; nothing written.
   */
  movePayment(
    id: string,
    move: { from: PaymentStatus; patch?: PaymentPatch; to: PaymentStatus },
  ): Promise<boolean>
  /** Says something about a payment that was sent and has not ended; it stands where it stood. */
  notePayment(id: string, note: { detail: string }): Promise<void>

  /**
   * Puts on record that a payment is about to be presented in an envelope; again changes nothing.
   * `false`: it is not on record as sent, or has ended, or the envelope is a new one and the wallet
   * is frozen; nothing written.
   */
  beginAttempt(id: string, envelope: Envelope.Name): Promise<boolean>
  /** Records that the server refused an envelope. The first code stays; the payment stands where it stood. */
  refuseAttempt(
    id: string,
    options: { code: string; detail: string; envelope: Envelope.Name },
  ): Promise<void>
  /** The envelopes in which a payment was presented, oldest first. */
  attempts(id: string): Promise<Attempt[]>

  /** Keeps provider rows; known ones are left as they are. */
  recordRows(rows: readonly Venice.Transaction[]): Promise<void>
  /**
   * Ties a provider row to a job or a payment, once. `false`: it was tied already. A job's refund is
   * booked and freed with it, however the job ended, up to the price; what was charged beyond the
   * price counts against the budgets.
   */
  linkRow(rowId: string, subject: string): Promise<boolean>
  /**
   * Ties a row that was tied to {@link Nobody} to a job or a payment after all, and books what it says.
   * `false`: it was not tied to that. Any other tie is for good.
   */
  retieRow(rowId: string, options: { from: Nobody; to: string }): Promise<boolean>
  /** Recorded rows that nothing is tied to, oldest first. */
  unlinkedRows(): Promise<Venice.Transaction[]>
  /** Time of the newest row on record that is not later than `until`, by the provider's clock. */
  newestRow(until: Date): Promise<Date | undefined>
  /** Rows tied to a job, a payment, or {@link Nobody}. */
  linkedRows(subject: string): Promise<Venice.Transaction[]>
  /** Rows tied to any of these, by what they are tied to. */
  tiedRows(subjects: readonly string[]): Promise<Map<string, Venice.Transaction[]>>
  /** A row, and what it is tied to. */
  findRow(id: string): Promise<{ row: Venice.Transaction; subject: string | undefined } | undefined>

  /** The newest version of the owner's policy. `undefined`: nothing was booked or said yet. */
  policy(): Promise<Policy.Version | undefined>
  /**
   * Takes up what a process brings at its start: where it allows less than the ledger, or is the
   * first with rules of its own, a new version holds for every process from its next booking on.
   */
  bringPolicy(own: Policy.Own): Promise<void>
  /**
   * The owner's word: the rules named replace what was in force, stricter or looser. Every job that
   * has not left yet is held against them before it does.
   */
  setPolicy(change: Partial<Policy.Policy>, own: Policy.Own): Promise<Policy.Version>

  state(): Promise<State>
  usage(): Promise<Usage>
  /** Stops spending. The first reason stays. */
  freeze(reason: string): Promise<void>
  unfreeze(note: string): Promise<void>
  /** Pins the payee if none is pinned, and returns the pinned one. */
  pinPayee(payee: Address): Promise<Address>
  trustPayee(payee: Address): Promise<void>

  events(options?: { limit?: number | undefined }): Promise<Event[]>
  appendEvent(event: {
    data: Record<string, unknown>
    subject: string
    type: string
  }): Promise<void>
  /** Walks the whole audit log and finds any event that was changed, removed, added or moved. */
  verifyEvents(): Promise<Verified>
}

/** Which process works on a job, and how long that is believed without renewal, in milliseconds: at most `Clock.leased`. */
export type Lease = { owner: string; ttl: number }

/** Whether the audit log is as it was written. */
export type Verified =
  /** `head` is the hash of the last event: noted elsewhere, it proves this state for good. */
  | { events: number; head: string; ok: true }
  /** Number of the first event that is not as it was written. */
  | { broken: number; ok: false; reason: string }

/** What a row is tied to that nobody here made: the owner knows it, or it was there before the ledger. */
export type Nobody = 'foreign' | 'history'

/** What a job is made from. */
export type NewJob = Pick<Job.Job, 'hash' | 'id' | 'model' | 'price' | 'quoteId'>

/** The database cannot be opened, read or written: no spending. */
export class UnavailableError extends Errors.BaseError {
  override readonly code = 'LEDGER_UNAVAILABLE'
  override readonly name = 'Ledger.UnavailableError'

  constructor({ cause, reason, where }: { cause?: unknown; reason: string; where: string }) {
    super(`The ledger cannot be used: ${reason}`, {
      cause,
      facts: [`Ledger: ${where}`],
      hint: 'Nothing is spent without a ledger. Restore access to it and start again.',
    })
  }
}

/** The ledger's data is damaged: no spending, whatever can still be read. */
export class CorruptError extends Errors.BaseError {
  override readonly code = 'LEDGER_CORRUPT'
  override readonly name = 'Ledger.CorruptError'

  constructor(options: { cause?: unknown; reason: string; where?: string | undefined }) {
    const { cause, reason, where } = options
    super(`The ledger is damaged: ${reason}`, {
      cause,
      facts: where ? [`Ledger: ${where}`] : [],
      hint: 'Nothing is spent with it. Put a backup back, and compare it with `zecchino transactions`.',
    })
  }
}

/** The ledger was written by a newer version of this package. */
export class NewerError extends Errors.BaseError {
  override readonly code = 'LEDGER_NEWER'
  override readonly name = 'Ledger.NewerError'

  constructor({ found, known }: { found: number; known: number }) {
    super('The ledger was written by a newer version of zecchino.', {
      facts: [`Schema found: ${found}`, `Schema known: ${known}`],
      hint: 'Update zecchino. Nothing is spent until then.',
    })
  }
}

/** There is no such payment in this ledger. */
export class PaymentNotFoundError extends Errors.BaseError {
  override readonly code = 'PAYMENT_NOT_FOUND'
  override readonly name = 'Ledger.PaymentNotFoundError'

  constructor({ id }: { id: string }) {
    super('There is no such payment on this ledger.', {
      facts: [`Payment: ${id.slice(0, 60)}`],
      hint: 'Run `zecchino wallet` for the payments of this wallet.',
    })
  }
}

/** No such quote here, or not of this wallet. */
export class QuoteNotFoundError extends Errors.BaseError {
  override readonly code = 'QUOTE_NOT_FOUND'
  override readonly name = 'Ledger.QuoteNotFoundError'

  constructor({ id }: { id: string }) {
    super('There is no such quote on this ledger.', {
      facts: [`Quote: ${id.slice(0, 60)}`],
      hint: 'Call `video_quote` first and pass on its quote_id.',
    })
  }
}

/** The quote is older than fifteen minutes. */
export class QuoteExpiredError extends Errors.BaseError {
  override readonly code = 'QUOTE_EXPIRED'
  override readonly name = 'Ledger.QuoteExpiredError'

  constructor({ expiredAt, id }: { expiredAt: Date; id: string }) {
    super('The quote has expired; nothing was bought.', {
      facts: [`Quote: ${id}`, `Expired: ${expiredAt.toISOString()}`],
      hint: 'Quote again: prices are good for fifteen minutes.',
    })
  }
}

/** The error that tells a caller why spending is stopped. */
export function stopped({ reason, until }: Pick<Stop, 'reason' | 'until'>): Errors.BaseError {
  return until ? new ClockBackError({ reason, until }) : new FrozenError({ reason })
}

/** The ledger's clock was put back: spending waits until it has passed what it showed before. */
export class ClockBackError extends Errors.BaseError {
  override readonly code = 'CLOCK_SKEW'
  override readonly name = 'Ledger.ClockBackError'
  readonly until: Date

  constructor({ reason, until }: { reason: string; until: Date }) {
    super(`Spending waits: ${reason}`, { hint: `Try again after ${until.toISOString()}.` })
    this.until = until
  }
}

/** Spending from this wallet is stopped until its owner acts. */
export class FrozenError extends Errors.BaseError {
  override readonly code = 'WALLET_FROZEN'
  override readonly name = 'Ledger.FrozenError'

  constructor({ reason }: { reason: string }) {
    super(`Spending is stopped: ${reason}`, {
      hint: 'The owner looks at `zecchino wallet`, resolves what is open and runs `zecchino unfreeze`.',
    })
  }
}
