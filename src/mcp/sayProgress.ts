import type { Progress } from '../tools/defineTool.js'
import type { Extra } from './callTool.js'

/** How often progress is sent at most, in milliseconds. */
const rhythm = 250

/** How often a wait without progress is heard of, in milliseconds: some hosts wait longer then. */
const heartbeat = 5_000

/**
 * Sends the progress of a call, always rising as the protocol wants it, and never fails because of
 * it: a client that is gone changes nothing.
 */
export function sayProgress(extra: Extra, progressToken: number | string) {
  let last = { at: Number.NEGATIVE_INFINITY, done: -1 }
  return ({ done, message }: Progress): void => {
    const at = performance.now()
    const since = at - last.at
    if (since < rhythm || (done <= last.done && since < heartbeat)) return
    last = { at, done: done > last.done ? done : last.done + 0.000_1 }
    const params = { message, progress: last.done, progressToken, total: 1 }
    extra.sendNotification({ method: 'notifications/progress', params }).catch(() => {})
  }
}
