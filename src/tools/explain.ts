import type { Zecchino } from '../flows/createZecchino.js'
import * as Errors from '../Errors.js'
import * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import { callOf } from './callOf.js'

/**
 * Tells, with an error that was met while working on a job, what is on record about the job: its
 * id, whether its top-up moved money, and that it must not be bought anew.
 */
export async function explain(
  { ledger }: Zecchino,
  { error, jobId }: { error: unknown; jobId: string },
): Promise<Errors.BaseError> {
  const cause = Errors.from(error)
  const job = await ledger.findJob(jobId).catch(() => undefined) // what is known is said without it
  if (!job || cause instanceof Job.NotFoundError) return cause
  const payments = await ledger.payments({ jobId }).catch(() => [])
  return new JobError({ cause, job, payments })
}

/** Work on a job met an error; the code, the words and the advice are that error's. */
export class JobError extends Errors.BaseError {
  override readonly code: Errors.Code
  override readonly name = 'JobError'

  constructor(options: {
    cause: Errors.BaseError
    job: Job.Job
    payments: readonly Ledger.Payment[]
  }) {
    const { cause, job, payments } = options
    const paid = payments.find(({ status }) => status === 'credited')
    const open = payments.find(({ status }) => Ledger.isOpen(status))
    const payment = paid ?? open
    const stays = Job.isSettled(job.status)
      ? undefined
      : `The job stays on record and is tried again: call ${callOf('video_retrieve', { job_id: job.id })}. Do not quote or buy it again.`
    super(cause.shortMessage, {
      cause,
      facts: [
        ...cause.facts,
        `Job: ${job.id} (${job.status})`,
        ...(payment ? [`Top-up: ${Money.display(payment.amount)} ${payment.status}`] : []),
      ],
      hint: [cause.hint, stays].filter(Boolean).join(' ') || undefined,
      moneyMoved: paid ? 'yes' : open ? 'unknown' : cause.moneyMoved,
    })
    this.code = cause.code
  }
}
