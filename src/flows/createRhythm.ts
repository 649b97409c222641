import type { Client } from '../client/createClient.js'
import { pollDelay } from './pollDelay.js'

/** When one job is looked at. */
export type Rhythm = {
  /** Waits until the next look, as the job's progress suggests. Milliseconds. */
  rest(progress: { elapsed: number; estimate: number }, signal?: AbortSignal): Promise<void>
  /** How many looks the job has missed since one was due. */
  urgency(): number
}

/**
 * Creates the rhythm of looks at one job. Where all jobs of a wallet together want more looks than
 * it has, the most urgent goes first, so that each gets the same share of what it wants.
 */
export function createRhythm({ now, randomHex, sleep }: createRhythm.Options): Rhythm {
  const began = now().getTime()
  let [due, seen] = [began, { at: began, elapsed: 0, estimate: 0 }]
  return {
    async rest({ elapsed, estimate }, signal) {
      const chance = Number.parseInt(randomHex(4), 16) / 2 ** 32
      const wait = pollDelay({ chance, elapsed, estimate })
      seen = { at: now().getTime(), elapsed, estimate }
      due = seen.at + wait
      await sleep(wait, signal)
    },
    urgency() {
      const at = now().getTime()
      const { estimate } = seen
      const gap = pollDelay({ elapsed: estimate && seen.elapsed + at - seen.at, estimate })
      return (at - due) / gap
    },
  }
}

export declare namespace createRhythm {
  type Options = Pick<Client, 'now' | 'randomHex' | 'sleep'>
}
