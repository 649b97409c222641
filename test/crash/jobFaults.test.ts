import { afterAll, expect, test, vi } from 'vitest'

import * as Clock from '../../src/Clock.js'
import { acknowledgeForeign, checkForeign, findForeign } from '../../src/flows/checkForeign.js'
import { syncRows } from '../../src/flows/syncRows.js'
import type * as Ledger from '../../src/Ledger.js'
import type * as Venice from '../../src/Venice.js'
import { silentPrice } from '../support/cheap.js'
import { control } from '../support/createBuyer.js'
import { rowOf } from '../support/purchases.js'
import { createTrial } from './createTrial.js'
import { privateRequest, request } from './requests.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 })

const trial = await createTrial()
afterAll(() => trial.close())

/** How often each fault has struck. */
async function hits() {
  const { faults } = (await (await fetch(`${trial.controlUrl}/faults`)).json()) as {
    faults: { hits: number }[]
  }
  return faults.map((fault) => fault.hits)
}

test.each([
  ['accepted, then dropped', { kind: 'reset', route: 'queue', when: 'after' }],
  ['accepted, the answer broken', { kind: 'malformed-json', route: 'queue' }],
  ['accepted, then 500', { kind: 'status', route: 'queue', status: 500, when: 'after' }],
  ['busy', { kind: 'capacity', route: 'queue' }],
  ['dropped before the server looked', { kind: 'reset', route: 'queue', when: 'before' }],
  ['asked to slow down', { kind: 'rate-limited', route: 'queue', times: 2 }],
  ['busy while it is made', { kind: 'capacity', route: 'retrieve', times: 4 }],
  ['asked to slow down while it is made', { kind: 'rate-limited', route: 'retrieve', times: 3 }],
  ['dropped while it is made', { kind: 'reset', route: 'retrieve', times: 3 }],
  ['gone for a moment', { kind: 'status', route: 'retrieve', status: 404, times: 2 }],
  ['the charge comes late', { kind: 'late-charge', ms: 60_000, route: 'queue' }],
  ['busy when asked to delete', { kind: 'capacity', route: 'complete', times: 'always' }],
])('behavior: %s ⇒ one charge, the video', async (_, fault) => {
  await using buyer = await trial.buyer({ faults: [fault] })

  expect((await buyer.buy()).job).toMatchObject({ file: { codec: 'h264' }, status: 'cleaned' })

  const { charges, jobs } = await buyer.truth()
  expect(jobs).toMatchObject([{ media: 'deleted' }])
  expect(charges.length).toBeLessThanOrEqual(1)
})

const dropped = { kind: 'reset', route: 'queue', when: 'before' }

test.each([
  ['a queue that stays down', [{ ...dropped, times: 'always' }]],
  ['a server that forgets nonces', [dropped, { kind: 'nonce-forgotten', route: '*' }]],
])('behavior: dropped by %s ⇒ ambiguous, not sent again', async (_, faults) => {
  await using buyer = await trial.buyer({
    faults: faults.map((fault) => ({ times: fault === dropped ? 1 : 'always', ...fault })),
  })

  expect((await buyer.buy()).job).toMatchObject({ status: 'ambiguous' })

  const { charges, requests } = await buyer.truth()
  expect(charges).toEqual([])
  expect(requests.filter(({ verdict }) => /accepted/.test(verdict))).toEqual([])
})

test('behavior: dropped again and again ⇒ sent again later each time, charged once', async () => {
  // Of three requests the first is paid for, and the others ask what became of it.
  const faults = Array.from({ length: 12 }, (_, index) => ({ ...dropped, skip: 2 * index }))
  await using buyer = await trial.buyer({ faults })

  const { job } = await buyer.buy()

  expect(job).toMatchObject({ status: 'cleaned' })
  expect(await hits()).toEqual(faults.map(() => 1))
  expect((await buyer.truth()).charges).toHaveLength(1)
  const moves = (await buyer.ledger.events()).filter(({ data }) => data['to'] === 'sending')
  const pauses = moves.slice(1).map(({ at }, index) => at.getTime() - moves[index]!.at.getTime())
  expect(Math.max(...pauses.slice(0, 2))).toBeLessThan(Math.min(...pauses.slice(-2)))
})

test('behavior: a charge that may be an ambiguous job’s is not adopted by another', async () => {
  await using buyer = await trial.buyer({
    faults: [{ kind: 'reset', route: 'queue', when: 'after' }],
    wrap: (ledger) => ({
      ...ledger,
      async jobs(options = {}) {
        const jobs = await ledger.jobs(options)
        const other = { id: 'job_other', queueId: undefined, status: 'ambiguous' } as const
        return options.sent ? [...jobs, ...jobs.map((job) => ({ ...job, ...other }))] : jobs
      },
    }),
  })

  expect((await buyer.buy()).job).toMatchObject({
    detail: expect.stringContaining('a charge that fits it may as well be for job_other'),
    status: 'ambiguous',
  })
})

test('behavior: 402 for ever ⇒ rejected after one top-up', async () => {
  const fault = { kind: 'endless-402', route: 'queue', times: 'always' }
  await using buyer = await trial.buyer({ faults: [fault] })

  const { job } = await buyer.buy()

  expect(job?.status).toBe('rejected')
  expect(job?.detail).toContain('although the credit of $5.00 covers the price')
  const { charges, settlements } = await buyer.truth()
  expect(settlements).toHaveLength(1)
  expect(charges).toEqual([])
})

const capacity = { kind: 'capacity', route: 'queue' }
const slowDown = { kind: 'rate-limited', route: 'queue' }
const answer = (status: number, body: unknown, times = 1) => ({
  body,
  kind: 'status',
  route: 'queue',
  status,
  times,
})

test.each([
  ['no such model', answer(404, { error: 'Specified model not found' }), 404, 'no such model'],
  ['a retired route', answer(410, { error: 'This endpoint has been retired' }), 410, 'retired'],
  [
    'a prompt against the policy',
    { kind: 'content-policy', route: 'queue' },
    422,
    'The provider suggests another prompt: A gondola',
  ],
  ['asked to slow down, six times', { ...slowDown, times: 6 }, 429, 'refused it 6 times'],
])('behavior: %s ⇒ rejected at once, nothing set aside', async (_, fault, status, words) => {
  await using buyer = await trial.buyer({ faults: [fault] })

  const { job } = await buyer.buy()

  expect(job).toMatchObject({ status: 'rejected' })
  expect(job?.detail).toContain(String(status))
  expect(job?.detail).toContain(words)
  expect(await buyer.ledger.usage()).toMatchObject({ perDay: 0n, total: 0n })
  expect((await buyer.truth()).charges).toEqual([])
})

test.each([
  ['no capacity', capacity],
  ['a model that is offline', answer(503, { error: 'The model is offline. Try later.' })],
])('behavior: %s for a moment ⇒ asked again, without the way of doubt', async (_, fault) => {
  await using buyer = await trial.buyer({ faults: [fault] })

  expect((await buyer.buy()).job).toMatchObject({ status: 'cleaned' })

  const moves = (await buyer.ledger.events()).map(({ data }) => data['to'])
  expect(moves.filter((to) => to === 'sending')).toHaveLength(1 + (await hits())[0]!)
  expect((await buyer.truth()).charges).toHaveLength(1)
})

test.each([404, 410, 503])(
  'behavior: an edge’s %d to a call that was read ⇒ doubt',
  async (status) => {
    const fault = { ...answer(status, { message: 'Service Unavailable' }), when: 'after' }
    await using buyer = await trial.buyer({ faults: [fault] })

    expect((await buyer.buy()).job).toMatchObject({ status: 'cleaned' })

    const { charges, requests } = await buyer.truth()
    expect(charges).toHaveLength(1)
    expect(requests.filter(({ verdict }) => /accepted/.test(verdict))).toHaveLength(1)
  },
)

test('behavior: consent is needed ⇒ the job waits, and nothing is set aside', async () => {
  await using buyer = await trial.buyer({ faults: [{ kind: 'needs-consent', route: 'queue' }] })

  const { job } = await buyer.buy()

  expect(job).toMatchObject({ consent: expect.anything(), status: 'needs_consent' })
  expect(await buyer.ledger.usage()).toMatchObject({ perDay: 0n, total: 0n })
  expect((await buyer.truth()).charges).toEqual([])
})

test.each([
  ['the provider refuses it', 'content-policy', true, 'failed_refunded', 0n],
  [
    'the provider refuses it and keeps the money',
    'content-policy',
    false,
    'failed_unrefunded',
    silentPrice.micros,
  ],
  ['the job fails', 'job-failed', true, 'failed_refunded', 0n],
])('behavior: %s ⇒ told, with the money', async (_, kind, refund, status, spent) => {
  await using buyer = await trial.buyer({ faults: [{ kind, refund, route: 'retrieve' }] })

  const { job } = await buyer.buy()

  expect(job).toMatchObject({ status, ...(refund && { refund: silentPrice.micros }) })
  const kept = 'and the provider says that it keeps it: it refunds nothing for this refusal.'
  expect(job?.detail).toContain(
    refund ? `$${silentPrice.usd} was refunded.` : `$${silentPrice.usd} was charged, ${kept}`,
  )
  expect(await buyer.ledger.usage()).toMatchObject({ perDay: spent, total: spent })
})

test('behavior: a failure told beside its error ⇒ the promise and the hint are passed on', async () => {
  const hint = 'Describe the scene without a name.'
  const fault = {
    body: { credits_refunded: true, error: 'Refused by the provider', hint },
    kind: 'status',
    route: 'retrieve',
    status: 422,
    times: 'always',
  }
  await using buyer = await trial.buyer({ faults: [fault] })

  const { job } = await buyer.buy()

  expect(job).toMatchObject({ status: 'failed_unrefunded' })
  expect(job?.detail).toContain(`The provider’s hint (untrusted): ${hint}`)
  expect(job?.detail).toContain(
    'the provider says that it has given it back, but no refund is known yet.',
  )
})

test('behavior: a refund of a video that is here already frees its budgets', async () => {
  // It fails at the provider when it is asked to delete its copy.
  const wrap = (ledger: Ledger.Ledger): Ledger.Ledger => ({
    ...ledger,
    async moveJob(id, move) {
      if (move.to === 'saved')
        await control(trial.controlUrl).fault({ kind: 'job-failed', route: 'retrieve' })
      return ledger.moveJob(id, move)
    },
  })
  await using buyer = await trial.buyer({ wrap })

  const { job } = await buyer.buy()

  expect(job).toMatchObject({ refund: silentPrice.micros, status: 'cleaned' })
  expect((await buyer.truth()).refunds).toMatchObject([{ amount_usd: silentPrice.usd }])
  expect(await buyer.ledger.usage()).toMatchObject({ perDay: 0n, total: 0n })
})

test('behavior: the owner’s word on a stranger’s charge leaves alone what may be ours', async () => {
  const faults = [
    { kind: 'foreign-charge', route: 'queue', usd: '0.2' },
    { kind: 'other-request-id', route: 'queue' },
  ]
  await using buyer = await trial.buyer({ faults })
  const { job } = await buyer.buy()

  buyer.advance(180_000)
  await buyer.restart()
  const { zecchino } = buyer
  expect((await buyer.ledger.state()).frozen?.reason).toContain('a CHARGE of $0.20')
  expect(await acknowledgeForeign(zecchino, await findForeign(zecchino))).toBe(1)
  await buyer.ledger.unfreeze('seen')
  expect(await buyer.ledger.unlinkedRows()).toMatchObject([{ amount: -silentPrice.micros }])

  buyer.advance(Clock.settling + Clock.slack)
  await buyer.restart()
  expect(await buyer.ledger.linkedRows(job?.id ?? '')).toMatchObject([
    { amount: -silentPrice.micros },
  ])
  expect((await buyer.ledger.state()).frozen).toBeUndefined()
})

test('behavior: a refund that is booked before its charge is the job’s all the same', async () => {
  const faults = [
    { kind: 'other-request-id', route: 'queue' },
    { kind: 'late-charge', ms: 900_000, route: 'queue' },
    { kind: 'content-policy', refund: true, route: 'retrieve' },
  ]
  await using buyer = await trial.buyer({ faults })
  const { job } = await buyer.buy()
  expect(job).toMatchObject({ status: 'failed_unrefunded' })

  buyer.advance(3_600_000)

  expect(await buyer.look(job?.id ?? '')).toMatchObject({ refund: silentPrice.micros })
  await buyer.restart()
  expect((await buyer.ledger.state()).frozen).toBeUndefined()
  expect(await buyer.ledger.usage()).toMatchObject({ perDay: 0n, total: 0n })
})

test('behavior: a row that another process has just tied is not taken for a stranger’s', async () => {
  // Of a row that names its job it is always seen whose it is.
  const fault = { form: 'none', kind: 'other-request-id', route: 'queue' }
  await using buyer = await trial.buyer({ faults: [fault] })
  const { job } = await buyer.buy()
  const { ledger, zecchino } = buyer
  buyer.advance(Clock.settling + Clock.slack)
  await buyer.look(job?.id ?? '')
  await syncRows(zecchino)
  const tied = await ledger.linkedRows(job?.id ?? '')
  let isStale = true
  const behind: Ledger.Ledger = {
    ...ledger,
    recordRows: (rows) => ledger.recordRows(rows).then(() => void (isStale = false)),
    tiedRows: async (ids) => {
      const rows = await ledger.tiedRows(ids)
      const stale = tied.map((row) => ({ ...row, id: 'its own' }))
      return isStale ? new Map([...rows].map(([id]) => [id, stale])) : rows
    },
    unlinkedRows: async () => (isStale ? tied : ledger.unlinkedRows()),
  }

  expect(await findForeign({ ...zecchino, ledger: behind })).toHaveLength(1)
  await checkForeign({ ...zecchino, ledger: behind })

  expect((await ledger.state()).frozen).toBeUndefined()
})

test('behavior: what may be an ambiguous job’s is no stranger’s, nor is its refund', async () => {
  const faults = [dropped, { kind: 'nonce-forgotten', route: '*', times: 'always' }]
  await using buyer = await trial.buyer({ faults })
  const { job } = await buyer.buy()
  expect(job).toMatchObject({ status: 'ambiguous' })
  const { ledger, zecchino } = buyer
  const amount = -silentPrice.micros
  const createdAt = job?.sentAt?.toISOString() ?? ''
  const row = { amount, createdAt, modelId: request.model, requestId: 'r1' }
  const back = { ...row, amount: -amount, type: 'REFUND' }
  await ledger.recordRows([rowOf('charge', row), rowOf('refund', back)])
  buyer.advance(180_000)
  expect(await findForeign(zecchino)).toEqual([])

  // One job has one request: of another model, another price, another time or one more is nobody's.
  const strange = [
    rowOf('of another model', { ...row, modelId: 'other', requestId: 'r2' }),
    rowOf('of another price', { ...row, amount: -1_000_000n, requestId: 'r3' }),
    rowOf('of today', { ...row, createdAt: zecchino.client.now().toISOString(), requestId: 'r4' }),
    rowOf('one more', { ...row, requestId: 'r5' }),
  ]
  await ledger.recordRows(strange.slice(0, 2))
  expect((await findForeign(zecchino)).map(({ id }) => id).toSorted()).toEqual([
    'of another model',
    'of another price',
  ])
  buyer.advance(20 * 60_000)
  strange[2]!.createdAt = zecchino.client.now().toISOString()
  await ledger.recordRows(strange.slice(2))
  buyer.advance(180_000)
  expect(await findForeign(zecchino)).toHaveLength(4)
})

test('behavior: a refund that comes later is booked when somebody asks', async () => {
  // Rows that name no queue id of ours are tied only after a while.
  const faults = [
    { kind: 'other-request-id', route: 'queue' },
    { kind: 'late-charge', ms: 900_000, route: 'queue' },
    { kind: 'content-policy', route: 'retrieve' },
  ]
  await using buyer = await trial.buyer({ faults })
  const { job } = await buyer.buy()
  expect(job).toMatchObject({ status: 'failed_unrefunded' })

  buyer.advance(3_600_000)

  expect(await buyer.look(job?.id ?? '')).toMatchObject({
    detail: expect.stringMatching(/no refund is known yet\. Since then \$0\.08 was refunded\.$/),
    refund: silentPrice.micros,
    status: 'failed_refunded',
  })
  expect(await buyer.ledger.usage()).toMatchObject({ perDay: 0n, total: 0n })
})

test.each([
  ['on retrieve', request, 'retrieve'],
  ['behind the link', privateRequest, 'download'],
])('behavior: the file is gone %s ⇒ lost_media', async (_, wanted, route) => {
  await using buyer = await trial.buyer({ faults: [{ kind: 'media-gone', route }] })

  const { job } = await buyer.buy(wanted)

  expect(job).toMatchObject({ status: 'lost_media' })
  expect((await buyer.truth()).charges).toHaveLength(1)
})

test('behavior: what is lost is told with all that a complaint needs', async () => {
  await using buyer = await trial.buyer({ faults: [{ kind: 'media-gone', route: 'retrieve' }] })

  const { job } = await buyer.buy()

  expect(job?.detail).toContain(`Venice knows it as ${job?.queueId} (model ${request.model})`)
  expect(job?.detail).toContain(
    `$${silentPrice.usd} was paid for it at ${job?.sentAt?.toISOString()}`,
  )
  expect(job?.detail).toMatch(/Look for a refund with `zecchino transactions`, or ask Venice/)
})

test('behavior: nobody looked for a day ⇒ lost_media, and why', async () => {
  const fault = { kind: 'capacity', route: 'retrieve', times: 'always' }
  await using buyer = await trial.buyer({ faults: [fault] })
  const bought = buyer.buy()
  const status = async () => (await buyer.ledger.jobs())[0]?.status
  await expect.poll(status, { timeout: 20_000 }).toBe('queued')
  buyer.advance(25 * 3_600_000)
  await fetch(`${trial.controlUrl}/faults`, { method: 'DELETE' })

  const { job } = await bought

  expect(job).toMatchObject({ status: 'lost_media' })
  expect(job?.detail).toContain('Venice keeps a job for 24 hours')
  expect((await buyer.truth()).charges).toHaveLength(1)
})

test.each([
  ['refused once by mistake', 422, 1],
  ['gone for half a minute', 404, 5],
  ['broken for half a minute', 500, 5],
  ['unknown for half a minute', 400, 5],
  ['starved of credit for a while', 402, 4],
  ['buried in a storm of 503', 503, 40],
])('behavior: %s ⇒ the video', async (_, status, times) => {
  const body = { error: { message: 'No', type: 'provider_content_policy' } }
  await using buyer = await trial.buyer({
    faults: [{ body, kind: 'status', route: 'retrieve', status, times }],
  })

  expect((await buyer.buy()).job).toMatchObject({ status: 'cleaned' })
  expect(await hits()).toEqual([times])

  expect((await buyer.truth()).charges).toHaveLength(1)
})

test.each([
  ['not there yet', { status: 404, times: 4 }],
  ['expired for a moment', { status: 403, times: 2 }],
  ['asked too often', { status: 429, times: 3 }],
  ['a web page', { body: '<html>', status: 200, times: 3 }],
  ['another part', { body: 'x', headers: { 'content-range': 'bytes 5-5/9' }, status: 206 }],
  ['nothing', { body: '', status: 200, times: 2 }],
])('behavior: behind the link is %s ⇒ the video, and no partial file', async (_, fault) => {
  await using buyer = await trial.buyer({
    faults: [{ kind: 'status', route: 'download', ...fault }],
  })

  expect((await buyer.buy(privateRequest)).job).toMatchObject({ status: 'cleaned' })
  expect(await hits()).toEqual(['times' in fault ? fault.times : 1])

  expect((await buyer.truth()).charges).toHaveLength(1)
})

test.each([
  ['a web page', { body: '<html>', headers: { 'content-type': 'video/mp4' }, status: 200 }],
  ['half of itself', { kind: 'truncated' }],
])('behavior: instead of the file comes %s ⇒ the video', async (_, fault) => {
  await using buyer = await trial.buyer({
    faults: [{ kind: 'status', route: 'retrieve', times: 6, ...fault }],
  })

  expect((await buyer.buy()).job).toMatchObject({ status: 'cleaned' })
  expect(await hits()).toEqual([6])

  expect((await buyer.truth()).charges).toHaveLength(1)
})

test.each(['text/html', 'application/json', 'text/plain', ''])(
  'behavior: the file comes under the type "%s" ⇒ it is the video all the same',
  async (value) => {
    const fault = { kind: 'content-type', route: 'retrieve', times: 'always', value }
    await using buyer = await trial.buyer({ faults: [fault] })

    expect((await buyer.buy()).job).toMatchObject({ status: 'cleaned' })

    const { charges, requests } = await buyer.truth()
    expect(charges).toHaveLength(1)
    // Once for the file, and once to have it deleted.
    expect(requests.filter(({ verdict }) => verdict.startsWith('completed'))).toHaveLength(2)
  },
)

test('behavior: the provider’s suggestion is passed on, and nothing is bought by it', async () => {
  await using buyer = await trial.buyer({ faults: [{ kind: 'content-policy', route: 'retrieve' }] })

  const { job } = await buyer.buy()

  expect(job?.detail).toContain('The provider recommends the model wan-2-7-text-to-video.')
  expect(await buyer.ledger.jobs()).toHaveLength(1)
})

test('options: deleteAfterSave off ⇒ the copy at the provider stays', async () => {
  await using buyer = await trial.buyer({ policy: { deleteAfterSave: false } })

  expect((await buyer.buy()).job).toMatchObject({ status: 'cleaned' })

  expect((await buyer.truth()).jobs).toMatchObject([{ media: 'held' }])
})

test('behavior: a file that is not what was asked for is kept here and there, and told', async () => {
  // The sandbox renders no more than 1080p.
  const wanted = { ...request, aspect_ratio: '16:9', duration: '4s', resolution: '4k' }
  await using buyer = await trial.buyer()

  const { job } = await buyer.buy({ ...wanted, audio: true, model: 'veo3.1-fast-text-to-video' })

  expect(job).toMatchObject({ file: { height: 1080, width: 1920 }, status: 'cleaned' })
  expect(job?.detail).toBe(
    'It is 1920x1080; asked for was 4k, 16:9. The copy at the provider was not deleted.',
  )
  expect((await buyer.truth()).jobs).toMatchObject([{ media: 'held' }])
})

test.each([
  ['cut off', { kind: 'truncated', times: 2 }],
  ['dropped half-way', { kind: 'reset', times: 2, when: 'mid-body' }],
  ['slow', { kind: 'slow-body', ms: 300 }],
])('behavior: a download that is %s ⇒ the file is whole', async (_, fault) => {
  await using buyer = await trial.buyer({ faults: [{ ...fault, route: 'download' }] })

  expect((await buyer.buy(privateRequest)).job).toMatchObject({
    file: { duration_seconds: 1 },
    status: 'cleaned',
  })

  expect((await buyer.truth()).charges).toHaveLength(1)
})

// A link is good for ten tries, of which the first four follow each other, so that several share the places.
test.each([
  ['in the answer', request, 'retrieve', 0, 20],
  ...[0, 3, 6, 9, 12, 15, 18].map(
    (from) =>
      ['behind the link', privateRequest, 'download', from, Math.min(from + 3, 20)] as const,
  ),
] as const)(
  'behavior: cut off %s at many places ⇒ the file is whole',
  async (_, wanted, route, from, to) => {
    const places = Array.from({ length: to - from }, (_, index) => (from + index) / 20)
    await using buyer = await trial.buyer({
      faults: places.map((share) => ({ kind: 'truncated', route, share })),
    })

    expect((await buyer.buy(wanted)).job).toMatchObject({ status: 'cleaned' })

    expect(await hits()).toEqual(places.map(() => 1))
    expect((await buyer.truth()).charges).toHaveLength(1)
  },
)

test('behavior: the price rises between quote and purchase ⇒ nothing is bought', async () => {
  const fault = { factor: 2, kind: 'price-lie', route: 'quote', skip: 1 }
  await using buyer = await trial.buyer({ faults: [fault] })

  expect(await buyer.buy()).toEqual({ code: 'PRICE_CHANGED' })

  expect(await buyer.ledger.jobs()).toEqual([])
})

test('behavior: more is charged than quoted ⇒ the video, and spending stops', async () => {
  await using buyer = await trial.buyer({
    faults: [{ factor: 2, kind: 'price-lie', route: 'queue' }],
  })

  const { job } = await buyer.buy()

  expect(job).toMatchObject({ status: 'cleaned' })
  expect((await buyer.ledger.state()).frozen?.reason).toMatch(
    /^Venice charged \$0\.16 at 20.+Z for job_\w+, which was priced \$0\.08; if that is right, run: zecchino unfreeze\.$/,
  )
  expect(await buyer.ledger.usage()).toMatchObject({ total: 2n * silentPrice.micros })
  expect(await buyer.buy({ ...request, prompt: 'Another one.' })).toEqual({ code: 'WALLET_FROZEN' })
})

test('behavior: a request id that is not the queue id is nobody else’s spending', async () => {
  const fault = { kind: 'other-request-id', route: 'queue', times: 'always' }
  await using buyer = await trial.buyer({ faults: [fault] })
  const { job } = await buyer.buy()
  await buyer.buy({ ...request, prompt: 'Another one.' })

  buyer.advance(Clock.settling + Clock.slack)
  await buyer.restart()

  expect((await buyer.ledger.state()).frozen).toBeUndefined()
  expect(await buyer.ledger.unlinkedRows()).toEqual([])
  expect(await buyer.ledger.linkedRows(job?.id ?? '')).toHaveLength(1)
})

test('behavior: somebody else’s charge of our price is not ours while our own is late', async () => {
  const faults = [
    { kind: 'late-charge', ms: 300_000, route: 'queue' },
    { kind: 'foreign-charge', route: 'queue', usd: silentPrice.usd },
  ]
  await using buyer = await trial.buyer({ faults })
  const { job } = await buyer.buy()
  buyer.advance(150_000)
  await buyer.restart()
  expect((await buyer.ledger.state()).frozen).toBeUndefined()
  buyer.advance(150_000)
  await buyer.restart()
  expect((await buyer.ledger.state()).frozen?.reason).toContain('that nobody here made')
  buyer.advance(600_000)
  await buyer.restart()

  const tied = await buyer.ledger.linkedRows(job?.id ?? '')
  expect(tied).toMatchObject([{ requestId: job?.queueId }])
  expect(await buyer.ledger.unlinkedRows()).toHaveLength(1)
})

test('behavior: nor is it while a job of another model waits for its answer', async () => {
  await using buyer = await trial.buyer({
    faults: [{ kind: 'other-request-id', route: 'queue' }],
  })
  const { job } = await buyer.buy()
  await buyer.fault({ ...dropped, times: 'always' })
  expect((await buyer.buy(privateRequest)).job).toMatchObject({ status: 'ambiguous' })
  buyer.advance(Clock.grace)

  await buyer.restart()

  expect((await buyer.ledger.state()).frozen).toBeUndefined()
  expect(await buyer.ledger.linkedRows(job?.id ?? '')).toHaveLength(1)
})

test('behavior: the ledger fails when the answer is there ⇒ the answer is not lost', async () => {
  let failures = 3
  await using buyer = await trial.buyer({
    wrap: (ledger) => ({
      ...ledger,
      async recordAnswer(id, answer) {
        if (failures-- > 0) throw new Error('the disk is full')
        return ledger.recordAnswer(id, answer)
      },
    }),
  })

  expect((await buyer.buy(privateRequest)).job).toMatchObject({ status: 'cleaned' })
})

test('behavior: another reader ties a row in the same moment ⇒ it is counted once', async () => {
  const seen: Venice.Transaction[] = []
  await using buyer = await trial.buyer({
    wrap: (ledger) => ({
      ...ledger,
      async unlinkedRows() {
        seen.push(...(await ledger.unlinkedRows()))
        return seen
      },
    }),
  })

  await buyer.buy()

  expect(seen.some(({ type }) => type === 'CHARGE')).toBe(true)
  expect((await buyer.ledger.state()).frozen).toBeUndefined()
})
