import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where a process that a signal has stopped finds the time that it is when it goes on. */
export function timeFileOf(pid) {
  return join(tmpdir(), `zecchino-time-${pid}`)
}
