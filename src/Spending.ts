import * as Money from './Money.js'
import type * as Venice from './Venice.js'

type Rows = readonly Venice.Transaction[]

/** What the charges among these rows come to, in micro-dollars: added up exactly, rounded up once. */
export function charged(rows: Rows): bigint {
  return Money.ceil(-sumOf(rows, 'CHARGE'))
}

/**
 * What the refunds among these rows give back, in micro-dollars. A refund of all that was charged gives
 * back all of it, however the charges were rounded; any other is rounded so that what is left is not too
 * little.
 */
export function refunded(rows: Rows): bigint {
  const [taken, given] = [-sumOf(rows, 'CHARGE'), sumOf(rows, 'REFUND')]
  return given > taken ? Money.floor(given) : Money.ceil(taken) - Money.ceil(taken - given)
}

/** Whether the refunds among these rows give back exactly what was charged. */
export function leavesNothing(rows: Rows): boolean {
  return sumOf(rows, 'CHARGE') + sumOf(rows, 'REFUND') === 0n
}

/**
 * What a job takes of the budgets, in micro-dollars: the price that was set aside for it, or what was
 * charged if that is more, less what came back. Charged and refunded in full, it takes nothing.
 */
export function booked({ reserved, rows }: { reserved: bigint; rows: Rows }): bigint {
  const [taken, given] = [charged(rows), refunded(rows)]
  if (taken > 0n && given >= taken) return 0n
  const most = taken > reserved ? taken : reserved
  return most > given ? most - given : 0n
}

/** Charges of one request, this row among them: one request may be charged in several rows. */
export function requestOf(row: Venice.Transaction, rows: Rows): Rows {
  const { requestId } = row
  if (requestId === null) return [row]
  const alike = rows.filter(
    (other) => other.type === 'CHARGE' && other.requestId === requestId && other.id !== row.id,
  )
  return [row, ...alike]
}

function sumOf(rows: Rows, type: string): bigint {
  return rows.reduce(
    (sum, row) => (row.type === type ? sum + (row.exact ?? Money.exact(row.amount)) : sum),
    0n,
  )
}
