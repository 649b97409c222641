import type * as Job from '../Job.js'
import * as Money from '../Money.js'
import type * as Venice from '../Venice.js'
import type { Zecchino } from './createZecchino.js'
import { fitsJob, isOfModel } from './fitsJob.js'
import { settling, syncRows } from './syncRows.js'

/** How long a row may wait for the job or payment that made it, in milliseconds. */
const grace = 120_000

/**
 * Looks for rows in the provider's ledger that nobody here made, and stops spending when there are
 * any: somebody else has the key. A ledger that has never bought anything takes the rows before its
 * time as history.
 */
export async function checkForeign(zecchino: Zecchino): Promise<void> {
  const { ledger } = zecchino
  const rows = await ledger.unlinkedRows()
  if (rows.length === 0) return
  const [payment] = await ledger.payments({ limit: 1 })
  if (!payment && !(await ledger.jobs()).some(({ sentAt }) => sentAt)) {
    for (const row of rows) await ledger.linkRow(row.id, 'history')
    return
  }
  const seen = new Set((await findForeign(zecchino)).map(({ id }) => id))
  if (seen.size === 0) return
  // Others tie rows at the same time: what looks foreign is looked at again.
  await syncRows(zecchino)
  const row = (await findForeign(zecchino)).find(({ id }) => seen.has(id))
  if (row) await ledger.freeze(wordsOf(row))
}

/** Rows in the provider's ledger that nobody here made; one that may yet turn out ours is none. */
export async function findForeign(zecchino: Zecchino): Promise<Venice.Transaction[]> {
  const { client, ledger } = zecchino
  const [jobs, rows] = await Promise.all([ledger.jobs(), ledger.unlinkedRows()])
  const now = client.now().getTime() + client.skew()
  const found: Venice.Transaction[] = []
  for (const row of rows) {
    const age = now - Date.parse(row.createdAt)
    if (age <= grace) continue
    const charge = row.type === 'REFUND' ? chargeOf(row, rows) : row
    if (charge && jobs.some((job) => mayOwn(job, charge))) continue
    if (charge && age <= settling + grace && (await mayFit(zecchino, { charge, jobs, rows })))
      continue
    found.push(row)
  }
  return found
}

/** The charge that a refund gives back, if that is not tied either. */
function chargeOf(
  { requestId }: Venice.Transaction,
  rows: readonly Venice.Transaction[],
): Venice.Transaction | undefined {
  return rows.find((row) => row.type === 'CHARGE' && row.requestId === requestId)
}

/** Whether a queued job that the charge fits has none yet: then it may turn out to be its own. */
async function mayFit(
  { client, ledger }: Zecchino,
  { charge, jobs, rows }: MayFit,
): Promise<boolean> {
  const skew = client.skew()
  for (const job of jobs.filter((one) => one.queueId && fitsJob(one, { row: charge, rows, skew })))
    if (!(await ledger.linkedRows(job.id)).some(({ type }) => type === 'CHARGE')) return true
  return false
}

type MayFit = {
  charge: Venice.Transaction
  jobs: readonly Job.Job[]
  rows: readonly Venice.Transaction[]
}

/** Whether a job whose answer is still open may have made the row. */
function mayOwn(job: Job.Job, row: Venice.Transaction): boolean {
  const open = ['sending', 'ambiguous', 'reserved'].includes(job.status) && job.sentAt !== undefined
  return open && isOfModel(job, row)
}

function wordsOf(row: Venice.Transaction): string {
  return `Venice shows ${nameOf(row)} that nobody here made; if it is yours, run: zecchino unfreeze.`
}

/** What a person calls a row. */
export function nameOf({ amount, createdAt, id, type }: Venice.Transaction): string {
  return `a ${type} of ${Money.display(amount < 0n ? -amount : amount)} at ${createdAt} (row ${id})`
}

/** Ties rows to the owner's word that they are known; returns how many were not tied before. */
export async function acknowledgeForeign(
  { ledger }: Zecchino,
  rows: readonly Venice.Transaction[],
): Promise<number> {
  let acknowledged = 0
  for (const { id } of rows) if (await ledger.linkRow(id, 'foreign')) acknowledged += 1
  return acknowledged
}
