import { setTimeout } from 'node:timers/promises'

import { afterAll, expect, test, vi } from 'vitest'

import { buyVideo } from '../../src/flows/buyVideo.js'
import { findUnresolved, resolve } from '../../src/flows/resolve.js'
import { quote } from '../../src/flows/quote.js'
import { watch } from '../../src/flows/watch.js'
import * as Job from '../../src/Job.js'
import { nextOf } from '../../src/tools/nextOf.js'
import { videoRetrieve } from '../../src/tools/videoRetrieve.js'
import { silentPrice } from '../support/cheap.js'
import { createLab } from '../support/createLab.js'
import { createTrial } from './createTrial.js'
import { privateRequest, request } from './requests.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 90_000 })

const trial = await createTrial()
afterAll(() => trial.close())

type Buyer = Awaited<ReturnType<typeof trial.buyer>>

const [minute, hour] = [60_000, 3_600_000]

const page = (status: number) => ({
  body: `<html><h1>${status}</h1></html>`,
  headers: { 'content-type': 'text/html' },
  status,
})

/** Venice's own words, in their own form. */
const refused = {
  body: {
    error: { credits_refunded: false, message: 'No faces.', type: 'provider_content_policy' },
  },
  status: 422,
}
const gone = {
  body: { error: 'Media could not be found. It may be expired or deleted.' },
  status: 404,
}
const unknown = { body: { error: 'Request ID is invalid.' }, status: 400 }
const broken = { body: { error: 'Inference processing failed' }, status: 500 }

const on = (route: string, answer: object) => ({
  kind: 'status',
  route,
  times: 'always',
  ...answer,
})

async function clear(): Promise<void> {
  await fetch(`${trial.controlUrl}/faults`, { method: 'DELETE' })
}

/** Buys a video without waiting for it. */
async function begin({ zecchino }: Buyer, wanted: object = request): Promise<string> {
  const { quote: made } = await quote(zecchino, wanted)
  return (await buyVideo(zecchino, { quoteId: made.id })).job.id
}

/** How often the answer that was set has been given. */
async function hits(): Promise<number> {
  const { faults } = (await (await fetch(`${trial.controlUrl}/faults`)).json()) as {
    faults: { hits: number }[]
  }
  return faults[0]?.hits ?? 0
}

/** Waits until it has been given so often. */
async function given(times: number): Promise<void> {
  await expect.poll(hits, { interval: 20, timeout: 60_000 }).toBeGreaterThanOrEqual(times)
}

/** Waits until a job is over, or is there. */
function end({ zecchino }: Buyer, jobId: string): Promise<Job.Job> {
  const until = ({ status }: Job.Job) => status === 'cleaned'
  return watch(zecchino, { jobId, timeout: 60_000, until })
}

/** How often a job has moved, by where it went. */
async function movesTo(buyer: Buyer, status: Job.Status): Promise<number> {
  return (await buyer.ledger.events()).filter(({ data }) => data['to'] === status).length
}

test.each<[string, object, string?]>([
  ['an edge’s page of 500', page(500)],
  ['an edge’s page of 404', page(404)],
  ['an edge’s page of 410', page(410)],
  ['an edge’s page of 400', page(400)],
  ['an edge’s page of 403', page(403)],
  ['an edge’s page of 502', page(502)],
  ['a page under 200', page(200)],
  ['a gateway’s JSON', { body: { message: 'no Route matched with those values' }, status: 404 }],
  ['a proxy’s JSON', { body: { error: 'Not Found', statusCode: 404 }, status: 404 }],
  ['JSON of some validator', { body: { detail: [{ msg: 'field required' }] }, status: 422 }],
  ['JSON of some other API', { body: { error: { message: 'x', type: 'y' } }, status: 422 }],
  ['a route that is not there', { body: { error: 'This endpoint is retired' }, status: 410 }],
  ['no service', { body: { error: 'Service unavailable' }, status: 503 }],
  ['a limit', { body: { error: 'Too many requests' }, status: 429 }],
  ['a dropped connection', { kind: 'reset', when: 'before' }],
  ['Venice’s own 500, which may be an outage', broken],
  ['a storage’s 403', page(403), 'download'],
  ['a storage’s 404', page(404), 'download'],
  ['a storage’s 410', page(410), 'download'],
])(
  'behavior: %s for twenty minutes and then for 5 h ⇒ the video',
  async (_, answer, route = 'retrieve') => {
    await using buyer = await trial.buyer({ faults: [on(route, answer)] })
    const jobId = await begin(buyer, route === 'download' ? privateRequest : request)
    // A link is good for a few uses, whatever they come to: it is used less and less often.
    const isLink = route === 'download'
    await given(isLink ? 5 : 25)
    buyer.advance(5 * hour)
    await given(isLink ? 6 : 28)
    expect(await buyer.ledger.findJob(jobId)).toMatchObject({
      detail: expect.stringMatching(/again/),
      status: 'queued',
    })

    await clear()
    if (isLink) buyer.advance(6 * hour)

    expect(await end(buyer, jobId)).toMatchObject({
      badNews: undefined,
      detail: '',
      status: 'cleaned',
    })
    expect((await buyer.truth()).charges).toHaveLength(1)
    expect(await movesTo(buyer, 'sending')).toBe(1)
  },
)

test.each<[string, object, number]>([
  ['refused by the provider', refused, 2],
  ['refused by the provider', refused, 9],
  ['gone', gone, 9],
  ['unknown', unknown, 9],
])(
  'behavior: %s in Venice’s own words, %#, but not for ten minutes ⇒ the video',
  async (_, answer, times) => {
    await using buyer = await trial.buyer({ faults: [{ ...on('retrieve', answer), times }] })
    const jobId = await begin(buyer)

    expect(await end(buyer, jobId)).toMatchObject({ badNews: undefined, status: 'cleaned' })

    expect((await buyer.truth()).charges).toHaveLength(1)
  },
)

test.each<[string, object, Job.Status]>([
  ['refused by the provider', refused, 'failed_unrefunded'],
  ['gone', gone, 'lost_media'],
  ['unknown', unknown, 'lost_media'],
])(
  'behavior: %s in Venice’s own words for ten minutes ⇒ given up, and fetched after all',
  async (_, answer, status) => {
    await using buyer = await trial.buyer({ faults: [on('retrieve', answer)] })
    const { ledger, zecchino } = buyer
    const jobId = await begin(buyer)

    expect(await end(buyer, jobId)).toMatchObject({ status })

    const moves = (await ledger.events()).filter(({ type }) => type === 'job')
    const [queued, over] = ['queued', status].map(
      (to) => moves.find(({ data }) => data['to'] === to)?.at.getTime() ?? 0,
    ) as [number, number]
    expect(over - queued).toBeGreaterThanOrEqual(10 * minute)
    expect(over - queued).toBeLessThan(15 * minute)
    const used = await ledger.usage()
    expect(used).toMatchObject({ total: silentPrice.micros })
    const told = await videoRetrieve.run(zecchino, { job_id: jobId, wait_seconds: 0 }, {})
    expect(told.next).toMatch(/looked at again until 20.+Z/)
    expect(told.next).not.toMatch(/before buying|video_quote|start over/)

    buyer.advance(minute)
    expect(await buyer.look(jobId)).toMatchObject({ status }) // it is as Venice says
    await clear()
    buyer.advance(minute)
    expect(['queued', 'ready', 'saved', 'cleaned']).toContain((await buyer.look(jobId)).status)

    expect(await end(buyer, jobId)).toMatchObject({ badNews: undefined, status: 'cleaned' })
    expect(await ledger.usage()).toEqual(used)
    expect(await movesTo(buyer, 'sending')).toBe(1)
    expect((await buyer.truth()).charges).toHaveLength(1)
  },
)

test('behavior: what was given up is found by a process that comes later, without being asked', async () => {
  await using buyer = await trial.buyer({ faults: [on('retrieve', gone)] })
  const jobId = await begin(buyer)
  expect(await end(buyer, jobId)).toMatchObject({ status: 'lost_media' })
  await clear()
  buyer.advance(11 * minute)

  await buyer.restart()

  const status = async () => (await buyer.ledger.findJob(jobId))?.status
  await expect.poll(status, { timeout: 30_000 }).toBe('cleaned')
  expect((await buyer.truth()).charges).toHaveLength(1)
})

test('behavior: what was given up is found by a process that lives on, without being asked', async () => {
  await using lab = await createLab()
  await lab.credit(lab.address, '5')
  const zecchino = await lab.process()
  await lab.fault(on('retrieve', gone))
  const { quote: made } = await quote(zecchino, request)
  const { job } = await buyVideo(zecchino, { quoteId: made.id })
  const status = async () => (await zecchino.ledger.findJob(job.id))?.status
  const minutesTo = async (wanted: Job.Status) => {
    const began = lab.now().getTime()
    while ((await status()) !== wanted) {
      lab.advance(2_000)
      await setTimeout(10)
    }
    return (lab.now().getTime() - began) / minute
  }
  expect(await minutesTo('lost_media')).toBeGreaterThan(10)
  await fetch(`${lab.controlUrl}/faults`, { method: 'DELETE' })

  expect(await minutesTo('cleaned')).toBeLessThan(20)
  expect((await lab.state()).charges).toHaveLength(1)
})

test('behavior: a file that is gone stays gone, whoever asks', async () => {
  await using buyer = await trial.buyer({ faults: [{ kind: 'media-gone', route: 'retrieve' }] })
  const jobId = await begin(buyer)
  const lost = await end(buyer, jobId)
  expect(lost).toMatchObject({ status: 'lost_media' })
  const before = await buyer.ledger.events()

  for (let times = 0; times < 5; times += 1) {
    buyer.advance(minute)
    expect(await buyer.look(jobId)).toMatchObject({ detail: lost.detail, status: 'lost_media' })
  }

  expect(await buyer.ledger.events()).toHaveLength(before.length)
})

test('behavior: it is looked at once a minute at most, whoever asks, and not after its day', async () => {
  await using buyer = await trial.buyer({ faults: [on('retrieve', gone)] })
  const jobId = await begin(buyer)
  await end(buyer, jobId)
  buyer.advance(minute)
  const before = await hits()

  await buyer.look(jobId)
  await Promise.all([1, 2, 3].map(() => buyer.look(jobId)))
  expect(await buyer.look(jobId)).toMatchObject({ status: 'lost_media' })
  expect((await hits()) - before).toBe(1)
  buyer.advance(26 * hour)
  const job = await buyer.look(jobId)

  expect(job).toMatchObject({ status: 'lost_media' })
  expect((await hits()) - before).toBe(1)
  expect(nextOf(job, { now: buyer.zecchino.client.now() })).toContain(
    'Tell the user what detail says',
  )
})

test('behavior: the owner has it looked at again', async () => {
  await using buyer = await trial.buyer({ faults: [on('retrieve', gone)] })
  const jobId = await begin(buyer)
  await end(buyer, jobId)
  await clear()
  buyer.advance(minute)

  const found = await findUnresolved(buyer.zecchino, jobId)
  expect(found.verdicts).toEqual(['look'])
  await resolve(buyer.zecchino, { found, verdict: 'look' })

  expect(await end(buyer, jobId)).toMatchObject({ status: 'cleaned' })
  await expect(findUnresolved(buyer.zecchino, jobId)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  })
})

test('behavior: processes that live for a moment hear it for ten minutes together', async () => {
  await using buyer = await trial.buyer({ faults: [on('retrieve', refused)] })
  const jobId = await begin(buyer)
  const news = async () => (await buyer.ledger.findJob(jobId))?.badNews
  await expect.poll(news, { interval: 20, timeout: 60_000 }).toBeDefined()
  const first = await news()
  expect(first).toMatchObject({ failed: { refunded: false, says: 'No faces.' } })
  const heard = async () => {
    const { badNews, status } = (await buyer.ledger.findJob(jobId)) as Job.Job
    return Job.isGivenUp(status) ? 99 : (badNews?.heard ?? 0)
  }

  for (let processes = 2; (await heard()) < 99 && processes < 12; processes += 1) {
    await buyer.zecchino.close()
    buyer.advance(4 * minute)
    await buyer.restart()
    await expect.poll(heard, { timeout: 20_000 }).toBeGreaterThanOrEqual(processes)
  }

  const job = await end(buyer, jobId)
  expect(job).toMatchObject({ status: 'failed_unrefunded' })
  expect(job.badNews?.since).toEqual(first?.since)
})

test('behavior: a refund decides at once, whatever was promised', async () => {
  await using buyer = await trial.buyer({
    faults: [{ kind: 'job-failed', refund: true, route: 'retrieve' }],
  })
  const jobId = await begin(buyer)

  const job = await end(buyer, jobId)

  expect(job).toMatchObject({ refund: silentPrice.micros, status: 'failed_refunded' })
  const moves = (await buyer.ledger.events()).filter(({ type }) => type === 'job')
  expect(moves.at(-1)!.at.getTime() - moves.at(-2)!.at.getTime()).toBeLessThan(5 * minute)
  expect(await buyer.ledger.usage()).toMatchObject({ total: 0n })
})

test('behavior: a refund that comes after it was given up is booked, and ends it', async () => {
  await using buyer = await trial.buyer({
    faults: [
      { kind: 'other-request-id', route: 'queue' },
      { kind: 'media-gone', route: 'retrieve' },
    ],
  })
  const jobId = await begin(buyer)
  const { queueId } = await end(buyer, jobId)
  const { ledger, zecchino } = buyer
  const row = {
    amount: silentPrice.micros,
    balanceAfter: 0n,
    createdAt: zecchino.client.now().toISOString(),
    id: 'refund',
    modelId: request.model,
    requestId: queueId ?? '',
    type: 'REFUND',
  }
  await ledger.recordRows([row])
  buyer.advance(hour)

  expect(await buyer.look(jobId)).toMatchObject({ status: 'failed_refunded' })
})

test('behavior: Venice’s own 500 is an outage until its day is over', async () => {
  await using buyer = await trial.buyer({ faults: [on('retrieve', broken)] })
  const jobId = await begin(buyer)
  await given(15)
  buyer.advance(22 * hour)
  await given(18)
  expect(await buyer.ledger.findJob(jobId)).toMatchObject({
    detail: expect.stringMatching(/could not be made.+asked again each minute until 20.+Z/),
    status: 'queued',
  })
  buyer.advance(2 * hour)

  const job = await end(buyer, jobId)

  expect(job).toMatchObject({ status: 'failed_unrefunded' })
  expect(job.detail).toContain('The provider says (untrusted): Inference processing failed')
})

test('behavior: an edge whose clock is days ahead ends nothing', async () => {
  const headers = {
    'content-type': 'text/html',
    date: new Date(Date.now() + 90 * hour).toUTCString(),
  }
  await using buyer = await trial.buyer({ faults: [on('retrieve', { ...page(404), headers })] })
  const jobId = await begin(buyer)
  await given(8)
  expect(await buyer.ledger.findJob(jobId)).toMatchObject({ status: 'queued' })

  await clear()

  expect(await end(buyer, jobId)).toMatchObject({ status: 'cleaned' })
})

test('behavior: where Venice knows nothing any more the link is tried before it is given up', async () => {
  await using buyer = await trial.buyer({ faults: [on('retrieve', gone)] })
  const jobId = await begin(buyer, privateRequest)

  expect(await end(buyer, jobId)).toMatchObject({ status: 'cleaned' })

  expect((await buyer.truth()).charges).toHaveLength(1)
})

test('behavior: an edge’s page about a charge without an answer decides nothing', async () => {
  await using buyer = await trial.buyer({
    faults: [
      { kind: 'reset', route: 'queue', when: 'after' },
      { ...on('retrieve', page(404)), times: 6 },
    ],
  })

  expect((await buyer.buy()).job).toMatchObject({ status: 'cleaned' })

  expect((await buyer.truth()).charges).toHaveLength(1)
  expect(await movesTo(buyer, 'ambiguous')).toBe(0)
})
