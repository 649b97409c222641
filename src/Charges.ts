import * as Clock from './Clock.js'
import type * as Job from './Job.js'
import * as Policy from './Policy.js'
import * as Spending from './Spending.js'
import type * as Venice from './Venice.js'

type Row = Venice.Transaction
type Rows = readonly Row[]

/** Charges of one request: it may be charged in several rows. */
export type Request = {
  /** What they come to, in micro-dollars. */
  charged: bigint
  first: number
  /** What they name: a job of ours, something else, or nothing. */
  id: string | null
  last: number
  model: string | null
  rows: Rows
}

/** What a fit is judged by. */
export type Facts = {
  /** By the provider's clock. */
  now: Clock.Reading
  policy: Pick<Policy.Policy, 'priceTolerance'>
  /** Rows tied to a job or a payment, by its id. */
  tied: ReadonlyMap<string, Rows>
}

/** How a request fits a job, best first. */
export const ranks = [
  /** When it should, for the price that was agreed to. */
  'agreed',
  /** When it should, for less so far. */
  'part',
  /** For the price that was agreed to, and in time if a clock was wrong, or its date is none. */
  'agreed if clocks were wrong',
  'part if clocks were wrong',
  /** When it should, for more than was agreed to. */
  'more',
] as const
export type Rank = (typeof ranks)[number]

/** A job that a request may be for. */
export type Fit = { job: Job.Job; rank: Rank }

/** Whether a request is of the price that was agreed to, and only its time may be wrong. */
export function isAgreed({ rank }: Fit): boolean {
  return rank === 'agreed' || rank === 'agreed if clocks were wrong'
}

/** Orders fits: below zero when the first is better. */
export function compare(a: Fit, b: Fit): number {
  return ranks.indexOf(a.rank) - ranks.indexOf(b.rank)
}

/** Where an answer is missing: a charge that names something unknown may be for such a job. */
export const unanswered: ReadonlySet<Job.Status> = new Set(['ambiguous', 'reserved', 'sending'])

/** Puts charges together by request, the oldest first. `jobs`: whose prices are known. */
export function requestsOf(rows: Rows, jobs: readonly Pick<Job.Job, 'price'>[]): Request[] {
  const prices = new Set(jobs.map(({ price }) => price))
  const groups = new Map<string, Row[]>()
  const latest = new Map<string | null, Row[]>()
  for (const row of rows.filter(({ type }) => type === 'CHARGE').toSorted(byTime)) {
    const near = row.requestId === null ? latest.get(row.modelId) : groups.get(row.requestId)
    if (near && (row.requestId !== null || isPart(row, { near, prices }))) near.push(row)
    else {
      const group = [row]
      groups.set(row.requestId ?? `row ${row.id}`, group)
      if (row.requestId === null) latest.set(row.modelId, group)
    }
  }
  return [...groups.values()].map((group) => ({
    charged: Spending.charged(group),
    first: Math.min(...group.map(timeOf)),
    id: group[0]?.requestId ?? null,
    last: Math.max(...group.map(timeOf)),
    model: group.find(({ modelId }) => modelId !== null)?.modelId ?? null,
    rows: group,
  }))
}

/** Whether a charge that names nothing is of one request with those before: next to them, and no price itself. */
function isPart(row: Row, { near, prices }: { near: Rows; prices: Set<bigint> }): boolean {
  const [first = row] = near
  const isWhole = [row, first].some((one) => prices.has(Spending.charged([one])))
  return !isWhole && timeOf(row) - timeOf(first) <= Clock.slack
}

/** Jobs without a charge that a request may be for, the likeliest first. */
export function fitsOf(
  request: Request,
  { jobs, ...facts }: Facts & { jobs: readonly Job.Job[] },
): Fit[] {
  const fits = jobs.flatMap((job) => {
    const rank = rankOf(request, { facts, job })
    return rank ? [{ job, rank }] : []
  })
  const isGivenUp = ({ job }: Fit) => Number(job.status === 'abandoned')
  // Paid calls leave one at a time: of those that fit alike it is the one that left last before it.
  const since = ({ job }: Fit) => Math.abs(request.first - Clock.sentAt(job).at.getTime())
  return fits.toSorted(
    (a, b) => compare(a, b) || isGivenUp(a) - isGivenUp(b) || since(a) - since(b),
  )
}

/** How a request fits a job that has no charge yet, if it does at all. */
export function rankOf(
  request: Request,
  { facts, job }: { facts: Facts; job: Job.Job },
): Rank | undefined {
  const { charged, id, model } = request
  if (!mayBeCharged(job, facts) || (model !== null && model !== job.model)) return undefined
  const isDated = request.rows.every((row) => Clock.isDated(row, facts.now))
  const isTimely = isDated && isWithin(request, Clock.sentAt(job))
  if (isDated && !isTimely && !isNearly(request, job)) return undefined
  const exceeds = (prices: { now: bigint; quoted: bigint }) =>
    Policy.exceedsTolerance(facts.policy, prices)
  if (!exceeds({ now: charged, quoted: job.price })) {
    const price = exceeds({ now: job.price, quoted: charged }) ? 'part' : 'agreed'
    return isTimely ? price : `${price} if clocks were wrong`
  }
  // More than was agreed to is taken for a job's only while its answer may still be on the way.
  return job.status === 'sending' && id !== null && isTimely ? 'more' : undefined
}

/** Whether a job was sent, is not known to have been refused, and has no charge yet. */
function mayBeCharged(job: Job.Job, { tied }: Facts): boolean {
  const { id, queueId, sentAt, status } = job
  if (!sentAt || tied.get(id)?.some(({ type }) => type === 'CHARGE')) return false
  return queueId !== undefined || unanswered.has(status) || status === 'abandoned'
}

/** Whether a request was charged between a send and the time that a charge may take. */
function isWithin({ first, last }: Request, { at, within }: Clock.Reading): boolean {
  const sent = at.getTime()
  return first >= sent - within && last <= sent + Clock.posting + within
}

/** Whether it was by any clock that was asked, if that was wrong. */
function isNearly(request: Request, { providerSentAt, sentAt, updatedAt }: Job.Job): boolean {
  const times = [providerSentAt, sentAt ?? updatedAt].filter((time) => time !== undefined)
  return times.some((at) => isWithin(request, { at, within: Clock.apart }))
}

/** When a row was made, in milliseconds by the provider's clock. */
export function timeOf({ createdAt }: Row): number {
  return Date.parse(createdAt)
}

/** Orders rows by time, and the same way each time where that is the same. */
export function byTime(a: Row, b: Row): number {
  return timeOf(a) - timeOf(b) || (a.id < b.id ? -1 : 1)
}
