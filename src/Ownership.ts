import * as Charges from './Charges.js'
import * as Clock from './Clock.js'
import { match } from './internal/match.js'
import * as Job from './Job.js'
import type * as Ledger from './Ledger.js'
import * as Spending from './Spending.js'
import type * as Venice from './Venice.js'
import * as X402 from './X402.js'

type Row = Venice.Transaction
type Rows = readonly Row[]

/** What has to be known before anybody can say whose a row is. */
export type Facts = Charges.Facts & {
  /** All that may own one of the rows. */
  jobs: readonly Job.Job[]
  payments: readonly Ledger.Payment[]
  /** Rows that are tied to nothing. */
  rows: Rows
}

/** Whose a row is. */
export type Owner =
  /** This job's or payment's: it can be tied to it. */
  | { kind: 'certain'; because: string; by: 'facts' | 'name'; id: string }
  /** Perhaps one of these, the likeliest first. Nobody else need have made it. */
  | { kind: 'possible'; because: string; ids: readonly string[] }
  /** Nothing here made it, or all that could have has another one. */
  | { kind: 'nobody' }

const nobody: Owner = { kind: 'nobody' }

/** Statuses of a job that may have failed without our knowing. */
const failing: ReadonlySet<Job.Status> = new Set(['ambiguous', 'queued', 'ready', 'sending'])

/** Statuses of a payment that may have a row. One that counts as unpaid may have been paid after all. */
const payable: ReadonlySet<Ledger.PaymentStatus> = new Set([
  'abandoned',
  'credited',
  'failed_unpaid',
  'paid_not_credited',
  'sent',
  'unknown',
])

/** Says of each row that is tied to nothing whose it is, by its id. Nothing else decides that. */
export function ownersOf(facts: Facts): Map<string, Owner> {
  const named = namesOf(facts)
  const charges = ofCharges(facts, named)
  return new Map([...charges, ...ofRefunds(facts, { charges, named }), ...ofTopUps(facts)])
}

/** Says whose one of the rows is. */
export function ownerOf(row: Row, facts: Facts): Owner {
  return ownersOf(facts).get(row.id) ?? nobody
}

/**
 * Whether a row is spending that nobody here did, nor can turn out to have done. Money that came in stops
 * nothing, except a top-up: somebody has signed that with the wallet's key.
 */
export function isForeign(
  row: Row,
  { now, owner = nobody }: { now: Clock.Reading; owner: Owner | undefined },
): boolean {
  const isSpending = (row.exact ?? row.amount) < 0n || row.type === 'TOP_UP'
  // By a date that cannot be true nothing can be waited for.
  const isYoung = Clock.isDated(row, now) && Clock.ageOf(row, now) <= Clock.grace
  return isSpending && owner.kind === 'nobody' && !isYoung
}

/**
 * Whether a row that nobody here made is from before anything was bought here, however late it shows: it is
 * history, and stops nothing. What came in is held against what left first. A charge, against what was booked
 * first: before that left, another copy of this ledger may have sent it.
 */
export function isHistory(
  row: Row,
  { jobs, now, payments }: Pick<Facts, 'jobs' | 'now' | 'payments'>,
): boolean {
  const made = [...jobs, ...payments].map(({ createdAt }) => createdAt.getTime() - Clock.apart)
  const left = [
    ...jobs.filter((job) => job.sentAt).map((job) => earliestOf(Clock.sentAt(job))),
    ...payments.map((payment) => signedAt(payment) - Clock.slack),
  ]
  const began = Math.min(...(row.type === 'TOP_UP' ? left : made))
  return Clock.isDated(row, now) && Charges.timeOf(row) < began
}

function earliestOf({ at, within }: Clock.Reading): number {
  return at.getTime() - within
}

type Names = ReadonlyMap<string, Owner>

/** The jobs that request ids name: by their queue id, or by what else was tied to them under that id. */
function namesOf({ jobs, tied }: Facts): Names {
  const names = new Map<string, Owner>()
  const name = (requestId: string | null | undefined, id: string, because: string) => {
    if (requestId) names.set(requestId, { because, by: 'name', id, kind: 'certain' })
  }
  for (const { id } of jobs)
    for (const { requestId } of tied.get(id) ?? [])
      name(requestId, id, 'it is for the request of another row of it')
  for (const { id, queueId } of jobs) name(queueId, id, 'it names the job')
  return names
}

function ofCharges(facts: Facts, named: Names): Map<string, Owner> {
  const owners = new Map<string, Owner>()
  const own = ({ rows }: Charges.Request, owner: Owner) => {
    for (const { id } of rows) owners.set(id, owner)
  }
  const requests = Charges.requestsOf(facts.rows, facts.jobs)
  const ownerOf = ({ id }: Charges.Request) => named.get(id ?? '')
  // A job that a charge among these names has its own: no other fits it, tied or not yet.
  const charged = new Set(
    requests.flatMap((request) => {
      const owner = ownerOf(request)
      return owner?.kind === 'certain' ? [owner.id] : []
    }),
  )
  const fits = new Map<Charges.Request, Charges.Fit[]>()
  for (const request of requests) {
    const owner = ownerOf(request)
    if (owner) own(request, owner)
    else {
      const list = Charges.fitsOf(request, facts)
      fits.set(
        request,
        list.filter(({ job }) => !charged.has(job.id)),
      )
    }
  }
  // A job has one request. Those that fit best are paired first: what is left over fits worst.
  const rank = ([fit]: Charges.Fit[]) => Charges.ranks.indexOf(fit?.rank ?? 'more')
  const best = [...fits].toSorted(([, a], [, b]) => rank(a) - rank(b))
  const choices = best.map(([request, list]) => [request, list.map(({ job }) => job)] as const)
  const pairs = match(new Map(choices))
  for (const [request, list] of fits) {
    const fit = list.find(({ job }) => job === pairs.get(request))
    own(request, fit ? ofFit(facts, { fit, list, request }) : nobody)
  }
  return owners
}

/** Whether the job that a request was paired with is surely its own, or it may be another's as well. */
function ofFit(
  { now }: Facts,
  { fit, list, request }: { fit: Charges.Fit; list: Charges.Fit[]; request: Charges.Request },
): Owner {
  const { id } = fit.job
  const ids = [id, ...list.map(({ job }) => job.id).filter((other) => other !== id)]
  const possible = (because: string): Owner => ({ because, ids, kind: 'possible' })
  const isOpen = (one: Charges.Fit) =>
    Charges.unanswered.has(one.job.status) && Charges.compare(one, fit) <= 0
  if (list.some(isOpen)) return possible('it may be for a job whose answer is missing')
  if (!Charges.isAgreed(fit)) return possible('it is less than the price of the job that it fits')
  const sent = Clock.sentAt(fit.job)
  const ageOf = (row: Row) =>
    Clock.isDated(row, now) ? Clock.ageOf(row, now) : Clock.between(sent, now).least
  if (request.rows.some((row) => ageOf(row) < Clock.settling))
    return possible('the job that it fits may yet get a charge that names it')
  return certain(id, 'it fits the job, which has got no charge that names it')
}

function ofRefunds(
  facts: Facts,
  { charges, named }: { charges: ReadonlyMap<string, Owner>; named: Names },
): Map<string, Owner> {
  const owners = new Map<string, Owner>()
  const nameless: Row[] = []
  const isCharge = ({ type }: Row) => type === 'CHARGE'
  const byRequest = new Map(facts.rows.filter(isCharge).map((row) => [row.requestId, row.id]))
  for (const row of facts.rows.filter(({ type }) => type === 'REFUND').toSorted(Charges.byTime)) {
    // It goes wherever its charge goes.
    const charge = row.requestId === null ? undefined : byRequest.get(row.requestId)
    const owner = named.get(row.requestId ?? '') ?? (charge && charges.get(charge))
    if (owner) owners.set(row.id, owner)
    else nameless.push(row)
  }
  const { failed, failing } = refundable(facts)
  const choices = new Map(
    nameless.map((row) => [row, failed.filter((job) => givesBack(row, { facts, job }))]),
  )
  const pairs = match(choices)
  const given = new Set(pairs.values())
  for (const row of nameless) {
    const mine = choices.get(row) ?? []
    const others = failing.filter((job) => mayGiveBack(row, { facts, job }))
    const job = pairs.get(row)
    // Another may have failed as well, and not been looked at since.
    const isOld = Clock.isDated(row, facts.now) && Clock.ageOf(row, facts.now) >= Clock.grace
    const waits = others.length > 0 && !isOld
    if (job && !waits && mine.every((one) => given.has(one)))
      owners.set(row.id, certain(job.id, 'it is what this one has paid'))
    else if (job || others.length > 0)
      owners.set(row.id, {
        because: 'it is what these have paid',
        ids: [...mine, ...others].map(({ id }) => id),
        kind: 'possible',
      })
  }
  return owners
}

/** Jobs whose money may come back: those that failed, and those that may have without our knowing. */
function refundable({ jobs, tied }: Facts) {
  const isCharged = ({ id }: Job.Job) => tied.get(id)?.some(({ type }) => type === 'CHARGE')
  // While Venice says that it has failed, its refund may be the proof of it.
  const isFailed = ({ badNews, status }: Job.Job) => Job.isGivenUp(status) || badNews !== undefined
  return {
    failed: jobs.filter((job) => isFailed(job) && isCharged(job)),
    failing: jobs.filter((job) => (isFailed(job) ? !isCharged(job) : failing.has(job.status))),
  }
}

/** Whether a refund gives back exactly what a job has paid, after that, and names no other request. */
function givesBack(row: Row, { facts, job }: { facts: Facts; job: Job.Job }): boolean {
  const tied = facts.tied.get(job.id) ?? []
  const isNamed = tied.some(({ requestId }) => requestId !== null)
  if (row.requestId !== null && isNamed) return false
  return isAfter(row, { facts, job }) && Spending.leavesNothing([...tied, row])
}

/** Whether it gives back what a job has paid or was to pay. */
function mayGiveBack(row: Row, { facts, job }: { facts: Facts; job: Job.Job }): boolean {
  if (facts.tied.get(job.id)?.length) return givesBack(row, { facts, job })
  return isAfter(row, { facts, job }) && row.amount === job.price
}

/** Whether it came after the job was sent, as far as its date says, and is of its model. */
function isAfter(row: Row, { facts, job }: { facts: Facts; job: Job.Job }): boolean {
  const isOfModel = (row.modelId ?? job.model) === job.model
  const earliest = Clock.sentAt(job).at.getTime() - Clock.apart
  const isLate = !Clock.isDated(row, facts.now) || Charges.timeOf(row) >= earliest
  return job.sentAt !== undefined && isOfModel && isLate
}

function ofTopUps(facts: Facts): Map<string, Owner> {
  const rows = facts.rows.filter(({ type }) => type === 'TOP_UP').toSorted(Charges.byTime)
  const choices = new Map(rows.map((row) => [row, paymentsOf(row, facts)]))
  const owners = [...match(choices)].map(([row, { id }]): [string, Owner] => {
    if (Clock.isDated(row, facts.now))
      return [row.id, certain(id, 'amount and time are those of what was signed')]
    const ids = [...new Set([id, ...(choices.get(row) ?? []).map((one) => one.id)])]
    if (ids.length === 1) return [row.id, certain(id, 'its amount is that of one payment alone')]
    return [row.id, { because: 'its amount is that of these payments', ids, kind: 'possible' }]
  })
  return new Map(owners)
}

function certain(id: string, because: string): Owner {
  return { because, by: 'facts', id, kind: 'certain' }
}

/**
 * When a payment was signed, by the provider's clock, at the earliest: until when it may settle is by that
 * clock, and at most so long after.
 */
function signedAt({ validBefore }: Ledger.Payment): number {
  return validBefore.getTime() - X402.window.max * 1_000
}

/**
 * Payments that a TOP_UP may be for, the likeliest first. They are signed one after the other. A date that
 * cannot be true says nothing for or against any.
 */
function paymentsOf(row: Row, { now, payments, tied }: Facts): Ledger.Payment[] {
  const at = Charges.timeOf(row)
  const isTimely = (payment: Ledger.Payment) =>
    at >= signedAt(payment) - Clock.apart &&
    at <= payment.validBefore.getTime() + Clock.posting + Clock.apart
  const fits = (payment: Ledger.Payment) =>
    payable.has(payment.status) &&
    payment.amount === row.amount &&
    !tied.get(payment.id)?.length &&
    (!Clock.isDated(row, now) || isTimely(payment))
  const isUnpaid = ({ status }: Ledger.Payment) => Number(status === 'failed_unpaid')
  const since = (payment: Ledger.Payment) => {
    const passed = at - signedAt(payment)
    return passed >= -Clock.slack ? passed : Clock.posting - passed
  }
  return payments
    .filter(fits)
    .toSorted(
      (a, b) =>
        isUnpaid(a) - isUnpaid(b) ||
        since(a) - since(b) ||
        a.createdAt.getTime() - b.createdAt.getTime(),
    )
}
