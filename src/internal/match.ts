/**
 * Pairs each of `left` with one of `right`, none twice, so that as many as possible have one. Each has the
 * first of its choices that is free; only where none is do earlier ones make room, and none goes without.
 *
 * @param choices What each of `left` may be paired with, the best first.
 */
export function match<left, right>(choices: ReadonlyMap<left, readonly right[]>): Map<left, right> {
  const holders = new Map<right, left>()
  const take = (one: left, tried: Set<right>): boolean => {
    const mine = choices.get(one) ?? []
    const free = mine.find((choice) => !holders.has(choice))
    const room = mine.find((choice) => {
      if (tried.has(choice)) return false
      tried.add(choice)
      return free === undefined && take(holders.get(choice) as left, tried)
    })
    const choice = free ?? room
    if (choice !== undefined) holders.set(choice, one)
    return choice !== undefined
  }
  for (const one of choices.keys()) take(one, new Set())
  return new Map([...holders].map(([right, left]) => [left, right]))
}
