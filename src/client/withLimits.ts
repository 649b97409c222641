import * as Errors from '../Errors.js'
import * as Venice from '../Venice.js'
import { createPace, type Pace } from './createPace.js'
import type { Fetch, Init } from './createWire.js'
import { retryAfter } from './retryAfter.js'

/** Looks that may be made at once after a rest. */
const burst = 20

/**
 * Keeps the requests of a wallet within what Venice admits: five in flight, until the last byte of
 * each answer is here, and so many looks at jobs in a minute. The rest queue up, and the most
 * urgent goes first.
 *
 * @throws {@link BusyError} when no place was free within the deadline: nothing was sent.
 */
export function withLimits(fetch: Fetch, options: withLimits.Options): Fetch {
  const { now, sleep } = options
  const looks = createPace({ burst, now, perMinute: Venice.maxRetrievesPerMinute })
  const paceOf = (url: string) => (url.endsWith('/video/retrieve') ? looks : undefined)
  const waiting = new Set<Waiter>()
  const timers = new Map<Pace, AbortController>()
  let free: number = Venice.maxConcurrent

  /** Lets in whoever may go. A pace whose pause has just ended has a turn due, whatever its clock. */
  function admit(rested?: Pace): void {
    const at = now().getTime()
    const due = (pace: Pace | undefined) => !pace || pace === rested || pace.due() <= at
    while (free > 0) {
      const next = mostUrgent([...waiting].filter(({ pace }) => due(pace)))
      if (!next) break
      if (next.pace === rested) rested = undefined
      free -= 1
      next.pace?.take()
      next.enter()
    }
    for (const pace of new Set([...waiting].map(({ pace }) => pace)))
      if (pace && free > 0 && !timers.has(pace)) void rest(pace)
    for (const [pace, timer] of timers)
      if (![...waiting].some((one) => one.pace === pace)) timer.abort()
  }

  async function rest(pace: Pace): Promise<void> {
    const timer = new AbortController()
    timers.set(pace, timer)
    const due = pace.due()
    await sleep(Math.max(due - now().getTime(), 1), timer.signal).catch(() => {}) // all have left
    timers.delete(pace)
    admit(timer.signal.aborted || pace.due() !== due ? undefined : pace)
  }

  return async (url, init) => {
    const pace = paceOf(url)
    await place({ admit, init, pace, waiting })
    let held = true
    const onEnd = () => {
      if (!held) return
      held = false
      free += 1
      admit()
      init.onEnd?.()
    }
    try {
      const response = await fetch(url, { ...init, onEnd })
      if (response.status === 429) pace?.slowDown(retryAfter(response, now()) ?? 1_000)
      return response
    } catch (error) {
      onEnd()
      throw error
    }
  }
}

export declare namespace withLimits {
  type Options = {
    now: () => Date
    sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  }
}

type Waiter = { enter(): void; pace: Pace | undefined; urgency: () => number }

/** Of equals the one that came first, so that nobody is overtaken for ever. */
function mostUrgent(waiters: readonly Waiter[]): Waiter | undefined {
  const rated = waiters.map((waiter) => ({ urgency: waiter.urgency(), waiter }))
  return rated.reduce<(typeof rated)[number] | undefined>(
    (most, one) => (most && most.urgency >= one.urgency ? most : one),
    undefined,
  )?.waiter
}

/** Waits for a place, as long as the caller would wait for an answer. */
async function place(options: {
  admit: () => void
  init: Init
  pace: Pace | undefined
  waiting: Set<Waiter>
}): Promise<void> {
  const { admit, init, pace, waiting } = options
  const { deadline, signal, urgency = () => 0 } = init
  signal?.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const leave = (settle: () => void) => () => {
      waiting.delete(waiter)
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      settle()
    }
    const waiter: Waiter = { enter: leave(resolve), pace, urgency }
    const abort = leave(() => (reject(signal?.reason as Error), admit()))
    const timer = setTimeout(
      leave(() => (reject(new BusyError()), admit())),
      deadline,
    )
    signal?.addEventListener('abort', abort)
    waiting.add(waiter)
    admit()
  })
}

/** All places of this wallet were taken for too long. */
export class BusyError extends Errors.BaseError {
  override readonly code = 'API_TIMEOUT'
  override readonly name = 'BusyError'
  /** Nothing of the request has left. */
  readonly sent = false

  constructor() {
    super('Too many requests of this wallet are under way; this one was not sent.', {
      hint: 'Wait until downloads have ended, then try again.',
    })
  }
}
