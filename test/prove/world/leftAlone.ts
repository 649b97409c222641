import type { Span } from './createTroubles.js'
import { timeOf } from './outages.js'
import type { Evidence } from './play.js'
import { recordOf } from './recordOf.js'

/** Statuses in which a job that is paid for needs nobody any more, or only a person. */
const over = new Set([
  'abandoned',
  'ambiguous',
  'cleaned',
  'failed_refunded',
  'failed_unrefunded',
  'lost_media',
  'saved',
])

/**
 * The longest that something paid for was left alone while a process of its wallet lived, in minutes:
 * that nobody asked the provider for it, though it was not saved. A paid call that is never answered
 * is attended to until its sender gives it up: nothing tells more of the job than its answer would. The
 * truth is the sandbox's log; only when a job was over is the ledger's word, which the rest of the judge
 * holds against the truth.
 */
export function leftAlone(evidence: Evidence): number {
  const { live, truth } = evidence
  if (!live) return 0
  let most = 0
  for (const made of truth.jobs) {
    const job = recordOf(evidence, made)
    const end = live.moves.find(({ jobId, to }) => jobId === job?.id && over.has(to))
    const until = Math.min(end?.at ?? Infinity, live.aliveUntil)
    const looks = truth.requests
      .filter(({ path, queue_id: id }) => id === made.queue_id || (!id && asks.test(path)))
      .map(({ at, closed_at: closed, path }) => {
        const from = timeOf(evidence, at)
        const isPaidCall = path.endsWith('/queue') && closed !== undefined
        return { from, to: isPaidCall ? timeOf(evidence, closed) : from }
      })
      .filter(({ from }) => from < until)
    let from = timeOf(evidence, made.created_at)
    for (const look of [...looks, { from: until, to: until }]) {
      if (look.from > from) most = Math.max(most, timeBetween(live, { from, to: look.from }))
      from = Math.max(from, look.to)
    }
  }
  return Math.round((most / 60_000) * 100) / 100
}

/**
 * Requests that ask what became of something without naming it: of its rows, or of its sign-in. So
 * does whatever an outage has answered before it was read.
 */
const asks = /\/(complete|queue|retrieve)$|\/transactions\/|^\/storage/

/** How much of a time a disk or the ledger was in trouble, in which nobody can do much. */
function lostTo(troubled: readonly Span[], from: number, to: number): number {
  let [lost, at] = [0, from]
  for (const span of troubled.toSorted((one, other) => one.from - other.from)) {
    const [begin, end] = [Math.max(span.from, at), Math.min(span.to, to)]
    if (end <= begin) continue
    lost += end - begin
    at = end
  }
  return lost
}

/** How much time passed in which somebody lived who could have acted, in milliseconds. */
function timeBetween(
  { steps, troubled }: NonNullable<Evidence['live']>,
  { from, to }: { from: number; to: number },
): number {
  let sum = 0
  for (const step of steps) {
    if (step.alive === 0 || step.to <= from || step.from >= to) continue
    const [begin, end] = [Math.max(step.from, from), Math.min(step.to, to)]
    sum += (step.real * (end - begin - lostTo(troubled, begin, end))) / (step.to - step.from || 1)
  }
  return sum
}
