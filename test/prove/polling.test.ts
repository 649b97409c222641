import { expect, test } from 'vitest'

import { makeTasks, meanOf, simulatePolling } from './simulatePolling.js'

const seed = 'test'

test('behavior: half as late as a look every five seconds, with no more requests', async () => {
  const tasks = makeTasks({ count: 120, off: 'took', seed })
  const [ours, fixed] = await Promise.all(
    (['ours', 'every 5 s'] as const).map((rhythm) =>
      simulatePolling({ atOnce: 5, rhythm, seed, tasks }),
    ),
  )
  const late = (run = ours) => meanOf(run?.outcomes.map(({ lateness }) => lateness) ?? [])
  expect(late(ours) / late(fixed)).toBeLessThan(0.5)
  expect(ours?.requests).toBeLessThan(fixed?.requests ?? 0)
  expect(ours?.mostPerMinute).toBeLessThanOrEqual(100)
  expect(ours?.mostInFlight).toBeLessThanOrEqual(5)
})

test('behavior: a crowd is late evenly, within the limits, and its ETA says so', async () => {
  const tasks = makeTasks({ count: 100, off: 'took', seed })

  const crowd = await simulatePolling({ atOnce: 100, latency: 900, rhythm: 'ours', seed, tasks })

  expect(crowd.mostPerMinute).toBe(100)
  expect(crowd.mostInFlight).toBe(5)
  const lateness = crowd.outcomes.map(({ lateness }) => lateness)
  const late = meanOf(lateness)
  expect(lateness.filter((one) => one > 2.5 * late).length).toBeLessThan(10)
  const promised = meanOf(crowd.outcomes.map(({ promised }) => promised))
  expect(promised).toBeGreaterThan(late / 2)
  expect(promised).toBeLessThan(late * 2)
})
