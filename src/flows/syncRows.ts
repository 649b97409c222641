import { listTransactions } from '../actions/listTransactions.js'
import * as Clock from '../Clock.js'
import * as Job from '../Job.js'
import * as Money from '../Money.js'
import * as Ownership from '../Ownership.js'
import type * as Venice from '../Venice.js'
import type { Zecchino } from './createZecchino.js'
import { linkTopUp } from './linkTopUp.js'
import { linkUsage } from './linkUsage.js'
import { moveJob } from './moveJob.js'
import { readFacts } from './readFacts.js'

/** Rows that are read at once, the newest: a hundred requests. No history of ours makes more between two looks. */
const maxRows = 10_000

/** Rounds of tying: what is tied may tell whose another row is. */
const maxRounds = 10

/**
 * Reads the provider's own ledger and ties its rows to our payments and jobs: each row once, and only
 * where it is certain whose it is. What stays untied was made by somebody else, or belongs to a job whose
 * answer was lost. An API key is shown no rows: then there is nothing to read.
 */
export async function syncRows(zecchino: Zecchino): Promise<void> {
  const { client, ledger } = zecchino
  if (zecchino.payer === 'key') return
  // A row that is dated in the future says nothing about what was read.
  const newest = await ledger.newestRow(client.providerTime().at)
  const since = newest && new Date(newest.getTime() - Clock.overlap)
  await ledger.recordRows(await listTransactions(client, { limit: maxRows, since }))
  for (let round = 0; round < maxRounds; round += 1)
    if (!(await tieRows(zecchino, await readFacts(zecchino)))) break
  await reclaimRows(zecchino)
  await bookRefunds(zecchino)
}

/** Ties each row that is certainly somebody's. Returns whether any was: then others may be too. */
async function tieRows(zecchino: Zecchino, facts: Ownership.Facts): Promise<boolean> {
  const owners = Ownership.ownersOf(facts)
  let isTied = false
  for (const row of facts.rows) {
    const owner = owners.get(row.id)
    if (owner?.kind !== 'certain') continue
    const tie = () => zecchino.ledger.linkRow(row.id, owner.id)
    if (await link(zecchino, { facts, id: owner.id, row, tie })) isTied = true
  }
  return isTied
}

/**
 * Takes back rows that the owner was shown as nobody's and has acknowledged, once it is certain whose they
 * are: a charge by its name, what came in by what it fits as well.
 */
async function reclaimRows(zecchino: Zecchino): Promise<void> {
  const { ledger } = zecchino
  const rows = await ledger.linkedRows('foreign')
  if (rows.length === 0) return
  const facts = await readFacts(zecchino, rows)
  const owners = Ownership.ownersOf(facts)
  for (const row of rows) {
    const owner = owners.get(row.id)
    if (owner?.kind !== 'certain' || (owner.by === 'facts' && row.type === 'CHARGE')) continue
    const tie = () => ledger.retieRow(row.id, { from: 'foreign', to: owner.id })
    await link(zecchino, { facts, id: owner.id, row, tie })
  }
}

/** Ties a row to whom it belongs, with what follows from it. `false`: another reader was faster. */
async function link(zecchino: Zecchino, options: Link): Promise<boolean> {
  const { facts, id, row, tie } = options
  const job = facts.jobs.find((one) => one.id === id)
  if (job) return linkUsage(zecchino, { job, rows: [row], tie })
  const payment = facts.payments.find((one) => one.id === id)
  return payment !== undefined && linkTopUp(zecchino, { payment, row, tie })
}

type Link = {
  facts: Ownership.Facts
  id: string
  row: Venice.Transaction
  tie: () => Promise<boolean>
}

/** A refund may come long after the failure, and this process may have died between two writes. */
async function bookRefunds(zecchino: Zecchino): Promise<void> {
  for (const job of await zecchino.ledger.jobs({ statuses: Job.givenUp })) {
    const { detail, id, refund, status } = job
    if (refund === undefined) continue
    const words = [detail, `Since then ${Money.display(refund)} was refunded.`]
    await moveJob(zecchino, {
      from: status,
      jobId: id,
      patch: { detail: words.filter(Boolean).join(' ') },
      to: 'failed_refunded',
    })
  }
}
