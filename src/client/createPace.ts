/** How often something may happen. Times are milliseconds of the caller's clock. */
export type Pace = {
  /** When the next turn is due. */
  due(): number
  /** Heard that it was too much: nothing for this long, and half as fast from then on. */
  slowDown(wait: number): void
  /** Takes a turn, whether it is due or not. */
  take(): void
}

/** How long after the last complaint the pace is doubled again, and again. */
const patience = 60_000

/** The slowest pace is one of so many parts of the full one. */
const slowest = 16

/**
 * Creates a pace of at most `perMinute` turns in any minute: a few at once, the others evenly
 * spread, so that nobody waits for the end of a minute that was used up at its beginning.
 *
 * Each complaint halves it, because other processes of the wallet may share the limit and nobody
 * knows how many. It recovers by doubling, a minute after the last one.
 */
export function createPace({ burst, now, perMinute }: createPace.Options): Pace {
  let [factor, slowedAt] = [1, 0]
  let [saved, at] = [burst, 0] // turns saved up at that time
  const taken: number[] = []

  const interval = () => (60_000 * factor) / perMinute
  const refresh = () => {
    const time = now().getTime()
    if (at - time > patience) [at, taken.length] = [time, 0] // somebody has put the clock back
    const passed = Math.max(time - at, 0)
    saved = Math.min(saved + passed / interval(), burst)
    at += passed
    for (; factor > 1 && time - slowedAt >= patience; slowedAt += patience) factor /= 2
  }
  return {
    due() {
      refresh()
      const free = taken.length < perMinute ? 0 : (taken[0] ?? 0) + 60_000
      return Math.max(free, saved >= 1 ? at : at + (1 - saved) * interval())
    },
    slowDown(wait) {
      refresh()
      factor = Math.min(factor * 2, slowest)
      at = Math.max(at, now().getTime() + wait)
      slowedAt = at
      saved = 1
    },
    take() {
      refresh()
      saved -= 1
      taken.push(now().getTime())
      if (taken.length > perMinute) taken.shift()
    },
  }
}

export declare namespace createPace {
  type Options = {
    /** Turns that may be taken at once after a rest. */
    burst: number
    now: () => Date
    perMinute: number
  }
}
