import { createHash } from 'node:crypto'

/** Chance that is the same for the same name. */
export type Dice = ReturnType<typeof createDice>

/** Creates chance from a name: the same name, the same throws in the same order. */
export function createDice(name: string) {
  let throws = 0
  const throwOnce = () => {
    throws += 1
    return createHash('sha256').update(`${name}:${throws}`).digest().readUInt32BE() / 2 ** 32
  }
  const below = (count: number) => Math.floor(throwOnce() * count)
  return {
    /** A whole number from 0 to one less than this. */
    below,
    /** Whether something happens that happens so often, from 0 to 1. */
    chance: (share: number) => throwOnce() < share,
    /** One of a list. */
    pick: <one>(list: readonly one[]): one => list[below(list.length)] as one,
  }
}
