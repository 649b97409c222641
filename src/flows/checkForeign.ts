import type * as Job from '../Job.js'
import * as Money from '../Money.js'
import type * as Venice from '../Venice.js'
import type { Zecchino } from './createZecchino.js'

/** How long a row may wait for the job or payment that made it, in milliseconds. */
const grace = 120_000

/**
 * Looks for rows in the provider's ledger that nobody here made, and stops spending when there are
 * any: somebody else has the key. A ledger that has never bought anything takes the rows before its
 * time as history.
 */
export async function checkForeign(zecchino: Zecchino): Promise<void> {
  const { client, ledger } = zecchino
  const rows = await ledger.unlinkedRows()
  if (rows.length === 0) return
  const [jobs, payments] = await Promise.all([ledger.jobs(), ledger.payments({ limit: 1 })])
  if (payments.length === 0 && !jobs.some(({ sentAt }) => sentAt)) {
    for (const row of rows) await ledger.linkRow(row.id, 'history')
    return
  }
  const now = client.now().getTime() + client.skew()
  const [foreign] = rows.filter(
    (row) => now - Date.parse(row.createdAt) > grace && !jobs.some((job) => mayOwn(job, row)),
  )
  if (foreign) await ledger.freeze(wordsOf(foreign))
}

/** Whether a job whose answer is still open may have made the row. */
function mayOwn(job: Job.Job, row: Venice.Transaction): boolean {
  const open = ['sending', 'ambiguous', 'reserved'].includes(job.status) && job.sentAt !== undefined
  return open && row.type === 'CHARGE' && (row.modelId ?? job.model) === job.model
}

function wordsOf({ amount, createdAt, id, type }: Venice.Transaction): string {
  return `Venice shows a ${type} of ${Money.display(amount < 0n ? -amount : amount)} at ${createdAt} (row ${id}) that nobody here made; if it is yours, run: zecchino unfreeze.`
}

/** Ties every row that is still untied to the owner's word that it is known. */
export async function acknowledgeForeign({ ledger }: Zecchino): Promise<number> {
  const rows = await ledger.unlinkedRows()
  for (const row of rows) await ledger.linkRow(row.id, 'foreign')
  return rows.length
}
