import type * as BadNews from './BadNews.js'
import * as Clock from './Clock.js'
import * as Errors from './Errors.js'
import * as Policy from './Policy.js'
import type * as Venice from './Venice.js'
import type * as Video from './Video.js'

/** Where a job stands. These names are the statuses that tools and `--json` show. */
export const statuses = [
  'needs_approval',
  'needs_consent',
  'intent',
  'reserved',
  'sending',
  'queued',
  'ready',
  'saved',
  'cleaned',
  'rejected',
  'failed_refunded',
  'failed_unrefunded',
  'ambiguous',
  'lost_media',
  'abandoned',
] as const
export type Status = (typeof statuses)[number]

/**
 * Which status may follow which. Everything else is refused by the ledger's conditional update.
 *
 * `sending → reserved` only after a complete, schema-valid refusal, or when the request is proven
 * never to have been read; `sending → queued` also by adoption from the provider's rows;
 * `ambiguous → queued` as well, while Venice has it; `ambiguous → reserved` only by the owner's word, and `abandoned → queued` only when they take the video
 * of a job after all that Venice has charged for; to `needs_approval` what costs more by now than a
 * person agreed to, or is older than their word: what was set aside is freed. What was given up goes back to `queued` or `ready`
 * when Venice has it after all ({@link canLookAgain}): with its queue id, never towards `sending`, and
 * nothing is set aside or freed by it.
 *
 * The answer to the paid call itself is no move: it takes a job from wherever that stands without one to
 * `queued`, in `Ledger.recordAnswer` alone.
 */
export const transitions = {
  needs_approval: ['reserved', 'abandoned'],
  needs_consent: ['needs_approval', 'reserved', 'abandoned'],
  intent: ['needs_approval', 'reserved', 'abandoned'],
  reserved: ['needs_approval', 'sending', 'rejected', 'abandoned'],
  sending: ['queued', 'reserved', 'needs_consent', 'rejected', 'ambiguous', 'lost_media'],
  queued: ['ready', 'failed_refunded', 'failed_unrefunded', 'lost_media'],
  ready: ['saved', 'failed_refunded', 'failed_unrefunded', 'lost_media'],
  saved: ['cleaned'],
  cleaned: [],
  rejected: [],
  failed_refunded: [],
  failed_unrefunded: ['queued', 'ready', 'failed_refunded'],
  ambiguous: ['queued', 'reserved', 'rejected', 'lost_media', 'abandoned'],
  lost_media: ['queued', 'ready', 'failed_refunded'],
  abandoned: ['queued'],
} as const satisfies Record<Status, readonly Status[]>

/** Whether a job may go from one status to another. */
export function canMove(from: Status, to: Status): boolean {
  return (transitions[from] as readonly Status[]).includes(to)
}

/** Statuses in which a worker still has something to do. */
export const active = ['reserved', 'sending', 'queued', 'ready', 'saved'] as const

/** Statuses of a job that is paid for and was given up; until its day is over it is looked at again. */
export const givenUp = ['failed_unrefunded', 'lost_media'] as const

/** Whether a job was paid for and given up. */
export function isGivenUp(status: Status): boolean {
  return (givenUp as readonly Status[]).includes(status)
}

/** Until when Venice keeps what was made for a job, by its own clock. */
export function keptUntil({ createdAt, providerSentAt, queuedAt, sentAt }: Dated): Date {
  const since = providerSentAt ?? queuedAt ?? sentAt ?? createdAt
  return new Date(since.getTime() + Clock.lifetime)
}

type Dated = Pick<Job, 'createdAt' | 'providerSentAt' | 'queuedAt' | 'sentAt'>

/** Until when a job that was given up is looked at again: a little longer, for clocks differ. */
export function lookUntil(job: Dated): Date {
  return new Date(keptUntil(job).getTime() + Clock.afterwards)
}

/** Whether a job was given up, and Venice may have its video after all. `now` is by Venice's clock. */
export function canLookAgain(job: Job, now: Date): boolean {
  return isGivenUp(job.status) && job.queueId !== undefined && now < lookUntil(job)
}

/** Whether nobody works on it any more, unless a person acts or looks again. */
export function isSettled(status: Status): boolean {
  return !(['intent', ...active] as readonly Status[]).includes(status)
}

/** In place of a sign-in: its request was proven never to have been read. */
export const voidSignIn = ''

/** In place of a sign-in: Venice has refused its request in words by which nothing was taken, or the owner says so. */
export const untakenSignIn = 'untaken'

/**
 * Whether a job that is to be sent was sent before and nobody has said that nothing was taken then: that it was
 * not, only the provider's rows can show.
 */
export function mayBeTaken({
  sealedSignIn,
  sentAt,
}: Pick<Job, 'sealedSignIn' | 'sentAt'>): boolean {
  return sentAt !== undefined && sealedSignIn !== voidSignIn && sealedSignIn !== untakenSignIn
}

/** Whether the file is there. */
export function isSaved(status: Status): boolean {
  return status === 'saved' || status === 'cleaned'
}

/** One purchase, as the ledger keeps it. Times are dates, money is micro-dollars. */
export type Job = {
  /** What Venice says against it, while that is not believed yet, and after. */
  badNews?: BadNews.BadNews | undefined
  /** When price, policy and budgets were last held against it, unless the policy changed since. */
  checkedAt?: Date | undefined
  /** What a person has to read and confirm, while the job stands in `needs_consent`. */
  consent?: (Venice.NeedsConsent & { confirmed_at?: string }) | undefined
  createdAt: Date
  /** Why it ended or waits, in words for a person; never the server's words alone. */
  detail?: string | undefined
  /** Venice's estimate of the whole execution, in milliseconds. */
  estimate?: number | undefined
  file?: (Video.Facts & { path: string }) | undefined
  /** sha256 of the canonical request. */
  hash: string
  id: string
  /** How often the link to the file was used, by any process, and when last, by the ledger's clock. */
  linkUses?: { at: Date; count: number } | undefined
  model: string
  price: bigint
  /** When the paid request was about to leave, by the provider's clock: its rows are held against it. */
  providerSentAt?: Date | undefined
  queueId?: string | undefined
  queuedAt?: Date | undefined
  quoteId: string
  refund?: bigint | undefined
  /** The sign-in that the paid request left with, sealed and never shown, {@link voidSignIn} or {@link untakenSignIn}. */
  sealedSignIn?: string | undefined
  /** The queue answer carried a `download_url`; kept sealed, never shown. */
  sealedUrl?: string | undefined
  /** When the paid request was about to leave, by the ledger's clock: the name of this send. */
  sentAt?: Date | undefined
  status: Status
  updatedAt: Date
}

/**
 * Whether a job has waited for so long that its price and the policy are to be looked at again before
 * it is paid for: as long as a quote lives, or because the policy has changed.
 */
export function isStale({ checkedAt }: Pick<Job, 'checkedAt'>, now: Date): boolean {
  return !checkedAt || now.getTime() - checkedAt.getTime() > Policy.quoteLifetime
}

/** There is no such job in this ledger. */
export class NotFoundError extends Errors.BaseError {
  override readonly code = 'JOB_NOT_FOUND'
  override readonly name = 'Job.NotFoundError'

  constructor({ id }: { id: string }) {
    super('There is no such job on this ledger.', {
      facts: [`Job: ${id.slice(0, 60)}`],
      hint: 'Run `zecchino list` (or call `video_list`) for the jobs of this wallet.',
    })
  }
}

/** The paid request was sent and nobody can tell whether it was accepted. */
export class AmbiguousError extends Errors.BaseError {
  override readonly code = 'JOB_AMBIGUOUS'
  override readonly name = 'Job.AmbiguousError'

  constructor({ detail, id }: { detail: string; id: string }) {
    super(detail, {
      facts: [`Job: ${id}`],
      hint: `The owner runs \`zecchino resolve ${id}\` for what is known and what may be said about it.`,
      moneyMoved: 'unknown',
    })
  }
}
