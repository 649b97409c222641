import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { Fault, faults } from '../../src/sandbox/faults.js'
import { bundleWorker } from '../crash/bundleWorker.js'
import { names } from './world/boundaries.js'
import { createDice } from './world/createDice.js'
import { createHosts } from './world/createHosts.js'
import { createLane } from './world/createLane.js'
import { counters, judge } from './world/judge.js'
import type { Span } from './world/createTroubles.js'
import { judgeOwner } from './world/judgeOwner.js'
import { cycle, type KillsPlan, killsPlan } from './world/killsPlan.js'
import { type Evidence, play } from './world/play.js'
import { dimensions, names as dimensionNames, turnsOf } from './world/dimensions.js'
import type { LivePlan } from './world/livePlan.js'
import { playLive } from './world/playLive.js'
import { holds, prove } from './world/prove.js'
import { kinds, slow, troubles } from './world/troubles.js'
import { type Plan, planOf } from './world/planOf.js'
import type { Told } from './world/told.js'
import type { Spoken, Word } from './world/words.js'

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
  for (const name of dimensionNames) {
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

/** A word that was carried out before anything was bought. */
function speak(copy: Evidence, spoken: Pick<Spoken, 'word'> & Partial<Spoken>): void {
  copy.words = [...copy.words, { from: 0, shown: [], to: 0, ...spoken }]
}

/** A person's word about a request. */
function agree(copy: Evidence, agreed: NonNullable<Spoken['agreed']>): void {
  speak(copy, { agreed, word: { request: 0, say: 'approve' } })
}

/** The provider's second job of a request, made after the owner has said something about it. */
function payAgain(copy: Evidence, word: Partial<Word>, shown: readonly string[] = []): void {
  const made = must(copy.truth.jobs[0])
  const at = Date.parse(made.created_at)
  const said = { request: 0, ...word } as Word
  speak(copy, { from: at, hash: made.body_hash, shown, to: at, word: said })
  copy.truth.jobs.push({ ...made, queue_id: 'another' })
}

/** The same request, bought once more by somebody who was told this, and charged for. */
function buyAnew(copy: Evidence, shown: readonly string[]): void {
  const made = must(copy.truth.jobs[0])
  const at = Date.parse(made.created_at)
  copy.told[1].jobs.push({
    ...must(copy.told[1].jobs[0]),
    id: 'again',
    queueId: 'another',
    quoteId: 'anew',
  })
  speak(copy, {
    about: 'anew',
    from: at,
    hash: made.body_hash,
    shown,
    to: at,
    word: { request: 0, say: 'anew' },
  })
  copy.truth.jobs.push({ ...made, queue_id: 'another' })
}

type Lie = [name: string, change: (copy: Evidence) => void, counters: string[]]

/** As a job of which nobody has the link. */
const lostLink = {
  detail:
    'only the lost queue answer carried the link to the file. $1 was paid for it at noon. Venice knows it as 1',
  status: 'lost_media',
}

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
    'a request was paid again after the owner had it sent again',
    (copy) => payAgain(copy, { say: 'resolve', verdict: 'retry' }),
    ['paid_again_by_owner_word'],
  ],
  [
    'a request was paid again although the charge that was shown names its video',
    (copy) => {
      const { id } = must(copy.truth.rows.find(({ type }) => type === 'CHARGE'))
      const shown = [`Charge    $0.08 (row ${id}), names x: Venice has a video job of that name`]
      payAgain(copy, { say: 'resolve', verdict: 'retry' }, shown)
    },
    ['paid_again_by_owner_word'],
  ],
  [
    'the same was bought once more, and nobody was told of the one before',
    (copy) => buyAnew(copy, []),
    ['deleted_before_saved', 'paid_again_by_owner_word', 'partial_files', 'unexplained'],
  ],
  [
    'a payment that settled was called unpaid, and nobody was told of a doubt',
    (copy) => {
      const { id: about } = must(copy.told[0].payments[0])
      speak(copy, { about, word: { say: 'pay', verdict: 'unpaid' } })
    },
    ['paid_again_by_owner_word'],
  ],
  [
    'nobody was asked about a purchase',
    ({ plan }) => (plan.policy.approveAboveUsd = '0'),
    ['approval_bypassed'],
  ],
  [
    'nobody was asked about a payment alone',
    ({ plan }) => (plan.policy.approveAboveUsd = '1'),
    ['approval_bypassed'],
  ],
  [
    'somebody agreed to another request',
    (copy) => {
      copy.plan.policy.approveAboveUsd = '0'
      agree(copy, { hash: '0'.repeat(64), price: '9000000', topUp: '9000000' })
    },
    ['approval_bypassed'],
  ],
  [
    'somebody agreed to less',
    (copy) => {
      copy.plan.policy.approveAboveUsd = '0'
      const { hash } = must(copy.told[0].jobs[0])
      agree(copy, { hash, price: '1', topUp: '9000000' })
    },
    ['approval_bypassed'],
  ],
  [
    'somebody agreed to a smaller payment',
    (copy) => {
      copy.plan.policy.approveAboveUsd = '0'
      const { hash } = must(copy.told[0].jobs[0])
      agree(copy, { hash, price: '9000000', topUp: '4999999' })
    },
    ['approval_bypassed'],
  ],
  [
    'the owner allowed less before it was bought',
    (copy) => speak(copy, { word: { key: 'approveAboveUsd', say: 'policy', usd: '0.01' } }),
    ['approval_bypassed'],
  ],
  [
    'less may ever leave the wallet',
    ({ plan }) => (plan.policy.maxPaidTotalUsd = '4'),
    ['usdc_over_cap'],
  ],
  [
    'the whole file was sent, and another one is here',
    (copy) => {
      for (const name of copy.files.keys()) if (name.endsWith('.mp4')) copy.files.set(name, '')
    },
    ['deleted_before_saved', 'paid_bytes_thrown_away', 'partial_files'],
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
    'a link is called lost, and nobody died who had it',
    (copy) => {
      both(({ jobs }) => Object.assign(must(jobs[0]), lostLink))(copy)
      Object.assign(must(copy.truth.jobs[0]), { private: true })
      copy.kills = []
      copy.witnesses = []
    },
    ['lost_media', 'partial_files'],
  ],
  [
    'a job still says what kept its file away',
    both(({ jobs }) => (must(jobs[0]).detail = 'The video cannot be saved in /: it is full.')),
    ['unexplained'],
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

test.each([
  [
    'sent again although a charge was shown that names nothing',
    (copy) => {
      const { id } = must(copy.truth.rows.find(({ type }) => type === 'CHARGE'))
      payAgain(copy, { say: 'resolve', verdict: 'retry' }, [`$0.08 (row ${id}), names nothing`])
    },
  ],
  [
    'bought once more by somebody who was told of the one before',
    (copy) => buyAnew(copy, ['Buying this quote makes and charges a second one.']),
  ],
  [
    'agreed to as it was',
    (copy) => {
      copy.plan.policy.approveAboveUsd = '0'
      const { hash, price } = must(copy.told[0].jobs[0])
      agree(copy, { hash, price, topUp: '5000000' })
    },
  ],
] as [string, (copy: Evidence) => void][])('behavior: the judge lets pass: %s', (_, change) => {
  const copy = structuredClone(evidence)

  change(copy)

  expect(judgeOwner(copy)).toEqual([])
})

test('behavior: a job that is given up keeps its own charge, under no queue id, and no other', () => {
  const copy = structuredClone(evidence)
  const odd = () => judge(copy).findings.filter(({ says }) => says.includes('is tied to'))
  both(({ jobs }) => {
    const { queueId: _, ...job } = must(jobs[0])
    jobs[0] = { ...job, status: 'abandoned' }
  })(copy)

  expect(odd()).toEqual([])

  both(({ jobs }) => (must(jobs[0]).hash = '0'.repeat(64)))(copy)
  expect(odd()).toHaveLength(1)
})

test('behavior: what was charged for one of two jobs of a request is not charged for the other', () => {
  const copy = structuredClone(evidence)
  const wrong = () => judge(copy).findings.filter(({ says }) => says.includes('has charged for it'))
  both(({ jobs }) =>
    jobs.push({ ...must(jobs[0]), id: 'again', queueId: 'b', status: 'rejected' }),
  )(copy)
  expect(wrong()).toEqual([])

  both(({ jobs }) => (must(jobs[0]).status = 'rejected'))(copy)
  expect(wrong()).toHaveLength(1)
})

test('behavior: the judge finds out: a job was left alone while somebody lived', () => {
  const copy = structuredClone(evidence)
  const [made] = copy.truth.jobs
  const noon = Date.parse(must(made).created_at)
  const [minute, until] = [60_000, 10 * 60_000]
  const live = (alive: number) => ({
    aliveUntil: until,
    moves: [],
    noon,
    steps: [{ alive, from: 0, real: until, to: until }],
    troubled,
  })
  let troubled: Span[] = []
  const looks = (...ats: number[]) =>
    ats.map((at) => ({
      ...must(copy.truth.requests[0]),
      at: new Date(noon + at).toISOString(),
      queue_id: must(made).queue_id,
    }))
  const judged = (alive: number, requests: typeof copy.truth.requests) => {
    const truth = { ...copy.truth, jobs: [must(made)], requests }
    return judge({ ...copy, live: live(alive), truth }).leftAlone
  }
  const leftAlone = (alive: number, ...ats: number[]) => judged(alive, looks(...ats))

  expect(leftAlone(1)).toBe(10)
  expect(leftAlone(1, 3 * minute, 5 * minute)).toBe(5)
  expect(leftAlone(0)).toBe(0)

  // A paid call is attended to until it is given up, a look at its job is not.
  const closed_at = new Date(noon + 3 * minute).toISOString()
  const hung = looks(0).map((look) => ({ ...look, closed_at }))
  const calls = hung.map((look) => ({ ...look, path: '/api/v1/video/queue' }))
  expect(judged(1, calls)).toBe(7)
  expect(judged(1, hung)).toBe(10)

  // While the disk or the ledger is in trouble nobody can do much.
  troubled = [
    { from: 2 * minute, to: 5 * minute },
    { from: 4 * minute, to: 8 * minute },
  ]
  expect(leftAlone(1)).toBe(4)
})

test('behavior: a process that ends by itself says how, and one that never rests ends its run', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-hosts-'))
  const program = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  const hosts = createHosts(
    program(
      'dies.mjs',
      "process.on('message', () => process.stderr.write('why', () => process.exit(3)))",
    ),
  )
  const lane = await createLane({
    engine: { name: 'sqlite' },
    programs: { host: program('stays.mjs', "process.on('message', () => {})"), worker: '' },
    speed: 4,
  })
  const ears = { onMove() {}, onOnset: async () => {}, onWitness() {}, onWord() {} }
  const host = hosts.take(ears)

  try {
    expect(await host.do('anything')).toBeUndefined()
    expect(host.end).toEqual({ code: 3, signal: null, stderr: 'why' })

    const plan = planOf({ dimension: 'processes', seed: 'limit', turn: 0 }) as LivePlan & Plan
    await expect(playLive(lane, plan, 500)).rejects.toThrow(
      /does not end, at \d+ ms of its time: 0: it is busy, asked for: open/,
    )
  } finally {
    await Promise.all([hosts.close(), lane.close()])
    rmSync(folder, { recursive: true })
  }
})

/** A quarter of what meets every boundary and every fault; `prove:world` plays all of it, and says what was not met. */
const few = Math.ceil(cycle / 4)

test(
  'behavior: the first runs hit boundaries and faults, and it holds',
  { timeout: 900_000 },
  async () => {
    const report = await prove({
      dimension: 'kills',
      engine: 'sqlite',
      lanes: 2,
      runs: few,
      seed: 'test',
    })

    expect(report.failures).toEqual([])
    expect(report.never_hit.length).toBeLessThan(cycle)
    expect(report).toMatchObject({ runs: few })
    expect(report.dimensions.kills.charged).toBeGreaterThanOrEqual(0.3 * few)
    expect(report.kills).toBeGreaterThan(few / 2)
    expect(holds({ ...report, never_hit: [] })).toBe(true)
    for (const counter of counters) expect(holds({ ...report, [counter]: 1 })).toBe(false)
    expect(holds({ ...report, left_alone_minutes_max: 2.1 })).toBe(false)
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
