import type { Fetch } from './createWire.js'

/** Keeps at most `concurrent` requests of the wallet waiting for an answer; the rest queue up. */
export function withLimits(fetch: Fetch, { concurrent }: { concurrent: number }): Fetch {
  let free = concurrent
  const waiting: (() => void)[] = []
  return async (url, init) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await fetch(url, init)
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}
