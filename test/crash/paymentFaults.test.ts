import { afterAll, expect, test, vi } from 'vitest'

import { createTrial } from './createTrial.js'
import { request } from './requests.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 })

const trial = await createTrial()
afterAll(() => trial.close())

const payment = 'top-up-payment'

test.each([
  ['settled, then 504', [{ kind: 'settle-then-504', route: payment }]],
  ['settled, then dropped', [{ kind: 'settle-then-reset', route: payment }]],
  ['dropped before the server looked', [{ kind: 'reset', route: payment, when: 'before' }]],
  ['settled, the answer broken', [{ kind: 'malformed-json', route: payment }]],
  [
    'settled, then asked to pay once more',
    [{ kind: 'endless-402', route: payment, when: 'after' }],
  ],
  ['not settled, then settled', [{ kind: 'settlement-failed', route: payment }]],
  ['payments are down for a moment', [{ kind: 'unconfigured', route: payment, times: 2 }]],
  ['asked to slow down', [{ kind: 'rate-limited', route: payment, times: 2 }]],
  [
    'the credit comes minutes later',
    [{ credit_after_ms: 240_000, kind: 'credit-lost', route: payment }],
  ],
  [
    'dropped, and a copy is refused',
    [
      { kind: 'settle-then-reset', route: payment },
      { kind: 'refuse-replay', route: payment, times: 'always' },
    ],
  ],
])('behavior: %s ⇒ one payment, the video', async (_, faults) => {
  await using buyer = await trial.buyer({ faults })

  expect((await buyer.buy()).job).toMatchObject({ status: 'cleaned' })

  expect(await buyer.ledger.payments()).toMatchObject([{ status: 'credited' }])
  const { charges, settlements } = await buyer.truth()
  expect(settlements).toHaveLength(1)
  expect(charges).toHaveLength(1)
})

test('behavior: 402 for ever ⇒ one authorization, expired, the job ends', async () => {
  await using buyer = await trial.buyer({
    faults: [{ kind: 'endless-402', route: payment, times: 'always' }],
  })

  const { job } = await buyer.buy()

  expect(job).toMatchObject({
    detail: 'Its top-up of $5.00 did not settle (refused: 402), and nothing was paid.',
    status: 'rejected',
  })
  const [signed, ...others] = await buyer.ledger.payments()
  expect([signed?.status, others]).toEqual(['failed_unpaid', []])
  // Until then it could have settled, whatever the answers and the chain said.
  expect(Number(signed?.updatedAt)).toBeGreaterThan(Number(signed?.validBefore))
  expect(await buyer.ledger.usage()).toEqual({ paid: 0n, perDay: 0n, topUpsPerDay: 0n, total: 0n })
  const { requests, settlements } = await buyer.truth()
  expect(settlements).toEqual([])
  // It is presented again and again, but not so often that the provider would lock us out.
  expect(requests.filter(({ path }) => path.endsWith('/top-up')).length).toBeLessThan(20)
})

test('behavior: the credit never comes ⇒ frozen after 10 min, and nothing more is paid', async () => {
  await using buyer = await trial.buyer({ faults: [{ kind: 'credit-lost', route: payment }] })

  const { code, job } = await buyer.buy()

  expect(code).toBe('WALLET_FROZEN')
  expect(job).toMatchObject({ status: 'reserved' })
  expect(await buyer.ledger.payments()).toMatchObject([{ status: 'paid_not_credited' }])
  expect((await buyer.ledger.state()).frozen?.reason).toContain('Run: zecchino resolve payment_')
  expect(await buyer.buy({ ...request, prompt: 'Another one.' })).toEqual({ code: 'WALLET_FROZEN' })
  expect((await buyer.truth()).settlements).toHaveLength(1)
})

test('behavior: another payee than the pinned one ⇒ nothing is signed', async () => {
  await using buyer = await trial.buyer({
    faults: [{ kind: 'pay-to-swap', route: 'top-up', times: 'always' }],
    policy: { payTo: trial.payTo },
  })

  const { code, job } = await buyer.buy()

  expect(code).toBe('PAYEE_CHANGED')
  expect(job).toMatchObject({ status: 'rejected' })
  expect(await buyer.ledger.payments()).toEqual([])
  expect((await buyer.truth()).settlements).toEqual([])
})

test('behavior: a clock that is off ⇒ nothing is signed', async () => {
  await using buyer = await trial.buyer({
    faults: [{ kind: 'clock-skew', ms: 90_000, route: '*', times: 'always' }],
  })

  expect((await buyer.buy()).code).toBe('CLOCK_SKEW')

  expect(await buyer.ledger.payments()).toEqual([])
})

test('behavior: a balance told too low ⇒ one top-up for the job, not one after another', async () => {
  await using buyer = await trial.buyer({
    faults: [{ kind: 'balance-lie', route: 'balance', times: 'always', usd: '0' }],
  })

  const { job } = await buyer.buy()

  // The rows show that it is there, and the queue takes it.
  expect(job).toMatchObject({ status: 'cleaned' })
  const { charges, settlements } = await buyer.truth()
  expect(settlements).toHaveLength(1)
  expect(charges).toHaveLength(1)
})

test('behavior: a balance told too high ⇒ refused, no loop', async () => {
  await using buyer = await trial.buyer({
    faults: [{ kind: 'balance-lie', route: 'balance', times: 'always', usd: '1000' }],
  })

  const { job } = await buyer.buy()

  expect(job?.status).toBe('rejected')
  expect(job?.detail).toContain('although the credit of $1000.00 covers the price')
  const { requests } = await buyer.truth()
  expect(requests.filter(({ path }) => path.endsWith('/queue'))).toHaveLength(1)
})

test.each([
  ['empty', '0'],
  ['below the price', '0.11'],
])('behavior: a linked account whose DIEM is %s ⇒ rejected, no top-up', async (_, diem) => {
  await using buyer = await trial.buyer()
  await fetch(`${trial.controlUrl}/credit`, {
    body: JSON.stringify({ address: buyer.address, diem_usd: diem }),
    headers: { 'content-type': 'application/json' },
    method: 'POST',
  })

  const { job } = await buyer.buy()

  expect(job?.status).toBe('rejected')
  expect(job?.detail).toContain('DIEM is spent first')
  expect((await buyer.truth()).settlements).toEqual([])
})

test('behavior: several jobs within one small cap ⇒ each waits for its turn', async () => {
  await using buyer = await trial.buyer({ policy: { maxTopUpUsd: '5' } })
  // $0.92 each: together more than one top-up may bring.
  const wanted = { ...request, audio: true, duration: '12s', resolution: '720p' }
  const all = Array.from({ length: 6 }, () => wanted)

  const ends = await Promise.all(all.map(buyer.buy))

  expect(ends.map(({ job }) => job?.status)).toEqual(all.map(() => 'cleaned'))
  const { charges, settlements } = await buyer.truth()
  expect(charges).toHaveLength(6)
  expect(settlements.map((one) => one.amount_usd)).toEqual(settlements.map(() => '5'))
})
