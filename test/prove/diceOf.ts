import { createHash } from 'node:crypto'

/** Chance that repeats itself: 0 to 1 from a seed and what is asked, the same each time. */
export function diceOf(seed: number | string) {
  return (...about: (number | string)[]): number =>
    createHash('sha256')
      .update([seed, ...about].join(' '))
      .digest()
      .readUInt32BE() /
    2 ** 32
}
