import { readFileSync } from 'node:fs'

import { afterAll, expect, test, vi } from 'vitest'

import type { Envelopes } from '../../src/sandbox/envelopes.js'
import { createStage, type Point, startProcess } from './createStage.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 })

const stage = await createStage()
afterAll(() => stage.close())

const takes = (which: Envelopes) => ({
  kind: 'envelopes',
  route: 'top-up-payment',
  takes: which,
  times: 'always',
})

/** $8, which no server so far takes in every form. */
const plan = { credit: '8', deed: 'topUp' }

const answered = (skip: number): Point => ({ call: 'fetch', match: { paid: true }, skip })
const noted = (skip: number, when: 'after' | 'before'): Point => ({
  call: 'ledger.refuseAttempt',
  skip,
  when,
})
const begun = (skip: number, when: 'after' | 'before'): Point => ({
  call: 'ledger.beginAttempt',
  skip,
  when,
})

test.each<[string, Envelopes, Point]>([
  ['the first form refused, unread', 'full-unchanged', answered(0)],
  ['the first form refused, not on record', 'flat', noted(0, 'before')],
  ['the first refusal on record', 'full-labelled', noted(0, 'after')],
  ['before the second is on record', 'full-unchanged', begun(1, 'before')],
  ['the second on record, not sent', 'full-unchanged', begun(1, 'after')],
  ['the second settled, unread', 'full-unchanged', answered(1)],
  ['the second refused, not on record', 'flat', noted(1, 'before')],
  ['the third on record, not sent', 'full-labelled', begun(2, 'after')],
  ['the third settled, unread', 'full-labelled', answered(2)],
  ['the third refusal on record', 'flat', noted(2, 'after')],
  ['the last on record, not sent', 'flat', begun(3, 'after')],
  ['the last settled, unread', 'flat', answered(3)],
])('behavior: killed between two forms: %s (%s) ⇒ one signature, paid once', async (...row) => {
  const [, which, point] = row
  await using scene = await stage.scene({ faults: [takes(which)] })
  await scene.kill(point, plan)

  const { payments } = await scene.recover()

  expect(payments).toMatchObject([{ amount: '8000000', status: 'credited' }])
  expect(scene.signed()).toEqual([payments[0]?.nonce])
  expect((await scene.truth()).settlements).toMatchObject([
    { amount_usd: '8', credited: true, nonce: payments[0]?.nonce },
  ])
})

test.each(['before', 'after'])(
  'behavior: killed while the last form is unanswered (%s it settled) ⇒ that one again',
  async (when) => {
    const hang = { kind: 'hang', route: 'top-up-payment', skip: 3, when }
    await using scene = await stage.scene({ faults: [takes('flat'), hang] })
    await scene.kill({ call: 'fetch', match: { paid: true }, when: 'during' }, plan)
    const sent = async () =>
      (await scene.state()).requests.filter(({ path }) => path.endsWith('/top-up')).length
    const before = await sent()

    const { payments } = await scene.recover()

    expect(payments).toMatchObject([{ status: 'credited' }])
    expect(scene.signed()).toHaveLength(1)
    expect((await scene.truth()).settlements).toHaveLength(1)
    expect((await sent()) - before).toBe(1)
  },
)

test('behavior: killed over and over ⇒ one signature, paid once', async () => {
  await using scene = await stage.scene({ faults: [takes('flat')] })
  await scene.kill(noted(0, 'before'), plan)
  for (const point of [noted(0, 'after'), begun(0, 'after'), noted(0, 'before'), answered(0)])
    await scene.kill(point, { deed: 'recover' })

  const { payments } = await scene.recover()

  expect(payments).toMatchObject([{ status: 'credited' }])
  expect(scene.signed()).toHaveLength(1)
  expect((await scene.truth()).settlements).toHaveLength(1)
})

test.each([
  ['at once', noted(1, 'after')],
  ['after the last', noted(3, 'after')],
  ['with the last unread', answered(3)],
] as const)('behavior: every form refused, killed %s ⇒ refused, never paid', async (_, point) => {
  await using scene = await stage.scene({ faults: [takes('none')] })
  await scene.kill(point, plan)

  const early = await scene.recover()
  const detail = 'every form was refused: INVALID_PAYMENT_FORMAT'
  expect(early.payments).toMatchObject([{ detail, status: expect.stringMatching(/sent|unknown/) }])
  await scene.advance(400_000)
  const { payments, usage } = await scene.recover()

  expect(payments).toMatchObject([{ detail, status: 'failed_unpaid' }])
  expect(usage.topUpsPerDay).toBe('0')
  expect(scene.signed()).toHaveLength(1)
  expect((await scene.truth()).settlements).toEqual([])
})

test.each(['INVALID_PAYMENT_FORMAT', 'INVALID_PAYMENT'])(
  'behavior: credited, the answer lost, a copy refused with %s ⇒ credited by the row',
  async (code) => {
    const refuse = { code, kind: 'refuse-replay', route: 'top-up-payment', times: 'always' }
    await using scene = await stage.scene({ faults: [refuse] })
    await scene.kill(answered(0), plan)

    const { payments, state } = await scene.recover()

    expect(payments).toMatchObject([
      { detail: expect.stringContaining("credited by Venice's row"), status: 'credited' },
    ])
    expect(state.frozen).toBeUndefined()
    expect(scene.signed()).toHaveLength(1)
    expect((await scene.truth()).settlements).toHaveLength(1)
  },
)

const linux = test.skipIf(process.platform !== 'linux')

linux.each([
  ['before the second form leaves', { call: 'ledger.beginAttempt', skip: 1 }],
  ['before the refusal is on record', noted(0, 'before')],
])('behavior: stopped %s, paid by another ⇒ one signature, paid once', async (_, point) => {
  await using scene = await stage.scene({ faults: [takes('full-unchanged')] })
  const buyer = startProcess()
  try {
    const answer = buyer.ask({ ...plan, ...scene.place, point: { ...point, signal: 'SIGSTOP' } })
    const status = () => readFileSync(`/proc/${buyer.child.pid}/status`, 'utf8')
    while (!/^State:\s+T/m.test(status())) await new Promise((resolve) => setTimeout(resolve, 10))
    expect((await scene.recover()).payments).toMatchObject([{ status: 'credited' }])

    buyer.child.kill('SIGCONT')
    await answer

    expect((await scene.recover()).payments).toMatchObject([{ status: 'credited' }])
    expect(scene.signed()).toHaveLength(1)
    expect((await scene.truth()).settlements).toHaveLength(1)
  } finally {
    await buyer.end()
  }
})
