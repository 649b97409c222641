import * as Errors from '../Errors.js'
import type { Fetch, Init } from './createWire.js'

/**
 * Keeps at most `concurrent` requests of the wallet in flight, until the last byte of each answer
 * is here; the rest queue up.
 *
 * @throws {@link BusyError} when no place was free within the deadline: nothing was sent.
 */
export function withLimits(fetch: Fetch, { concurrent }: { concurrent: number }): Fetch {
  let free = concurrent
  const waiting = new Set<() => void>()
  const release = () => {
    const [next] = waiting
    if (next) next()
    else free += 1
  }
  return async (url, init) => {
    if (free > 0) free -= 1
    else await place(waiting, init)
    let held = true
    const onEnd = () => {
      if (!held) return
      held = false
      release()
      init.onEnd?.()
    }
    try {
      return await fetch(url, { ...init, onEnd })
    } catch (error) {
      onEnd()
      throw error
    }
  }
}

/** Waits for a place, as long as the caller would wait for an answer. */
async function place(waiting: Set<() => void>, { deadline, signal }: Init): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const leave = (settle: () => void) => () => {
      waiting.delete(enter)
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      settle()
    }
    const enter = leave(resolve)
    const abort = leave(() => reject(signal?.reason as Error))
    const timer = setTimeout(
      leave(() => reject(new BusyError())),
      deadline,
    )
    signal?.addEventListener('abort', abort)
    waiting.add(enter)
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
