import type * as Job from '../Job.js'
import type * as Venice from '../Venice.js'

/** How much earlier than its request a row may seem to be made, in milliseconds. */
const slack = 5_000

/** How long after its request a charge may be posted, in milliseconds. */
const posting = 30 * 60_000

type Row = { row: Venice.Transaction; skew: number }

/** Whether a row is a charge of a job's model. */
export function isOfModel({ model }: Job.Job, row: Venice.Transaction): boolean {
  return row.type === 'CHARGE' && (row.modelId ?? model) === model
}

/** Whether a charge is of the price agreed to. */
export function isAgreed({ price }: Job.Job, { amount }: Venice.Transaction): boolean {
  return -amount === price
}

/** Whether a row is a charge of a job's model since it was sent. */
export function isSince(job: Job.Job, { row, skew }: Row): boolean {
  return isOfModel(job, row) && sinceSent(job, { row, skew }) >= -slack
}

/** Whether it is of the price agreed to as well, and came while one may be posted. */
export function fitsJob(job: Job.Job, { row, skew }: Row): boolean {
  return (
    isSince(job, { row, skew }) && isAgreed(job, row) && sinceSent(job, { row, skew }) < posting
  )
}

function sinceSent({ sentAt, updatedAt }: Job.Job, { row, skew }: Row): number {
  return Date.parse(row.createdAt) - (sentAt ?? updatedAt).getTime() - skew
}
