import { expect, test } from 'vitest'

import { Fault, faults } from '../../src/sandbox/faults.js'
import { bundleWorker } from '../crash/bundleWorker.js'
import { boundaries, names } from './world/boundaries.js'
import { createDice } from './world/createDice.js'
import { createLane } from './world/createLane.js'
import { judge } from './world/judge.js'
import { cycle, type KillsPlan, killsPlan } from './world/killsPlan.js'
import { type Evidence, play } from './world/play.js'
import { dimensions, inTurn, names as dimensionNames, turnsOf } from './world/dimensions.js'
import { holds, prove } from './world/prove.js'
import { kinds, slow, troubles } from './world/troubles.js'
import { type Plan, planOf } from './world/planOf.js'
import type { Told } from './world/told.js'

const evidence = await playOne()

test('behavior: the same seed and number give the same plan, another seed another', () => {
  const plans = (seed: string) => Array.from({ length: 200 }, (_, run) => killsPlan({ run, seed }))

  expect(plans('a')).toEqual(plans('a'))

  const differ = plans('a').filter((plan, run) => {
    const { acts, credit, faults } = killsPlan({ run, seed: 'b' })
    return (
      JSON.stringify([acts, credit, faults]) !==
      JSON.stringify([plan.acts, plan.credit, plan.faults])
    )
  })
  expect(differ.length).toBeGreaterThan(190)
})

test('behavior: the first runs plan every boundary and every kind of fault', () => {
  const plans = Array.from({ length: cycle }, (_, run) => killsPlan({ run, seed: 'c' }))
  const planned = plans.flatMap(({ acts }) =>
    acts.flatMap(({ parts }) => parts.map(({ kill }) => kill?.at)),
  )

  expect(cycle).toBeLessThanOrEqual(70)
  expect(names.filter((name) => !planned.includes(name))).toEqual([])
  expect(plans.flatMap(({ kinds }) => kinds)).toEqual(kinds)
  expect([...kinds, ...slow, 'hang'].toSorted()).toEqual(Object.keys(faults).toSorted())
})

test('behavior: dimensions take turns, and the kills come around first', () => {
  const turns = turnsOf({ cycle, runs: 2 * cycle + 70 })

  expect(dimensionNames).toEqual(Object.keys(dimensions))
  for (const name of inTurn) {
    const mine = turns.flatMap(({ dimension, turn }) => (dimension === name ? [turn] : []))
    expect(mine).toEqual(mine.map((_, index) => index))
    expect(mine.length).toBeGreaterThanOrEqual(name === 'kills' ? cycle : 10)
  }
  expect(turnsOf({ cycle, only: 'kills', runs: 3 })).toEqual(
    [0, 1, 2].map((turn) => ({ dimension: 'kills', turn })),
  )
})

test('behavior: every planned fault is one that the sandbox knows', () => {
  const dice = createDice('faults')
  const all = kinds.flatMap((kind) =>
    Array.from({ length: 20 }, () => troubles[kind](dice).faults).flat(),
  )
  const wrong = all.filter((fault) => !Fault.safeParse(fault).success)

  expect(wrong).toEqual([])
  expect(all.length).toBeGreaterThanOrEqual(kinds.length * 20)
})

type Lie = [name: string, change: (copy: Evidence) => void, counters: string[]]

/** Changes both accounts that a ledger gives of itself. */
const both = (change: (told: Told) => void) => (copy: Evidence) => copy.told.forEach(change)

test.each([
  ['a settlement is missing', ({ truth }) => truth.settlements.pop(), ['unexplained']],
  [
    'a settlement too many',
    ({ truth }) => truth.settlements.push({ ...must(truth.settlements[0]), nonce: '0x01' }),
    ['double_settlements', 'unexplained'],
  ],
  [
    'two jobs of one request',
    ({ truth }) => truth.jobs.push({ ...must(truth.jobs[0]), queue_id: 'another' }),
    ['duplicate_paid_jobs'],
  ],
  [
    'another signature was made',
    (copy) => (copy.signed = [...copy.signed, '0x01']),
    ['signed_twice'],
  ],
  [
    'a payment was signed again',
    (copy) => (copy.signed = [...copy.signed, ...copy.signed]),
    ['signed_twice'],
  ],
  ['a job is missing', ({ truth }) => truth.jobs.pop(), ['unexplained']],
  ['a charge is missing', ({ truth }) => truth.rows.pop(), ['unexplained']],
  [
    'the credit is another',
    ({ truth }) => (must(truth.wallets[0]).credit_usd = '1'),
    ['unexplained'],
  ],
  ['a cap was lower', ({ plan }) => (plan.policy.maxSpendPerDayUsd = '0.01'), ['over_cap']],
  ['fewer top-ups were allowed', ({ plan }) => (plan.policy.maxTopUpsPerDay = 0), ['over_cap']],
  ['nothing is booked', both(({ usage }) => (usage.total = '0')), ['unexplained']],
  [
    'a payment is called unpaid',
    both(({ payments }) => (must(payments[0]).status = 'failed_unpaid')),
    ['unexplained'],
  ],
  [
    'a job is called rejected',
    both(({ jobs }) => (must(jobs[0]).status = 'rejected')),
    ['lost_jobs', 'partial_files', 'unexplained'],
  ],
  [
    'a job is called lost',
    both(({ jobs }) => (must(jobs[0]).status = 'lost_media')),
    ['lost_media', 'partial_files'],
  ],
  [
    'a job is called ambiguous',
    both(({ jobs }) => (must(jobs[0]).status = 'ambiguous')),
    ['lost_jobs', 'partial_files', 'unexplained'],
  ],
  ['a part is left behind', ({ files }) => files.set('a.part', ''), ['partial_files']],
  [
    'a sidecar is gone',
    ({ files }) => {
      for (const name of files.keys()) if (name.endsWith('.json')) files.delete(name)
    },
    ['partial_files'],
  ],
  [
    'a file is gone',
    ({ files }) => files.clear(),
    ['deleted_before_saved', 'paid_bytes_thrown_away', 'partial_files'],
  ],
  ['spending has stopped', both(({ state }) => (state.frozen = { reason: '' })), ['unexplained']],
  [
    'nothing has settled',
    both(({ jobs }) => (must(jobs[0]).status = 'ready')),
    ['lost_jobs', 'partial_files', 'unexplained'],
  ],
  ['the second recovery changed it', ({ told }) => (told[1].state.payments = 9), ['unexplained']],
  ['an error of no kind', ({ outcomes }) => outcomes.push({ code: 'UNEXPECTED' }), ['unexplained']],
] as Lie[])('behavior: the judge finds out: %s', (_, change, counters) => {
  const copy = structuredClone(evidence)
  expect(judge(copy).findings).toEqual([])

  change(copy)

  const found = judge(copy).findings.map(({ counter }) => counter)
  expect([...new Set(found)].toSorted()).toEqual(counters)
})

test(
  'behavior: the first runs hit every boundary and every fault, and it holds',
  { timeout: 900_000 },
  async () => {
    const report = await prove({
      dimension: 'kills',
      engine: 'sqlite',
      lanes: 2,
      runs: cycle,
      seed: 'test',
    })

    expect(report.failures).toEqual([])
    expect(report.never_hit).toEqual([])
    expect(report).toMatchObject({ runs: cycle })
    expect(report.dimensions.kills.charged).toBeGreaterThanOrEqual(0.3 * cycle)
    expect(report.kills).toBeGreaterThanOrEqual(Object.keys(boundaries).length)
    expect(holds(report)).toBe(true)
  },
)

/** A wallet that tops up and buys one video, by a process that dies once the payment is credited. */
async function playOne(): Promise<Evidence> {
  const lane = await createLane({
    engine: { name: 'sqlite' },
    programs: {
      host: await bundleWorker('test/prove/world/host.mjs'),
      worker: await bundleWorker('test/prove/world/worker.mjs'),
    },
    speed: 1_000,
  })
  try {
    const run = names.indexOf('T8') // tops up, and buys
    const plan = planOf({ dimension: 'kills', seed: 'judge', turn: run })
    return await play(lane, plan as Plan & KillsPlan)
  } finally {
    await lane.close()
  }
}

function must<value>(value: value | undefined): value {
  if (value === undefined) throw new Error('it is not there')
  return value
}
