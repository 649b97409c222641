import { expect, test, vi } from 'vitest'

import { proveSoak } from './proveSoak.js'
import { faultAt, soakFaults } from './soakFaults.js'

vi.setConfig({ testTimeout: 180_000 })

test('behavior: three processes on one ledger, and it agrees with the sandbox', async () => {
  const { found, problems } = await proveSoak({ jobs: 24, rate: 0.5, seed: 7 })

  expect(problems).toEqual([])
  expect(found).toMatchObject({ differences: 0, jobs: 24 })
  expect(Number(found['faults'])).toBeGreaterThan(4)
  expect(Number(found['charged_usd'])).toBeGreaterThan(1)
  expect(Number(found['payments'])).toBeGreaterThan(0)
})

test('behavior: every fault is drawn', () => {
  const drawn = Array.from({ length: 5_000 }, (_, index) => faultAt(index / 5_000))

  expect(new Set(drawn).size).toBe(soakFaults.length)
})
