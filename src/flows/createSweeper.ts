import * as Errors from '../Errors.js'
import type { Zecchino } from './createZecchino.js'
import { sweep } from './sweep.js'

/** Takes up what other processes leave, for as long as this one lives. */
export type Sweeper = {
  /** Stops it; resolves when the round under way has ended. */
  close(): Promise<void>
  /** Begins, if it has not begun. */
  start(): void
}

/**
 * Pause between two rounds, in milliseconds. With the time that a lease outlives its process, what is
 * left is taken up within a minute.
 */
const rhythm = 25_000

/** Creates the sweeper of a process: one round after the other, never two at once. */
export function createSweeper(zecchino: Zecchino): Sweeper {
  const { client } = zecchino
  const stop = new AbortController()
  let running: Promise<void> | undefined

  async function run(): Promise<void> {
    for (let round = 0; ; round += 1) {
      await client.idle(rhythm, stop.signal)
      await sweep(zecchino, { round }).catch((error: unknown) => {
        if (!stop.signal.aborted)
          client.onEvent({ message: Errors.from(error).shortMessage, type: 'warning' })
      })
    }
  }

  return {
    async close() {
      stop.abort()
      await running
    },
    start() {
      if (!stop.signal.aborted) running ??= run().catch(() => {}) // only the end of the pauses
    },
  }
}
