import type * as Job from '../Job.js'
import * as Spending from '../Spending.js'
import type * as Venice from '../Venice.js'

/** How much earlier than its request a row may seem to be made, in milliseconds. */
const slack = 5_000

/** How long after its request a charge may be posted, in milliseconds. */
const posting = 30 * 60_000

type Row = {
  row: Venice.Transaction
  /** Rows among which the other charges of its request are. */
  rows: readonly Venice.Transaction[]
  skew: number
}

/** Whether a row is a charge of a job's model. */
export function isOfModel({ model }: Job.Job, row: Venice.Transaction): boolean {
  return row.type === 'CHARGE' && (row.modelId ?? model) === model
}

/** Whether a charge, with the others of its request, is of the price agreed to. */
export function isAgreed({ price }: Job.Job, { row, rows }: Omit<Row, 'skew'>): boolean {
  return Spending.charged(Spending.requestOf(row, rows)) === price
}

/** Whether a row is a charge of a job's model since it was sent. */
export function isSince(job: Job.Job, { row, skew }: Omit<Row, 'rows'>): boolean {
  return isOfModel(job, row) && sinceSent(job, { row, skew }) >= -slack
}

/** Whether it is of the price agreed to as well, and came while one may be posted. */
export function fitsJob(job: Job.Job, { row, rows, skew }: Row): boolean {
  const age = sinceSent(job, { row, skew })
  return isSince(job, { row, skew }) && isAgreed(job, { row, rows }) && age < posting
}

function sinceSent({ sentAt, updatedAt }: Job.Job, { row, skew }: Omit<Row, 'rows'>): number {
  return Date.parse(row.createdAt) - (sentAt ?? updatedAt).getTime() - skew
}
