import * as Errors from './Errors.js'
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
 * `ambiguous → reserved` only by the owner's word.
 */
export const transitions = {
  needs_approval: ['reserved', 'abandoned'],
  needs_consent: ['reserved', 'abandoned'],
  intent: ['needs_approval', 'reserved', 'abandoned'],
  reserved: ['sending', 'rejected', 'abandoned'],
  sending: ['queued', 'reserved', 'needs_consent', 'rejected', 'ambiguous', 'lost_media'],
  queued: ['ready', 'failed_refunded', 'failed_unrefunded', 'lost_media'],
  ready: ['saved', 'failed_refunded', 'failed_unrefunded', 'lost_media'],
  saved: ['cleaned'],
  cleaned: [],
  rejected: [],
  failed_refunded: [],
  failed_unrefunded: ['failed_refunded'],
  ambiguous: ['queued', 'reserved', 'rejected', 'lost_media', 'abandoned'],
  lost_media: [],
  abandoned: [],
} as const satisfies Record<Status, readonly Status[]>

/** Whether a job may go from one status to another. */
export function canMove(from: Status, to: Status): boolean {
  return (transitions[from] as readonly Status[]).includes(to)
}

/** Statuses in which a worker still has something to do. */
export const active = ['reserved', 'sending', 'queued', 'ready', 'saved'] as const

/** Whether nothing happens any more unless a person acts. */
export function isSettled(status: Status): boolean {
  return !(['intent', ...active] as readonly Status[]).includes(status)
}

/** In place of a sign-in: its request was proven never to have been read. */
export const voidSignIn = ''

/** Whether the file is there. */
export function isSaved(status: Status): boolean {
  return status === 'saved' || status === 'cleaned'
}

/** One purchase, as the ledger keeps it. Times are dates, money is micro-dollars. */
export type Job = {
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
  model: string
  price: bigint
  queueId?: string | undefined
  queuedAt?: Date | undefined
  quoteId: string
  refund?: bigint | undefined
  /** The sign-in that the paid request left with, sealed and never shown, or {@link voidSignIn}. */
  sealedSignIn?: string | undefined
  /** The queue answer carried a `download_url`; kept sealed, never shown. */
  sealedUrl?: string | undefined
  /** When the paid request was about to leave. */
  sentAt?: Date | undefined
  status: Status
  updatedAt: Date
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
      hint: `Compare with \`zecchino transactions\`, then run \`zecchino resolve ${id} --retry\` or \`--abandon\`.`,
      moneyMoved: 'unknown',
    })
  }
}
