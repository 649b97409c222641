import type { Truth } from './createLane.js'
import type { Evidence } from './play.js'

type Made = Truth['jobs'][number]

/** How long the provider keeps a job, in milliseconds. */
const day = 24 * 3_600_000

/** How long a job may wait for a charge to be shown, in milliseconds. */
const horizon = 30 * 60_000

/** Time in which whoever lives has looked again after an outage, in milliseconds. */
const look = 3 * 60_000

/**
 * Whether nobody can have fetched a file: from when it was ready, or the process died that knew, until
 * the provider deleted it, there was no time for a look at it.
 */
export function isOutUntilTheEnd(evidence: Evidence, made: Made): boolean {
  const routes = made.private ? ['retrieve', 'download'] : ['retrieve']
  const [ready, gone] = [timeOf(evidence, made.ready_at), timeOf(evidence, made.created_at) + day]
  return !hasGap(evidence, { from: ready, least: look, routes, to: gone })
}

/**
 * Whether the row of a job whose answer was lost could not be read, or its id not be looked up, for so
 * long that it went to its owner.
 */
export function isUnread(evidence: Evidence, made: Made): boolean {
  const from = timeOf(evidence, made.created_at)
  const routes = ['transactions', 'retrieve']
  return !hasGap(evidence, { from, least: look, routes, to: from + horizon })
}

/** Whether all of these routes answered rightly for a while. */
function hasGap(evidence: Evidence, options: hasGap.Options): boolean {
  const { least, routes } = options
  const { plan } = evidence
  if (!('script' in plan)) return true
  let { from } = options
  const mine = plan.outages
    .filter((outage) => outage.routes.some((route) => routes.includes(route)))
    .toSorted((one, other) => one.from - other.from)
  for (const outage of mine) {
    if (outage.to <= from) continue
    if (Math.min(outage.from, options.to) - from >= least) return true
    from = outage.to
  }
  return options.to - from >= least
}

declare namespace hasGap {
  type Options = { from: number; least: number; routes: readonly string[]; to: number }
}

/** A time of the sandbox, in milliseconds since the run began. */
export function timeOf({ live }: Evidence, time: string): number {
  return Date.parse(time) - (live?.noon ?? 0)
}
