import { expect, test } from 'vitest'

import { crowdOf } from '../../src/flows/crowdOf.js'
import { progressOf } from '../../src/flows/progressOf.js'
import type * as Job from '../../src/Job.js'

const queuedAt = new Date(0)
const job = (change: Partial<Job.Job> = {}) =>
  ({ estimate: 100_000, queuedAt, status: 'queued', ...change }) as Job.Job
const after = (ms: number) => new Date(ms)

test('default: what is left of the estimate, and half a look', () => {
  expect(progressOf(job(), { now: after(40_000) })).toEqual({
    done: 0.4,
    etaSeconds: 61,
    message: 'rendering, about 61 s left',
  })
})

test('behavior: what is late takes longer, and is never done', () => {
  const { done, etaSeconds } = progressOf(job(), { now: after(300_000) })
  expect(done).toBe(0.95)
  expect(etaSeconds).toBeGreaterThanOrEqual(30)
})

test.each([
  [{ status: 'saved' }, { done: 1, etaSeconds: 0 }],
  [{ status: 'ready' }, { done: 0.97, etaSeconds: 1 }],
  [{ status: 'reserved' }, { done: 0, etaSeconds: undefined }],
  [{ estimate: 0 }, { done: 0.02, etaSeconds: undefined }],
] as const)('behavior: %o', (change, progress) => {
  expect(progressOf(job(change), { now: after(10_000) })).toMatchObject(progress)
})

test('behavior: in a crowd the time left is longer, and says why', () => {
  const now = after(90_000)
  const jobs = Array.from({ length: 100 }, () => job())
  const crowd = crowdOf(jobs, now)
  expect(crowd).toBeGreaterThan(10)

  const alone = progressOf(job(), { now })
  const crowded = progressOf(job(), { crowd, now })

  expect(crowded.etaSeconds).toBeGreaterThan((alone.etaSeconds ?? 0) + 5)
  expect(crowded.message).toMatch(
    /^rendering, about \d+ s left, \d+ s of it because of other jobs$/,
  )
})

test('behavior: a crowd that costs no second is not told of', () => {
  const short = job({ estimate: 300 })
  expect(progressOf(short, { crowd: 1.3, now: after(280) }).message).toMatch(/ s left$/)
  expect(progressOf(short, { crowd: 9, now: after(280) }).message).toMatch(/other jobs$/)
})

test('behavior: a few jobs, or jobs that are far from their end, are no crowd', () => {
  expect(crowdOf([], after(0))).toBe(1)
  expect(crowdOf([job(), job()], after(90_000))).toBe(1)
  expect(
    crowdOf(
      Array.from({ length: 50 }, () => job()),
      after(1_000),
    ),
  ).toBe(1)
  expect(
    crowdOf(
      Array.from({ length: 500 }, () => job({ status: 'cleaned' })),
      after(90_000),
    ),
  ).toBe(1)
})

test('options: waits', () => {
  const waits = 'It waits for its turn.'
  const { message } = progressOf(job({ status: 'reserved' }), { now: after(0), waits })
  expect(message).toBe(waits)
})
