import { expect, test } from 'vitest'

import { isRested, mayAskForRest } from '../../src/flows/useLink.js'
import type * as Job from '../../src/Job.js'

const noon = Date.UTC(2026, 10, 27, 12)
const job = { createdAt: new Date(noon), providerSentAt: new Date(noon) } as Job.Job
const [second, minute, hour] = [1_000, 60_000, 3_600_000]

/** When a link is used that never gives the file, in milliseconds after the job was sent. */
function usesFrom(start: number, { count: from = 0 } = {}): number[] {
  const found: number[] = []
  let uses = from > 0 ? { at: new Date(noon + start), count: from } : undefined
  for (let now = noon + start; now < noon + 24 * hour; now += second) {
    const at = new Date(now)
    if (!isRested({ job, now: at, providerNow: at, uses })) continue
    found.push(now - noon)
    uses = { at, count: (uses?.count ?? 0) + 1 }
  }
  return found
}

test.each([0, minute, hour])(
  'behavior: a link that never works, ready after %d ms, is used ten times in a day',
  (start) => {
    const uses = usesFrom(start)
    expect(uses).toHaveLength(10)
    const pauses = uses.slice(1).map((at, index) => at - (uses[index] ?? 0))
    expect(pauses.slice(0, 4)).toEqual([5, 20, 80, 320].map((one) => one * second))
    // Early ones are close together, later ones leave no more than six hours, and one is left for the end.
    expect(Math.max(...pauses.slice(0, -1))).toBeLessThanOrEqual(6 * hour)
    expect(24 * hour - (uses.at(-1) ?? 0)).toBeLessThanOrEqual(3 * minute)
  },
)

test('behavior: whoever takes over goes on with the pauses of the one before', () => {
  expect(usesFrom(10 * minute, { count: 9 })).toHaveLength(1)
  expect(usesFrom(10 * minute, { count: 25 })).toHaveLength(1)
  expect(usesFrom(23.99 * hour, { count: 9 })).toHaveLength(0)
})

test('behavior: a use that is dated later than now, as by a clock that was put right, holds nothing up', () => {
  const now = new Date(noon)
  const uses = { at: new Date(noon + hour), count: 5 }
  expect(isRested({ job, now, providerNow: now, uses })).toBe(true)
})

test('behavior: the rest of a file is asked for at once while there are uses for it', () => {
  const uses = (count: number) => mayAskForRest({ at: new Date(noon), count })
  expect([mayAskForRest(undefined), uses(1), uses(3), uses(4), uses(9)]).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
})
