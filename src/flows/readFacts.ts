import * as Charges from '../Charges.js'
import * as Clock from '../Clock.js'
import * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import type * as Ownership from '../Ownership.js'
import type * as Venice from '../Venice.js'
import type { Zecchino } from './createZecchino.js'

/** How long before its send, by another clock, a row of a job may seem to be made, in milliseconds. */
const around = 4 * Clock.apart

/**
 * Gathers from the ledger all that has to be known to say whose those rows are that are tied to nothing:
 * the rows first, then whoever may own one, so that what is named meanwhile is not missed. `given`: these
 * rows instead.
 */
export async function readFacts(
  { client, ledger, policy }: Zecchino,
  given?: readonly Venice.Transaction[],
): Promise<Ownership.Facts> {
  const found = given ?? (await ledger.unlinkedRows())
  const now = client.providerTime()
  const jobs = await jobsAround(ledger, { now, rows: found })
  const isPaid = found.some(({ type }) => type === 'TOP_UP')
  const payments = isPaid ? await ledger.payments() : []
  const tied = await ledger.tiedRows([...jobs, ...payments].map(({ id }) => id))
  // Another reader may have tied one meanwhile.
  const known = new Set([...tied.values()].flatMap((rows) => rows.map(({ id }) => id)))
  const rows = found.filter(({ id }) => !known.has(id))
  return { jobs, now, payments, policy, rows, tied }
}

/**
 * Jobs that may own one of the rows: those sent around its time, those that it names, those that failed.
 * One whose date cannot be true may be of any lately.
 */
async function jobsAround(
  ledger: Ledger.Ledger,
  { now, rows }: { now: Clock.Reading; rows: readonly Venice.Transaction[] },
): Promise<Job.Job[]> {
  const usage = rows.filter(({ type }) => type !== 'TOP_UP')
  if (usage.length === 0) return []
  const jobs = new Map<string, Job.Job>()
  const add = (found: readonly Job.Job[]) => {
    for (const job of found) jobs.set(job.id, job)
  }
  const dated = usage.filter((row) => Clock.isDated(row, now))
  for (const sent of spansOf(dated)) add(await ledger.jobs({ sent }))
  if (dated.length < usage.length) {
    const at = now.at.getTime()
    const sent = { from: dateOf(at - Clock.lifetime - around), until: dateOf(at + around) }
    add(await ledger.jobs({ sent }))
    add(await ledger.jobs({ statuses: [...Charges.unanswered] }))
  }
  add(await ledger.jobs({ statuses: Job.givenUp }))
  for (const id of new Set(usage.map(({ requestId }) => requestId))) {
    const named = id ? await ledger.findJobOfQueueId(id) : undefined
    if (named) jobs.set(named.id, named)
  }
  return [...jobs.values()]
}

/** A date, also of a row that is dated where dates end. */
function dateOf(ms: number): Date {
  return new Date(Math.min(Math.max(ms, -8.64e15), 8.64e15))
}

/** The times in which a job of one of the rows may have been sent, as few as there are. */
function spansOf(rows: readonly Venice.Transaction[]): { from: Date; until: Date }[] {
  const spans: { from: Date; until: Date }[] = []
  for (const row of rows.toSorted(Charges.byTime)) {
    const at = Charges.timeOf(row)
    const back = row.type === 'REFUND' ? Clock.returning : Clock.posting
    const [from, until] = [dateOf(at - back - around), dateOf(at + around)]
    const last = spans.at(-1)
    if (last && from <= last.until) {
      if (from < last.from) last.from = from
      if (until > last.until) last.until = until
    } else spans.push({ from, until })
  }
  return spans
}
