/**
 * How long to wait before the next look at a job, in milliseconds. The whole schedule, and pure.
 *
 * The first look learns the provider's estimate. After that there is next to nothing to see before
 * half of it has passed; then looks come closer together the likelier it is that the job ends
 * between them, and farther apart again once it should have ended long ago. Gaps grow with the root
 * of the estimate: there a request buys the same time for a short job as for a long one.
 */
export function pollDelay({ chance = 0.5, elapsed, estimate }: pollDelay.Options): number {
  const jitter = 0.9 + 0.2 * chance
  if (estimate <= 0) return clamp(elapsed / 8, 1_000, 15_000) * jitter
  const gap = Math.max(rootGap * Math.sqrt(estimate), shortest)
  const share = elapsed / estimate
  if (share < first) return clamp(first * estimate - elapsed, gap, longestFirst) * jitter
  const [, factor = last.factor + last.growth * (share - last.share)] =
    steps.find(([end]) => share < end) ?? []
  return Math.min(gap * factor, Math.max(longest, elapsed / 40)) * jitter
}

export declare namespace pollDelay {
  type Options = {
    /** Spreads jobs that began together: 0 to 1, at random. @default 0.5 */
    chance?: number | undefined
    /** Milliseconds since the job was queued. */
    elapsed: number
    /** The provider's estimate of all of it, in milliseconds; 0 if there is none. */
    estimate: number
  }
}

/** Share of the estimate before which looking is not worth a request. */
const first = 0.55

/** Up to this share of the estimate, gaps are so many times the basic one. */
const steps = [
  [0.65, 3.5],
  [1, 1],
  [1.25, 0.95],
  [1.5, 0.8],
] as const

/** After the steps. */
const last = { factor: 0.85, growth: 2, share: 1.5 }

/** The basic gap: 2.2 s for an estimate of 210 s. In milliseconds, from the root of milliseconds. */
const rootGap = 4.75

const shortest = 250

/** A job that fails does so early, so somebody looks now and then. */
const longestFirst = 120_000

const longest = 15_000

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}
