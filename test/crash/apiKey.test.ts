import { afterAll, expect, test, vi } from 'vitest'

import { silentPrice } from '../support/cheap.js'
import { newKey } from '../support/createKeyBuyer.js'
import { createStage, type Point } from './createStage.js'
import { privateRequest } from './requests.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 })

const stage = await createStage()
afterAll(() => stage.close())

type Row = [name: string, point: Point, faults?: object[]]

const queue = { path: '/video/queue' }
const hang = (when: string) => ({ kind: 'hang', route: 'queue', when })

/** How long an answer may be under way. */
const answerTime = 180_000

const queuedOf = (requests: { path: string }[]) =>
  requests.filter(({ path }) => path.endsWith('/queue'))

test.each([
  ['reserved', { call: 'ledger.reserveJob' }],
  ['about to be marked', { call: 'ledger.moveJob', match: { to: 'sending' }, when: 'before' }],
  ['about to commit', { call: 'ledger.recordAnswer', when: 'before' }],
  ['committed', { call: 'ledger.recordAnswer' }],
  ['polling', { call: 'fetch', match: { path: '/video/retrieve' } }],
  ['about to name the file', { call: 'fs.link', when: 'before' }],
  ['file named, not committed', { call: 'fs.link' }],
  ['saved', { call: 'ledger.moveJob', match: { to: 'saved' } }],
] as Row[])('behavior: %s ⇒ one paid request, the video', async (_, point) => {
  await using scene = await stage.scene({ apiKey: newKey() })
  await scene.kill(point)

  const { jobs } = await scene.recover()

  expect(jobs).toMatchObject([{ status: 'cleaned' }])
  const { charges, jobs: made, requests } = await scene.truth()
  expect(charges).toMatchObject([{ queue_id: jobs[0]?.queueId }])
  expect(made).toMatchObject([{ media: 'deleted' }])
  expect(queuedOf(requests)).toHaveLength(1)
})

test.each([
  ['about to be sent', { call: 'ledger.moveJob', match: { to: 'sending' } }],
  ['sent, never looked at', { call: 'fetch', match: queue, when: 'during' }, [hang('before')]],
  ['accepted, no answer', { call: 'fetch', match: queue, when: 'during' }, [hang('after')]],
  ['answered, not committed', { call: 'fetch', match: queue }],
] as Row[])('behavior: %s ⇒ ambiguous, never sent again', async (_, point, faults = []) => {
  await using scene = await stage.scene({ apiKey: newKey(), faults })
  await scene.kill(point)
  const sent = queuedOf((await scene.truth()).requests).length

  // While the answer may be under way to whoever sent it, nobody judges.
  const early = await scene.recover({ timeout: 1_000 })
  expect(early.jobs).toMatchObject([{ status: 'sending' }])

  await scene.advance(answerTime)
  const { jobs, usage } = await scene.recover()
  expect(jobs).toMatchObject([{ status: 'ambiguous' }])
  expect(jobs[0]?.detail).toMatch(/and whoever sent it has left no answer\. An API key is shown/)
  // Unknown counts as spent.
  expect(usage).toMatchObject({ perDay: `${silentPrice.micros}`, total: `${silentPrice.micros}` })
  const { charges, requests } = await scene.truth()
  expect(queuedOf(requests)).toHaveLength(sent)
  expect(charges.length).toBeLessThanOrEqual(sent)
})

test('behavior: a private video killed between answer and commit is the owner’s too', async () => {
  await using scene = await stage.scene({ apiKey: newKey() })
  await scene.kill({ call: 'fetch', match: queue }, { requests: [privateRequest] })
  await scene.advance(answerTime)
  expect((await scene.recover()).jobs).toMatchObject([{ status: 'ambiguous' }])
  expect((await scene.truth()).charges).toHaveLength(1)
})
