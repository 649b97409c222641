import { setTimeout } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { createProbe } from '../../../src/flows/probe/createProbe.js'
import { createRecorder } from '../../../src/flows/probe/createRecorder.js'
import { planProbe } from '../../../src/flows/probe/planProbe.js'
import * as Fixture from '../../../src/Fixture.js'
import { catalogue } from '../../../src/sandbox/catalogue.js'
import { listenSandbox } from '../../../src/sandbox/listen.js'
import { control, createBuyer } from '../../support/createBuyer.js'

const aboves = ['full', 'unchanged', 'labelled', 'flat'].map((name) => `above-${name}`)

/** Asks a sandbox everything, with a yes to each step that is not left out. */
async function probe(options: probe.Options = {}) {
  const { leave = aboves, policy = {}, spends = true, usdc = '50', ...rest } = options
  // Long waits are over at once, for both sides alike.
  let ahead = 0
  const now = () => new Date(Date.now() + ahead)
  const sleep = async (ms: number, signal?: AbortSignal) => {
    if (ms < 5_000) return setTimeout(ms, undefined, signal && { signal })
    ahead += ms
  }
  await using sandbox = await listenSandbox({ now, speed: 2_000, ...rest })
  const { fund, state } = control(sandbox.controlUrl)
  const recorder = createRecorder({ now })
  await using buyer = await createBuyer({
    apiUrl: sandbox.apiUrl,
    client: { now, sleep, tap: recorder.tap },
    policy,
  })
  await fund(buyer.address, usdc)
  const notes: string[] = []
  const { zecchino } = buyer
  const known = [...catalogue.keys()]
  const asking = createProbe({ known, note: (line) => notes.push(line), recorder, zecchino })
  const steps: Record<string, string> = {}
  const costs: string[] = []
  for await (const step of planProbe(asking, { spends })) {
    costs.push(`${step.id} ${step.costs.usdc} ${step.costs.credit}`)
    if (leave.includes(step.id)) continue
    steps[step.id] = await step.run().then(
      () => 'done',
      (error: Error & { code?: string }) => error.code ?? error.message,
    )
  }
  const secrets = [...recorder.secrets, buyer.key, buyer.address]
  const text = Fixture.format(asking.fixture(), { secrets })
  return {
    audit: await zecchino.ledger.verifyEvents(),
    costs,
    fixture: Fixture.parse(text),
    notes,
    secrets,
    state: await state(),
    steps,
    text,
  }
}

declare namespace probe {
  type Options = listenSandbox.Options & {
    leave?: readonly string[]
    policy?: createBuyer.Options['policy']
    spends?: boolean
    usdc?: string
  }
}

/** A fixture without what differs from one session to the next. */
function lasting({ exchanges, facts }: Fixture.Fixture) {
  const { balance_lag_ms: lag, charge_after_ms: after, ...rest } = facts
  // A refused envelope has its code again, and not every word.
  const kept = exchanges.filter((exchange) => !/^pay\..*400$/.test(exchange.case))
  return { exchanges: kept, facts: rest, timed: [lag === undefined, after === undefined] }
}

test.concurrent('default: what is free first, then a top-up, and the cheapest video last', async () => {
  const { audit, costs, fixture, state, steps, text } = await probe()
  expect([...new Set(Object.values(steps))]).toEqual(['done'])
  const names = costs.map((line) => line.split(' ')[0])
  expect(names).toEqual([
    'models',
    'strangers',
    'offer',
    'quotes',
    'account',
    'refusals',
    'top-up',
    'replay',
    'more-refusals',
    ...aboves,
    'prices',
    'video',
  ])
  expect(costs.filter((line) => !line.endsWith(' 0 0'))).toEqual([
    'top-up 5000000 0',
    ...aboves.map((id) => `${id} 5010000 0`),
    expect.stringMatching(/^video 0 \d+$/),
  ])
  expect(fixture.facts).toMatchObject({
    balance_lag_ms: 0,
    charge_after_ms: 0,
    charge_rows: 1,
    envelopes: { minimum: { full: 'taken' } },
    offer_fields: [
      'amount',
      'asset',
      'extra.name',
      'extra.version',
      'maxTimeoutSeconds',
      'network',
      'payTo',
      'scheme',
    ],
    payment_response: true,
    replay: { status: 200 },
    request_id: 'queue_id',
    retrieve_below_floor: 'refused',
  })
  // The dearest of mistakes: something bought twice, or on the way to a question.
  expect(state.settlements).toMatchObject([{ credited: true, presented: 2 }])
  expect(state.charges).toHaveLength(1)
  expect(state.jobs).toHaveLength(1)
  expect(audit.ok).toBe(true)
  expect(text).not.toMatch(/https?:|0x[\da-f]{8}|[\da-f]{24}/i)
})

test.concurrent('behavior: what is free signs no payment, and buys nothing', async () => {
  const { fixture, state, steps } = await probe({ spends: false })
  expect(steps).toEqual({
    account: 'done',
    models: 'done',
    offer: 'done',
    quotes: 'done',
    refusals: 'done',
    strangers: 'done',
  })
  expect(state).toMatchObject({ charges: [], jobs: [], settlements: [] })
  expect(fixture.facts).toMatchObject({ retrieve_below_floor: 'refused' })
  expect(fixture.facts.replay).toBeUndefined()
})

test.concurrent('behavior: a step that is left out leaves its questions open, and the others go on', async () => {
  const { fixture, state, steps } = await probe({ leave: [...aboves, 'replay', 'quotes', 'video'] })
  expect(steps['prices']).toBe('done')
  expect(state.settlements).toMatchObject([{ presented: 1 }])
  expect(state.jobs).toEqual([])
  for (const name of ['replay', 'request_id', 'complete'] as const)
    expect(fixture.facts[name]).toBeUndefined()
})

test.concurrent('error: what the policy refuses is not asked, and what was found stays', async () => {
  const { fixture, state, steps } = await probe({
    policy: { maxPerVideoUsd: '0.001', maxTopUpUsd: '4' },
  })
  expect(steps).toMatchObject({
    models: 'done',
    'top-up': 'POLICY_REFUSED',
    video: 'POLICY_REFUSED',
  })
  expect(steps['replay']).toBeUndefined()
  expect(state).toMatchObject({ jobs: [], settlements: [] })
  expect(fixture.facts.models?.rows).toBeGreaterThan(0)
})

test.concurrent('error: a payment without an answer is not presented for the sake of the question', async () => {
  const { state, steps } = await probe({
    faults: [{ kind: 'settle-then-504', route: 'top-up', times: 'always' }],
  })
  expect(steps['top-up']).toBe('PAYMENT_UNRESOLVED')
  expect(steps['replay']).toBeUndefined()
  expect(state.settlements).toHaveLength(1)
})

const refused = 'INVALID_PAYMENT_FORMAT'

test.concurrent.each([
  ['full', { full: 'taken' }],
  ['flat', { flat: 'taken', full: refused, labelled: refused }],
  ['full-labelled', { full: refused, labelled: 'taken' }],
] as const)('behavior: which envelopes are taken: %s', async (envelopes, minimum) => {
  const leave = ['prices', 'replay']
  const live = await probe({ envelopes, leave })
  const { facts } = live.fixture
  expect(facts.envelopes?.minimum).toEqual(minimum)
  expect(Object.values(facts.envelopes?.above ?? {})).toContain('taken')
  // Whatever was refused on the way: one payment for each step, and each credited once.
  const paid = Object.entries(live.steps).filter(([id]) => /^(top-up|above-)/.test(id))
  expect(paid.every(([, outcome]) => outcome === 'done')).toBe(true)
  expect(live.state.settlements).toHaveLength(paid.length)
  for (const { presented } of live.state.settlements) expect(presented).toBe(1)

  const again = await probe({ fixtures: live.fixture, leave })
  expect(again.fixture.facts.envelopes).toEqual(facts.envelopes)
})

const odd: listenSandbox.Options['faults'] = [
  { kind: 'refuse-replay', route: 'top-up', times: 'always' },
  { kind: 'other-request-id', route: 'queue', times: 'always' },
  { kind: 'late-charge', ms: 4_000, route: 'queue', times: 'always' },
  { body: { error: 'Sign in first' }, kind: 'status', route: 'balance', status: 401 },
]

test.concurrent(
  'behavior: a sandbox with the fixtures of another answers as that one',
  { timeout: 120_000 },
  async () => {
    const live = await probe({ behavior: 'documented', faults: odd })
    expect(live.fixture.facts).toMatchObject({
      balance_header: true,
      replay: { code: 'PAYMENT_VERIFICATION_FAILED', status: 400 },
      request_id: 'another',
    })
    const { charge_after_ms: after = 0 } = live.fixture.facts
    expect(Math.abs(after - 4_000)).toBeLessThan(1_500)

    const again = await probe({ fixtures: live.fixture })
    expect(lasting(again.fixture)).toEqual(lasting(live.fixture))
    const { charge_after_ms: later = 0 } = again.fixture.facts
    expect(Math.abs(later - after)).toBeLessThan(1_500)
  },
)

test.concurrent(
  'behavior: so does one with fixtures that no sandbox would answer by itself',
  { timeout: 120_000 },
  async () => {
    const facts: Fixture.Facts = {
      balance_lag_ms: 2_000,
      complete: 'not_deleted',
      offer_fields: [
        'amount',
        'asset',
        'extra.name',
        'extra.version',
        'network',
        'payTo',
        'scheme',
      ],
      payment_id: 'x402-<hex 32>',
      payment_response: false,
      rate_headers: { balance: ['x-ratelimit-remaining', 'x-ratelimit-resets'] },
      request_id: 'none',
      retrieve_below_floor: 'admitted',
    }
    const first = await probe({ fixtures: { ...(await probe({ spends: false })).fixture, facts } })
    const { balance_lag_ms: lag = 0, ...found } = first.fixture.facts
    const { balance_lag_ms: _, rate_headers, ...expected } = facts
    expect(found).toMatchObject(expected)
    expect(found.rate_headers?.balance).toEqual(rate_headers?.balance)
    expect(lag).toBeGreaterThan(1_500)
    const again = await probe({ fixtures: first.fixture })
    expect(lasting(again.fixture)).toEqual(lasting(first.fixture))
  },
)

test.concurrent(
  'behavior: no secret or link of a whole session survives, in any spelling',
  { timeout: 120_000 },
  async () => {
    const { secrets, text } = await probe()
    const unique = new Set(secrets.filter((secret) => secret.length >= 12))
    expect(unique.size).toBeGreaterThan(100)
    for (const secret of unique)
      for (const spelled of [
        secret,
        secret.toLowerCase(),
        secret.replace(/^0x/, ''),
        Buffer.from(secret).toString('base64').replaceAll('=', ''),
        Buffer.from(secret).toString('base64url'),
        Buffer.from(secret).toString('hex'),
        encodeURIComponent(secret),
      ])
        expect(text.toLowerCase().includes(spelled.toLowerCase()), spelled.slice(0, 4)).toBe(false)
  },
)
