import { expect, test } from 'vitest'

import { pollDelay } from '../../src/flows/pollDelay.js'

/** When a job is looked at, as shares of its estimate in percent. */
function looks(estimate: number, until = 2): number[] {
  const shares: number[] = []
  for (let elapsed = 0; elapsed < estimate * until;) {
    shares.push(Math.round((100 * elapsed) / estimate))
    elapsed += pollDelay({ elapsed, estimate })
  }
  return shares
}

const within = (shares: number[], from: number, to: number) =>
  shares.filter((share) => share >= from && share < to).length / (to - from)

test.each([20_000, 100_000, 210_000, 400_000])(
  'default: an estimate of %d ms is looked at around its end, and little before',
  (estimate) => {
    const shares = looks(estimate, 4)
    expect(within(shares, 1, 50)).toBeLessThan(0.04)
    expect(within(shares, 65, 150)).toBeGreaterThan(4 * within(shares, 50, 65) - 0.2)
    expect(within(shares, 65, 150)).toBeGreaterThan(2 * within(shares, 250, 400))
  },
)

test('behavior: the longer a job is overdue, the rarer the looks, but they never end', () => {
  const delays = [1.6, 3, 10, 100].map((share) =>
    pollDelay({ elapsed: 100_000 * share, estimate: 100_000 }),
  )
  expect(delays).toEqual(delays.toSorted((one, other) => one - other))
  expect(pollDelay({ elapsed: 24 * 3_600_000, estimate: 100_000 })).toBeLessThan(3_600_000)
})

test.each([
  ['no estimate', 0, 0],
  ['no estimate, late', 3_600_000, 0],
  ['an estimate of nothing', 5, 1],
  ['an estimate of years', 60_000, 1e11],
  ['an elapsed time from the future', 1e12, 1_000],
])('behavior: with %s it is neither at once nor never', (_, elapsed, estimate) => {
  for (const chance of [0, 1]) {
    const delay = pollDelay({ chance, elapsed, estimate })
    expect(delay).toBeGreaterThanOrEqual(225)
    expect(delay).toBeLessThan(elapsed > 1e11 ? Infinity : 140_000)
  }
})

test('options: chance moves a look by a tenth', () => {
  const at = (chance: number) => pollDelay({ chance, elapsed: 100_000, estimate: 100_000 })
  expect(at(0) / at(0.5)).toBeCloseTo(0.9)
  expect(at(1) / at(0.5)).toBeCloseTo(1.1)
})
