import * as Ledger from '../Ledger.js'
import type { Zecchino } from './createZecchino.js'

/**
 * Writes down what only this process knows, again and again while the ledger is away, until the process
 * closes. For writes that are harmless to repeat.
 *
 * @throws what `write` throws, if it is anything else.
 */
export async function keepTrying<result>(
  { client }: Zecchino,
  { signal, write }: { signal: AbortSignal; write: () => Promise<result> },
): Promise<result> {
  for (let tries = 0; ; tries += 1)
    try {
      return await write()
    } catch (error) {
      if (signal.aborted || !(error instanceof Ledger.UnavailableError)) throw error
      const pause = Math.min(250 * 2 ** tries, 30_000)
      await client.sleep(pause, signal).catch(() => {}) // then once more, and no longer
    }
}
