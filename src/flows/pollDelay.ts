/**
 * How long to wait before the next look at a job, in milliseconds: the first at two thirds of the
 * provider's estimate, close together around the expected end, farther apart after it.
 */
export function pollDelay({ elapsed, estimate }: pollDelay.Options): number {
  if (estimate <= 0) return clamp(elapsed / 10, 1_000, 10_000)
  const first = (estimate * 2) / 3
  if (elapsed < first) return clamp(first - elapsed, 250, 30_000)
  if (elapsed < estimate * 1.5) return clamp(estimate / 20, 250, 1_800)
  return clamp(elapsed / 20, 1_800, 15_000)
}

export declare namespace pollDelay {
  /** Milliseconds since the job was queued, and the provider's estimate of all of it. */
  type Options = { elapsed: number; estimate: number }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}
