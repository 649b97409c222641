import { expect, test, vi } from 'vitest'

import { proveBudget } from './proveBudget.js'

vi.setConfig({ testTimeout: 180_000 })

test.each(['sqlite', 'postgres'] as const)(
  'behavior: %s, a crowd with a killed process stays within the cap, one payment at a time',
  async (engine) => {
    const { found, problems } = await proveBudget({ attempts: 480, engine, processes: 5, seed: 1 })

    expect(problems).toEqual([])
    expect(found).toMatchObject({
      attempts: 480,
      cap_usd: '0.75',
      killed_workers: 1,
      open_payments_max: 1,
      over_usd: '0',
    })
    expect(Number(found['granted'])).toBeGreaterThan(20)
    // They fought over the last cents of it.
    expect(Number(found['peak_usd'])).toBeGreaterThan(0.6)
  },
)
