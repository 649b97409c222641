/** The longest that a candidate may be, in characters: it is somebody else's list. */
const longest = 200

/** The candidates nearest to a word by edit distance, nearest first; over-long ones are none. */
export function closest(word: string, candidates: readonly string[], count: number): string[] {
  return candidates
    .filter((candidate) => candidate.length <= longest)
    .map((candidate) => ({ candidate, distance: distance(word.slice(0, 80), candidate) }))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ candidate }) => candidate)
}

/** The candidate that a misspelt word surely stands for, in whichever case or manner; none: it may be any. */
export function meantBy(word: string, candidates: readonly string[]): string | undefined {
  const plain = plainOf(word)
  const near = candidates
    .map((candidate) => ({ away: distance(plain, plainOf(candidate)), candidate }))
    .toSorted((a, b) => a.away - b.away)
  const [first, second] = near
  if (!first || first.away > Math.max(1, Math.floor(plain.length / 3))) return undefined
  return second && second.away === first.away ? undefined : first.candidate
}

function plainOf(word: string): string {
  return word
    .slice(0, 80)
    .toLowerCase()
    .replaceAll(/[-_\s]/g, '')
}

/** Levenshtein distance, one row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1)
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      )
    row = next
  }
  return row[b.length] ?? 0
}
