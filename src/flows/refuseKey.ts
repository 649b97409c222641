import * as Errors from '../Errors.js'
import type * as Job from '../Job.js'
import type { KeyZecchino } from './createZecchino.js'
import { moveJob } from './moveJob.js'

/** Refusals that may pass, or that somebody can mend: of a wallet's job they are not the end. */
const mendable = new Set([401, 402, 409, 429, 503])

/**
 * Ends a job that Venice refused to an API key for a reason that may pass. A wallet's would be sent
 * again once the provider's rows show no charge; a key is shown none, so that a new quote it is.
 * `false`: the refusal is of the request itself.
 *
 * @throws {@link KeyRefusedError} {@link AccountUnfundedError} once the job has ended.
 */
export async function refuseKey(
  zecchino: KeyZecchino,
  options: {
    job: Job.Job
    reason: string
    /** Whether the refusal says that nothing was taken. */
    saysUntaken: boolean
    status: number
  },
): Promise<boolean> {
  const { job, reason, saysUntaken, status } = options
  if (!mendable.has(status)) return false
  const error =
    status === 401
      ? new KeyRefusedError({ reason })
      : status === 402
        ? new AccountUnfundedError({ reason })
        : undefined
  const words = error
    ? [error.shortMessage, ...error.facts.map((fact) => `${fact}.`), error.hint]
    : [`Venice refused it for now: ${reason}.`, saysUntaken ? again : perhaps]
  const { id: jobId, sentAt } = job
  const detail = words.join(' ')
  const move = { from: 'sending', jobId, patch: { detail }, sentAt, to: 'rejected' } as const
  if ((await moveJob(zecchino, move)) && error) throw error
  return true
}

const again =
  'Nothing was charged. With an API key nothing is sent again by itself: quote again in a minute.'

const perhaps =
  'By what Venice publishes a refusal is not charged, but this one does not say so, and an API key is shown no rows: before it is quoted again, look in the usage at venice.ai whether it was.'

/** Venice does not know the API key, or not any more. */
export class KeyRefusedError extends Errors.BaseError {
  override readonly code = 'SIGN_IN_REFUSED'
  override readonly name = 'KeyRefusedError'

  constructor({ reason }: { reason: string }) {
    super('Venice does not accept the API key; nothing was charged.', {
      facts: [`Venice answered ${reason}`],
      hint: 'Check VENICE_API_KEY: it may be mistyped, revoked or expired. Then quote again.',
    })
  }
}

/** The account behind the API key has too little. */
export class AccountUnfundedError extends Errors.BaseError {
  override readonly code = 'ACCOUNT_UNFUNDED'
  override readonly name = 'AccountUnfundedError'

  constructor({ reason }: { reason: string }) {
    super('The account behind the API key has too little for this video; nothing was charged.', {
      facts: [`Venice answered ${reason}`],
      hint: 'Add funds to it at venice.ai and quote again, or pay with a wallet (`zecchino init`).',
    })
  }
}
