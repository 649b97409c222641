import type { Event } from '../Event.js'
import { tunnelErrorOf } from './UnreachableError.js'
import type { Fetch } from './createWire.js'
import { retryAfter } from './retryAfter.js'

const transient = new Set([429, 500, 502, 503, 504])

/**
 * Repeats a request that is harmless to repeat, on a lost connection or a transient status, with
 * growing pauses or the server's `Retry-After`. Anything else passes through untouched, and a
 * client error is never repeated: Venice locks out who spins on them. All sends share the deadline,
 * which only a pause that the server asks for extends.
 */
export function withRetry(fetch: Fetch, options: withRetry.Options): Fetch {
  const { attempts = 4, now, onEvent, sleep } = options
  return async (url, init) => {
    if (!init.repeatable) return fetch(url, init)
    let until = now().getTime() + init.deadline
    for (let attempt = 1; ; attempt += 1) {
      const deadline = Math.max(until - now().getTime(), 1)
      const outcome = await fetch(url, { ...init, deadline }).catch((error: unknown) => ({ error }))
      const failed = 'error' in outcome
      const asked = failed ? undefined : retryAfter(outcome, now())
      const waitMs = asked ?? pause(attempt)
      if (asked) until += asked
      const late = now().getTime() + waitMs >= until
      const last = attempt === attempts || init.signal?.aborted === true || late
      if (failed && (last || isOurs(outcome.error) || isRefused(outcome.error))) throw outcome.error
      if (!failed && (last || !transient.has(outcome.status))) return outcome

      if (!failed) await outcome.body?.cancel()
      const reason = failed ? 'connection lost' : `status ${outcome.status}`
      onEvent({ attempt, path: new URL(url).pathname, reason, type: 'request.retried', waitMs })
      await sleep(waitMs, init.signal)
    }
  }
}

export declare namespace withRetry {
  type Options = {
    /** Sends in all. @default 4 */
    attempts?: number | undefined
    now: () => Date
    onEvent: (event: Event) => void
    sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  }
}

function pause(attempt: number): number {
  return 250 * 2 ** (attempt - 1)
}

/** A proxy that says no says so again; asked with a wrong password too often, it may lock its owner out. */
function isRefused(error: unknown): boolean {
  return tunnelErrorOf(error)?.isFinal === true
}

/** Our own errors (a refused redirect, a bad key) do not get better by repetition. */
function isOurs(error: unknown): boolean {
  return error instanceof Error && 'code' in error && 'toJSON' in error
}
