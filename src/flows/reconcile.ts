import { listTransactions } from '../actions/listTransactions.js'
import * as Clock from '../Clock.js'
import type * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Ownership from '../Ownership.js'
import * as Spending from '../Spending.js'
import * as Venice from '../Venice.js'
import * as Wallet from '../Wallet.js'
import type { Zecchino } from './createZecchino.js'
import { readFacts } from './readFacts.js'
import { syncRows } from './syncRows.js'

/** What is to be said of one row, payment or job, in words. */
export type Remark = { id: string; says: string }

/** A remark, and whether the two books differ by it or it cannot be told yet. */
type Found = Remark & { differs: boolean }

/**
 * Holds the ledger against the provider's own rows, all of them, row by row. Free and without
 * effect beyond tying rows. What may yet come right by itself is no difference: a charge, a credit or
 * a refund may show half an hour late, and one that names no job waits for a better one as long.
 *
 * @throws {@link Wallet.NeedsWalletError} when an API key pays: it is shown no rows.
 */
export async function reconcile(zecchino: Zecchino): Promise<reconcile.ReturnType> {
  if (zecchino.payer === 'key') throw new Wallet.NeedsWalletError({ what: 'reconcile' })
  const { client, ledger } = zecchino
  await syncRows(zecchino)
  const rows = await listTransactions(client, { limit: 100_000 })
  const facts = await readFacts(zecchino)
  const owners = Ownership.ownersOf(facts)
  const untied = new Set(facts.rows.map(({ id }) => id))
  const payments = await ledger.payments({ statuses: ['credited'] })
  const jobs = (await ledger.jobs()).filter(({ queueId }) => queueId !== undefined)
  const tied = await ledger.tiedRows([...payments, ...jobs].map(({ id }) => id))
  const now = await ledger.now()
  const found = [
    ...rows
      .filter(({ id }) => untied.has(id))
      .map((row) => ofRow(row, { now: facts.now, owner: owners.get(row.id) })),
    ...payments.map((payment) => ofPayment(payment, { now, rows: tied.get(payment.id) ?? [] })),
    ...jobs.map((job) => ofJob(job, { now: facts.now, rows: tied.get(job.id) ?? [] })),
  ].filter((one) => one !== undefined)
  const remarks = (differs: boolean) =>
    found.filter((one) => one.differs === differs).map(({ id, says }) => ({ id, says }))
  return { differences: remarks(true), open: remarks(false), rows: rows.length }
}

export declare namespace reconcile {
  type ReturnType = {
    differences: Remark[]
    /** What cannot be told yet, and what came in under a name that this version does not know. */
    open: Remark[]
    rows: number
  }
}

type Rows = readonly Venice.Transaction[]

/** A row that is tied to nothing. */
function ofRow(
  row: Venice.Transaction,
  { now, owner }: { now: Clock.Reading; owner: Ownership.Owner | undefined },
): Found {
  const { amount, createdAt, id, type } = row
  const what = `${type} of ${Money.display(amount)} at ${createdAt}`
  const age = Clock.ageOf(row, now)
  if (!Venice.rowTypes.has(type)) {
    const unknown = `${what} is of a kind that this version does not know`
    return amount < 0n
      ? { differs: true, id, says: `${unknown}, and takes money` }
      : { differs: false, id, says: `${unknown}; it takes nothing` }
  }
  if (owner?.kind === 'certain')
    return {
      differs: false,
      id,
      says: `${what} is that of ${owner.id}, and about to be tied to it`,
    }
  if (owner?.kind === 'possible') {
    const says = `${what} is tied to nothing yet: ${owner.because} (${owner.ids.join(', ')})`
    return { differs: age > Clock.settling, id, says }
  }
  if (age <= Clock.grace)
    return {
      differs: false,
      id,
      says: `${what} fits nothing here yet; what it is for may be on its way`,
    }
  return { differs: true, id, says: `${what} is nobody's here` }
}

function ofPayment(
  payment: Ledger.Payment,
  { now, rows }: { now: Date; rows: Rows },
): Found | undefined {
  const { id, updatedAt } = payment
  const amount = Money.display(payment.amount)
  const [row] = rows
  if (!row) {
    const until = new Date(updatedAt.getTime() + Clock.posting)
    return now < until
      ? {
          differs: false,
          id,
          says: `credited with ${amount}; its row has not shown yet, and may until ${until.toISOString()}`,
        }
      : { differs: true, id, says: `credited with ${amount}, but Venice shows no row` }
  }
  if (row.amount === payment.amount) return undefined
  return { differs: true, id, says: `${amount} paid, ${Money.display(row.amount)} credited` }
}

/** A job that Venice has queued. */
function ofJob(job: Job.Job, { now, rows }: { now: Clock.Reading; rows: Rows }): Found | undefined {
  const { id } = job
  const charged = Spending.charged(rows)
  if (charged === job.price) return undefined
  const price = Money.display(job.price)
  const isCharged = rows.some(({ type }) => type === 'CHARGE')
  // All of it may still come, or its other rows.
  const sent = Clock.sentAt(job)
  const until = new Date(sent.at.getTime() + Clock.settling)
  if (charged < job.price && Clock.between(sent, now).least < Clock.settling) {
    const shown = isCharged
      ? `charged ${Money.display(charged)} so far`
      : 'its charge has not shown yet'
    return {
      differs: false,
      id,
      says: `queued for ${price}; ${shown}, and more may show until ${until.toISOString()}`,
    }
  }
  return isCharged
    ? { differs: true, id, says: `priced ${price}, charged ${Money.display(charged)}` }
    : { differs: true, id, says: `queued for ${price}, but Venice shows no charge` }
}
