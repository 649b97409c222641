import { afterAll, expect, test, vi } from 'vitest'

import * as Siwx from '../../src/Siwx.js'
import { createStage, type Point } from './createStage.js'
import { privateRequest } from './requests.js'
import { silentPrice } from '../support/cheap.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 })

const stage = await createStage()
afterAll(() => stage.close())

type Row = [name: string, point: Point, faults?: object[]]

const queue = { path: '/video/queue' }
const halfHour = 30 * 60_000
const hang = (when: string) => ({ kind: 'hang', route: 'queue', when })

test.each([
  ['J1: reserved', { call: 'ledger.reserveJob' }],
  ['J3: accepted, no answer', { call: 'fetch', match: queue, when: 'during' }, [hang('after')]],
  ['J4: answered, not committed', { call: 'fetch', match: queue }],
  ['J4: about to commit', { call: 'ledger.recordAnswer', when: 'before' }],
  ['J5: committed', { call: 'ledger.recordAnswer' }],
  ['J6: polling', { call: 'fetch', match: { path: '/video/retrieve' } }],
] as Row[])('behavior: %s ⇒ one paid request, the video', async (_, point, faults = []) => {
  await using scene = await stage.scene({ faults })
  await scene.kill(point)

  const { jobs, state } = await scene.recover()

  expect(jobs).toMatchObject([{ status: 'cleaned' }])
  const { charges, jobs: made } = await scene.truth()
  expect(charges).toMatchObject([{ amount_usd: silentPrice.usd, queue_id: jobs[0]?.queueId }])
  expect(made).toMatchObject([{ media: 'deleted' }])
  expect(state.frozen).toBeUndefined()
})

const unread = [
  ['J2: about to be sent', { call: 'ledger.moveJob', match: { to: 'sending' } }],
  ['J3: sent, never looked at', { call: 'fetch', match: queue, when: 'during' }, [hang('before')]],
] as Row[]

test.each(unread)('behavior: %s ⇒ proven unread, sent again', async (_, point, faults = []) => {
  await using scene = await stage.scene({ faults })
  await scene.kill(point)

  const { jobs } = await scene.recover()

  expect(jobs).toMatchObject([{ status: 'cleaned' }])
  expect((await scene.truth()).charges).toMatchObject([{ queue_id: jobs[0]?.queueId }])
})

test.each(unread)(
  'behavior: %s, found after its sign-in has expired ⇒ ambiguous after 30 min, never sent again',
  async (_, point, faults = []) => {
    await using scene = await stage.scene({ faults })
    await scene.kill(point)
    await scene.advance(Siwx.lifetime)

    const early = await scene.recover({ timeout: 1_000 })
    expect(early.jobs).toMatchObject([{ status: 'sending' }])

    await scene.advance(halfHour)
    const { jobs, usage } = await scene.recover()
    expect(jobs).toMatchObject([{ status: 'ambiguous' }])
    expect(jobs[0]?.detail).toMatch(
      /^The paid request for \$0\.08 left at 20.+Z without an answer, and no charge for it has shown since; compare `zecchino transactions`, then run: zecchino resolve job_\w+ --retry \(from 20.+Z on\) or --abandon\.$/,
    )
    // Unknown counts as spent.
    expect(usage).toMatchObject({ perDay: '80000', total: '80000' })
    expect((await scene.truth()).charges).toEqual([])
  },
)

test('behavior: J4, the request id is not the queue id ⇒ ambiguous after 30 min', async () => {
  await using scene = await stage.scene({ faults: [{ kind: 'other-request-id', route: 'queue' }] })
  await scene.kill({ call: 'fetch', match: queue })

  const early = await scene.recover({ timeout: 1_000 })
  expect(early.jobs).toMatchObject([{ status: 'sending' }])

  await scene.advance(halfHour)
  const { jobs } = await scene.recover()
  expect(jobs).toMatchObject([{ status: 'ambiguous' }])
  expect((await scene.truth()).charges).toHaveLength(1)
})

test('behavior: J4, the charge is posted late ⇒ adopted when it shows', async () => {
  await using scene = await stage.scene({
    faults: [{ kind: 'late-charge', ms: 300_000, route: 'queue' }],
  })
  await scene.kill({ call: 'fetch', match: queue })
  const early = await scene.recover({ timeout: 1_000 })
  expect(early.jobs).toMatchObject([{ status: 'sending' }])

  await scene.advance(300_000)
  const { jobs } = await scene.recover()

  expect(jobs).toMatchObject([{ status: 'cleaned' }])
  expect((await scene.truth()).charges).toHaveLength(1)
})

test('behavior: J4 of a private model ⇒ lost_media with the facts', async () => {
  await using scene = await stage.scene()
  await scene.kill({ call: 'fetch', match: queue }, { requests: [privateRequest] })
  // Another process might still be about to write the link down.
  expect((await scene.recover({ timeout: 1_000 })).jobs).toMatchObject([{ status: 'queued' }])

  await scene.advance(200_000)
  const { jobs } = await scene.recover()

  expect(jobs).toMatchObject([
    {
      detail: expect.stringMatching(
        /^The video cannot be fetched: only the lost queue answer carried the link to the file\. \$0\.06 was paid for it at 20\S+, .* Venice knows it as \S+ \(model grok-imagine-text-to-video-private\)\. Look for a refund/,
      ),
      status: 'lost_media',
    },
  ])
  expect((await scene.truth()).charges).toHaveLength(1)
})

test.each([
  ['J4', 'the answer on the disk', 'before'],
  ['J5', 'the committed link', 'after'],
] as const)('behavior: %s of a private model ⇒ %s is not lost', async (_, __, when) => {
  await using scene = await stage.scene()
  const point = { call: 'ledger.recordAnswer', when }
  await scene.kill(point, { requests: [privateRequest] })

  expect((await scene.recover()).jobs).toMatchObject([{ status: 'cleaned' }])

  const { charges, jobs } = await scene.truth()
  expect(charges).toHaveLength(1)
  expect(jobs).toMatchObject([{ downloads: 1, media: 'deleted' }])
})

test('behavior: killed after a refusal, before it is written down ⇒ sent again only if it was not read', async () => {
  await using scene = await stage.scene({ faults: [{ kind: 'rate-limited', route: 'queue' }] })
  await scene.kill({ call: 'fetch', match: queue })

  // The refusal came before anybody looked at the sign-in: that is as good as not having arrived.
  expect((await scene.recover()).jobs).toMatchObject([{ status: 'cleaned' }])

  expect((await scene.truth()).charges).toHaveLength(1)
})

test('behavior: killed after the server has read it and refused ⇒ not sent again', async () => {
  await using scene = await stage.scene({ faults: [{ kind: 'content-policy', route: 'queue' }] })
  await scene.kill({ call: 'fetch', match: queue })

  expect((await scene.recover({ timeout: 1_000 })).jobs).toMatchObject([{ status: 'sending' }])
  await scene.advance(halfHour)
  expect((await scene.recover()).jobs).toMatchObject([{ status: 'ambiguous' }])

  expect((await scene.truth()).charges).toEqual([])
})

test('behavior: killed after asking about the sign-in ⇒ nothing is proven any more', async () => {
  await using scene = await stage.scene()
  await scene.kill({ call: 'ledger.moveJob', match: { to: 'sending' } })
  const asked = { call: 'ledger.moveJob', match: { to: 'reserved' }, when: 'before' } as const
  await scene.kill(asked, { deed: 'recover' })

  expect((await scene.recover({ timeout: 1_000 })).jobs).toMatchObject([{ status: 'sending' }])
  await scene.advance(halfHour)
  expect((await scene.recover()).jobs).toMatchObject([{ status: 'ambiguous' }])
})

test('behavior: J4, and charged at another price ⇒ the video, and spending stops', async () => {
  await using scene = await stage.scene({
    faults: [{ factor: 2, kind: 'price-lie', route: 'queue' }],
  })
  await scene.kill({ call: 'fetch', match: queue })
  await scene.advance(halfHour)

  const { jobs, state } = await scene.recover()

  expect(jobs).toMatchObject([{ status: 'cleaned' }])
  expect(state.frozen?.reason).toContain(`which was priced $${silentPrice.usd}`)
})

test('behavior: killed while adopting ⇒ adopted once', async () => {
  await using scene = await stage.scene()
  await scene.kill({ call: 'fetch', match: queue })
  await scene.kill({ call: 'ledger.moveJob', match: { to: 'queued' } }, { deed: 'recover' })

  expect((await scene.recover()).jobs).toMatchObject([{ status: 'cleaned' }])

  expect((await scene.truth()).charges).toHaveLength(1)
})
