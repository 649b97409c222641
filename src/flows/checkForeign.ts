import type * as Charges from '../Charges.js'
import * as Money from '../Money.js'
import * as Ownership from '../Ownership.js'
import * as Venice from '../Venice.js'
import type { Zecchino } from './createZecchino.js'
import { findCopied } from './findCopied.js'
import { readFacts } from './readFacts.js'
import { setAside } from './setAside.js'
import { syncRows } from './syncRows.js'

/**
 * Looks for rows in the provider's ledger that nobody here made, and stops spending when there are
 * any: somebody else has the key. What they may have bought of ours is not bought again. A ledger that has never bought anything takes the rows before its
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
  const found = (await findForeign(zecchino)).filter(({ id }) => seen.has(id))
  const foreign = await leaveHistory(zecchino, found)
  const [row] = foreign
  if (!row) return
  await ledger.freeze(wordsOf(row))
  for (const { job, request } of await findCopied(zecchino, foreign)) {
    const reason = `Venice shows a charge of its model and price that nobody here made (row ${request.rows[0]?.id}): another copy of this ledger may have sent it.`
    await setAside(zecchino, { jobId: job.id, reason, sentAt: timeOf(request, await ledger.now()) })
  }
}

/** When a request was made, by its rows: never after now, whatever date they have. */
function timeOf({ first }: Charges.Request, now: Date): Date {
  return new Date(Math.min(first, now.getTime()))
}

/** Sets apart the rows that are from before anything was bought here, and show only now; returns the others. */
async function leaveHistory(
  { client, ledger }: Zecchino,
  rows: readonly Venice.Transaction[],
): Promise<Venice.Transaction[]> {
  if (rows.length === 0) return []
  const [jobs, payments] = [await ledger.jobs(), await ledger.payments()]
  const facts = { jobs, now: client.providerTime(), payments }
  const others: Venice.Transaction[] = []
  for (const row of rows)
    if (!Ownership.isHistory(row, facts)) others.push(row)
    else await ledger.linkRow(row.id, 'history')
  return others
}

/** Spending that nobody here did; what may yet turn out ours is none. */
export async function findForeign(zecchino: Zecchino): Promise<Venice.Transaction[]> {
  const facts = await readFacts(zecchino)
  const owners = Ownership.ownersOf(facts)
  const { now, rows } = facts
  return rows.filter((row) => Ownership.isForeign(row, { now, owner: owners.get(row.id) }))
}

function wordsOf(row: Venice.Transaction): string {
  const known = Venice.rowTypes.has(row.type)
    ? 'that nobody here made'
    : 'that takes money under a name that this version does not know'
  return `Venice shows ${nameOf(row)} ${known}; if it is yours, run: zecchino unfreeze.`
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
