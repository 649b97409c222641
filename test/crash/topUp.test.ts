import { afterAll, expect, test, vi } from 'vitest'

import { createStage } from './createStage.js'
import { request } from './requests.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 })

const stage = await createStage()
afterAll(() => stage.close())

const hang = (when: string) => ({ kind: 'hang', route: 'top-up-payment', when })

test.each([
  ['T3: committed, not sent', { call: 'ledger.movePayment', match: { to: 'signed' } }, 1],
  ['T4: written down as sent, not sent', { call: 'ledger.movePayment', match: { to: 'sent' } }, 1],
  ['T6: settled, the answer unread', { call: 'fetch', match: { paid: true } }, 2],
  [
    'T7: answered, not committed',
    { call: 'ledger.movePayment', match: { to: 'credited' }, when: 'before' },
    2,
  ],
  ['T8: credited', { call: 'ledger.movePayment', match: { to: 'credited' } }, 1],
] as const)(
  'behavior: %s ⇒ the same bytes, one payment, the video',
  async (_, point, presented) => {
    await using scene = await stage.scene()
    await scene.kill(point)

    const { jobs, payments } = await scene.recover()

    expect(payments).toMatchObject([{ amount: '5000000', status: 'credited' }])
    expect(jobs).toMatchObject([{ status: 'cleaned' }])
    const { charges, settlements } = await scene.truth()
    expect(settlements).toMatchObject([{ credited: true, nonce: payments[0]?.nonce, presented }])
    expect(charges).toHaveLength(1)
  },
)

test.each([
  ['T5: sent, not looked at', 'before', 1],
  ['T5: sent, settled, no answer', 'after', 2],
])('behavior: %s ⇒ the same bytes, one payment, the video', async (_, when, presented) => {
  await using scene = await stage.scene({ faults: [hang(when)] })
  await scene.kill({ call: 'fetch', match: { paid: true }, when: 'during' })

  const { jobs, payments } = await scene.recover()

  expect(payments).toMatchObject([{ status: 'credited' }])
  expect(jobs).toMatchObject([{ status: 'cleaned' }])
  const { settlements } = await scene.truth()
  expect(settlements).toMatchObject([{ credited: true, nonce: payments[0]?.nonce, presented }])
})

test.each([
  ['T1: reserved', 'before'],
  ['T2: signed, not committed', 'after'],
] as const)('behavior: %s ⇒ released, nothing is sent', async (_, when) => {
  await using scene = await stage.scene()
  await scene.kill({ call: 'wallet.authorizeTransfer', when })
  await scene.advance(120_000)

  const { jobs, payments, usage } = await scene.recover()

  expect(payments).toMatchObject([{ detail: 'never signed', status: 'failed_unpaid' }])
  expect(jobs).toMatchObject([{ status: 'rejected' }])
  expect(usage).toEqual({ paid: '0', perDay: '0', topUpsPerDay: '0', total: '0' })
  const { requests, settlements } = await scene.truth()
  expect(settlements).toEqual([])
  expect(requests.filter(({ path }) => path.endsWith('/top-up'))).toEqual([])
})

test('behavior: T3 with less than 30 s left ⇒ waits it out, then released', async () => {
  await using scene = await stage.scene()
  await scene.kill({ call: 'ledger.movePayment', match: { to: 'signed' } })
  await scene.advance(260_000)

  const early = await scene.recover({ timeout: 500 })
  expect(early.payments).toMatchObject([{ status: 'signed' }])
  expect(early.jobs).toMatchObject([{ status: 'reserved' }])

  await scene.advance(60_000)
  const { jobs, payments, usage } = await scene.recover()
  expect(payments).toMatchObject([
    { detail: 'it expired before it was sent', status: 'failed_unpaid' },
  ])
  expect(jobs).toMatchObject([{ status: 'rejected' }])
  expect(usage).toEqual({ paid: '0', perDay: '0', topUpsPerDay: '0', total: '0' })
  const { requests } = await scene.truth()
  expect(requests.filter(({ path }) => path.endsWith('/top-up'))).toEqual([])
})

test('behavior: T9, expired and provably unspent ⇒ released; only then is another signed', async () => {
  await using scene = await stage.scene({ faults: [hang('before')] })
  await scene.kill({ call: 'fetch', match: { paid: true }, when: 'during' })
  await scene.fault({ kind: 'endless-402', route: 'top-up-payment', times: 'always' })

  const other = { ...request, prompt: 'Another one.' }
  const during = await scene.run({ deed: 'buy', requests: [other], timeout: 1_000 })
  expect(during.payments).toMatchObject([{ status: 'unknown' }])

  await fetch(`${scene.place.controlUrl}/faults`, { method: 'DELETE' })
  await scene.advance(400_000)
  const { jobs, payments } = await scene.recover()
  expect(payments).toMatchObject([{ status: 'credited' }, { status: 'failed_unpaid' }])
  expect(jobs).toMatchObject([{ status: 'cleaned' }, { status: 'rejected' }])
  expect(jobs[1]?.detail).toMatch(
    /^Its top-up of \$5\.00 did not settle \(.+\), and nothing was paid\.$/,
  )
  const { settlements } = await scene.truth()
  expect(settlements).toMatchObject([{ nonce: payments[0]?.nonce, presented: 1 }])
})

test('behavior: T6 after it expired ⇒ credited by the row', async () => {
  await using scene = await stage.scene()
  await scene.kill({ call: 'fetch', match: { paid: true } })
  await scene.advance(400_000)

  const { jobs, payments } = await scene.recover()

  expect(payments).toMatchObject([
    { detail: expect.stringContaining("credited by Venice's row"), status: 'credited' },
  ])
  expect(jobs).toMatchObject([{ status: 'cleaned' }])
  expect((await scene.truth()).settlements).toMatchObject([{ presented: 1 }])
})

test('behavior: T6, killed between tying the row and crediting ⇒ credited', async () => {
  await using scene = await stage.scene()
  await scene.kill({ call: 'fetch', match: { paid: true } })
  await scene.advance(400_000)
  await scene.kill({ call: 'ledger.linkRow' }, { deed: 'recover' })
  await scene.advance(600_000)

  const { jobs, payments, state } = await scene.recover()

  expect(payments).toMatchObject([{ status: 'credited' }])
  expect(jobs).toMatchObject([{ status: 'cleaned' }])
  expect(state.frozen).toBeUndefined()
})

test('behavior: T6, the credit never comes ⇒ paid_not_credited after 10 min, frozen', async () => {
  await using scene = await stage.scene({ faults: [{ kind: 'credit-lost', route: 'top-up' }] })
  await scene.kill({ call: 'fetch', match: { paid: true } })

  const early = await scene.recover({ timeout: 500 })
  expect(early.payments).toMatchObject([{ status: 'unknown' }])
  expect(early.state.frozen).toBeUndefined()

  await scene.advance(600_000)
  const { jobs, payments, state } = await scene.recover({ timeout: 1_000 })
  expect(payments).toMatchObject([{ status: 'paid_not_credited' }])
  expect(jobs).toMatchObject([{ status: 'reserved' }])
  expect(state.frozen?.reason).toMatch(
    /^\$5\.00 left the wallet on Base Sepolia at about .+, and Venice shows no credit for it\. Run: zecchino resolve payment_/,
  )
  const { outcomes } = await scene.run({
    deed: 'buy',
    requests: [{ ...request, prompt: 'Another one.' }],
  })
  expect(outcomes).toMatchObject([{ code: 'WALLET_FROZEN' }])
  expect((await scene.truth()).settlements).toHaveLength(1)
})

test('behavior: T6, the credit comes minutes later ⇒ credited', async () => {
  const late = { credit_after_ms: 300_000, kind: 'credit-lost', route: 'top-up' }
  await using scene = await stage.scene({ faults: [late] })
  await scene.kill({ call: 'fetch', match: { paid: true } })
  expect((await scene.recover({ timeout: 500 })).payments).toMatchObject([{ status: 'unknown' }])

  await scene.advance(400_000)
  const { jobs, payments, state } = await scene.recover()

  expect(payments).toMatchObject([{ status: 'credited' }])
  expect(jobs).toMatchObject([{ status: 'cleaned' }])
  expect(state.frozen).toBeUndefined()
})

test('behavior: a top-up without a job survives too', async () => {
  await using scene = await stage.scene()
  await scene.kill({ call: 'ledger.movePayment', match: { to: 'signed' } }, { deed: 'topUp' })

  expect((await scene.recover()).payments).toMatchObject([{ status: 'credited' }])

  const { payments } = await scene.run({ deed: 'topUp' })
  expect(payments).toHaveLength(1)
  expect((await scene.truth()).settlements).toHaveLength(1)
})
