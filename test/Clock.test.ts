import { expect, test } from 'vitest'

import * as Clock from '../src/Clock.js'

const at = (ms: number) => new Date(Date.UTC(2026, 9, 1) + ms)
const minute = 60_000

test('default: what was never heard may be as far off as two clocks are', () => {
  const time = Clock.providerTime(undefined, { steady: 5, wall: at(0) })
  expect(time).toEqual({ at: at(0), within: Clock.apart })
})

const heard = { provider: at(600_000), steady: 1_000, wall: at(0) }

test.each([
  ['both clocks went on', 61_000, at(60_000), at(660_000), Clock.slack],
  ['they drift apart by a little', 61_000, at(60_900), at(660_900), Clock.slack],
  ['after a day', 86_401_000, at(86_404_000), at(87_004_000), Clock.slack],
  ['the wall’s was put back ten minutes', 61_000, at(-540_000), at(360_000), 305_000],
  ['it was put forward, or the machine slept', 61_000, at(660_000), at(960_000), 305_000],
])('behavior: %s', (_, steady, wall, expected, within) => {
  expect(Clock.providerTime(heard, { steady, wall })).toEqual({ at: expected, within })
})

test('behavior: whichever of our clocks was right, the truth is within', () => {
  for (const jump of [-10 * minute, -3_000, 0, 3_000, 10 * minute]) {
    const time = Clock.providerTime(heard, { steady: 61_000, wall: at(60_000 + jump) })
    for (const truth of [660_000, 660_000 + jump])
      expect(Math.abs(time.at.getTime() - at(truth).getTime())).toBeLessThanOrEqual(time.within)
  }
})

test('behavior: what lies between two times is known as far as they are', () => {
  const [from, to] = [
    { at: at(0), within: 5_000 },
    { at: at(minute), within: 1_000 },
  ]
  expect(Clock.between(from, to)).toEqual({ least: 54_000, most: 66_000 })
})

test('behavior: a row is no older than the provider’s clock surely says', () => {
  const now = { at: at(minute), within: 5_000 }
  expect(Clock.ageOf({ createdAt: at(0).toISOString() }, now)).toBe(55_000)
  expect(Clock.ageOf({ createdAt: '2099-01-01T00:00:00Z' }, now)).toBeLessThan(0)
})

test('behavior: a send of old was kept by another clock', () => {
  const job = { sentAt: at(1), updatedAt: at(2) }
  expect(Clock.sentAt({ ...job, providerSentAt: at(0) })).toEqual({
    at: at(0),
    within: Clock.slack,
  })
  expect(Clock.sentAt(job)).toEqual({ at: at(1), within: Clock.apart })
  expect(Clock.sentAt({ updatedAt: at(2) })).toEqual({ at: at(2), within: Clock.apart })
})

test('behavior: no row is judged before it may have shown', () => {
  expect(Clock.wordAfter).toBeGreaterThan(Clock.horizon)
  expect(Clock.settling).toBeGreaterThan(Clock.posting)
  expect(Clock.overlap).toBeGreaterThan(Clock.posting + Clock.apart)
})
