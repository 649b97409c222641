import { expect, test } from 'vitest'

import { createPace } from '../../src/client/createPace.js'

/** A pace of ten a minute, three at once, and a clock that is moved by hand. */
function setup() {
  let time = 1_000_000_000_000
  const pace = createPace({ burst: 3, now: () => new Date(time), perMinute: 10 })
  return {
    pace,
    pass: (ms: number) => (time += ms),
    /** Takes all turns that come within so many milliseconds, as soon as they are due. */
    takeFor(ms: number) {
      const until = time + ms
      const taken: number[] = []
      for (;;) {
        time = Math.max(time, Math.ceil(pace.due()))
        if (time >= until) break
        taken.push(time)
        pace.take()
      }
      time = until
      return taken
    },
    wait: () => pace.due() - time,
  }
}

test('default: a few at once, the others evenly', () => {
  const { takeFor } = setup()
  const gaps = takeFor(60_000).map((time, index, all) => time - (all[index - 1] ?? time))
  expect(gaps).toEqual([0, 0, 0, 6_000, 6_000, 6_000, 6_000, 6_000, 6_000, 6_000])
})

test('behavior: never more than that in any minute, also after a rest', () => {
  const { pass, takeFor } = setup()
  pass(600_000)
  const taken = [...takeFor(45_000), ...(pass(30_000), takeFor(300_000))]
  for (const time of taken)
    expect(taken.filter((one) => one > time - 60_000 && one <= time).length).toBeLessThanOrEqual(10)
  expect(taken.length).toBeGreaterThan(50)
})

test('behavior: a complaint holds everything back, and then half as many go', () => {
  const { pace, takeFor, wait } = setup()
  pace.slowDown(5_000)
  expect(wait()).toBe(5_000)
  expect(takeFor(65_000)).toHaveLength(5)
  expect(takeFor(60_000).length).toBeGreaterThan(8)
})

test('behavior: however many complaints come, it goes on', () => {
  const { pace, takeFor } = setup()
  for (let count = 0; count < 20; count += 1) pace.slowDown(1_000)
  expect(takeFor(200_000).length).toBeGreaterThanOrEqual(2)
})

test('behavior: a clock that is put back stops nothing', () => {
  const { pass, takeFor, wait } = setup()
  takeFor(60_000)
  pass(-86_400_000)
  expect(wait()).toBeLessThanOrEqual(6_000)
})
