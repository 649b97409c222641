import { afterAll, expect, test, vi } from 'vitest'

import { createStage, type Point } from './createStage.js'
import { privateRequest, request } from './requests.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 90_000 })

const stage = await createStage()
afterAll(() => stage.close())

const hang = (when: string) => ({ kind: 'hang', route: 'queue', when })
const other = { ...request, prompt: 'Of the one that lives.' }

test.each([
  ['reserved', { call: 'ledger.reserveJob' }],
  ['its top-up signed', { call: 'ledger.movePayment', match: { to: 'signed' } }],
  ['its top-up sent, the answer unread', { call: 'fetch', match: { paid: true } }],
  ['about to be sent', { call: 'ledger.moveJob', match: { to: 'sending' }, when: 'before' }],
  ['marked as sending', { call: 'ledger.moveJob', match: { to: 'sending' } }],
  [
    'sent, never looked at',
    { call: 'fetch', match: { path: '/video/queue' }, when: 'during' },
    [hang('before')],
  ],
  ['answered, not committed', { call: 'fetch', match: { path: '/video/queue' } }],
  ['queued', { call: 'ledger.recordAnswer' }],
  ['polling', { call: 'fetch', match: { path: '/video/retrieve' } }],
  ['file named, not committed', { call: 'fs.link' }],
  ['saved', { call: 'ledger.moveJob', match: { to: 'saved' } }],
] as [string, Point, object[]?][])(
  'behavior: killed %s, with a neighbour that buys other things ⇒ both videos, one top-up',
  async (_, point, faults = []) => {
    await using scene = await stage.scene({ faults })
    await using neighbour = await scene.live()
    await scene.kill(point)

    const told = await neighbour.outlive({ requests: [other] })

    expect(told.jobs.map(({ status }) => status)).toEqual(['cleaned', 'cleaned'])
    expect(told.leftAloneMinutes).toBeLessThan(1)
    const { charges, settlements } = await scene.truth()
    expect(charges).toHaveLength(2)
    expect(settlements).toMatchObject([{ amount_usd: '5' }])
    expect(told.payments).toMatchObject([{ status: 'credited' }])
  },
)

test.each([
  ['about to be sent', { call: 'ledger.moveJob', match: { to: 'sending' }, when: 'before' }],
  ['marked as sending', { call: 'ledger.moveJob', match: { to: 'sending' } }],
  [
    'sent, never looked at',
    { call: 'fetch', match: { path: '/video/queue' }, when: 'during' },
    [hang('before')],
  ],
  [
    'sent, its answer on the way',
    { call: 'fetch', match: { path: '/video/queue' }, when: 'during' },
    [hang('after')],
  ],
  ['answered, not committed', { call: 'fetch', match: { path: '/video/queue' } }],
] as [string, Point, object[]?][])(
  'behavior: killed %s, and a neighbour buys the very same ⇒ each its own video, none twice',
  async (_, point, faults = []) => {
    await using scene = await stage.scene({ faults })
    await using neighbour = await scene.live()
    await scene.kill(point)

    const told = await neighbour.outlive({ requests: [request] })

    expect(told.jobs.map(({ status }) => status)).toEqual(['cleaned', 'cleaned'])
    const queueIds = new Set(told.jobs.map(({ queueId }) => queueId))
    expect(queueIds.size).toBe(2)
    const { charges, settlements } = await scene.truth()
    expect(new Set(charges.map(({ queue_id: id }) => id))).toEqual(queueIds)
    expect(charges).toHaveLength(2)
    expect(settlements).toHaveLength(1)
  },
)

test('behavior: a private video queued by a killed process is saved by a neighbour', async () => {
  await using scene = await stage.scene()
  await using neighbour = await scene.live()
  const point = { call: 'ledger.recordAnswer' }
  await scene.kill(point, { requests: [privateRequest] })

  const told = await neighbour.outlive()

  expect(told).toMatchObject({ jobs: [{ status: 'cleaned' }] })
  expect(told.leftAloneMinutes).toBeLessThan(1)
})

test('behavior: of three processes two die, one after the other ⇒ three videos', async () => {
  await using scene = await stage.scene()
  await using neighbour = await scene.live()
  await scene.kill({ call: 'ledger.moveJob', match: { to: 'sending' } })
  const second = { ...request, prompt: 'Of the second one.' }
  await scene.kill({ call: 'ledger.recordAnswer' }, { requests: [second] })

  const told = await neighbour.outlive({ requests: [other] })

  expect(told.jobs.map(({ status }) => status)).toEqual(['cleaned', 'cleaned', 'cleaned'])
  expect(told.leftAloneMinutes).toBeLessThan(1)
  expect((await scene.truth()).settlements).toHaveLength(1)
})
