import { describe, expect, test } from 'vitest'

import { completeVideo } from '../../src/actions/completeVideo.js'
import { queueVideo } from '../../src/actions/queueVideo.js'
import { retrieveVideo } from '../../src/actions/retrieveVideo.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { cheap } from '../support/cheap.js'
import { clientOf, wallet } from '../support/client.js'
import { control } from '../support/createBuyer.js'
import { serve, serveBytes } from '../support/serve.js'

const job = { model: 'wan-2-7-text-to-video', queueId: '11111111-2222-4333-8444-555555555555' }
const json =
  (value: unknown, status = 200) =>
  () =>
    Response.json(value, { status })

async function outcomeOf(response: () => Response) {
  await using server = await serve(response)
  await using client = clientOf(server.origin)
  const outcome = await retrieveVideo(client, job)
  expect(server.requests).toHaveLength(1)
  return outcome
}

test('default: at the sandbox, from processing to the file, and gone when asked', async () => {
  await using sandbox = await listenSandbox({ limits: 'none', speed: 200 })
  await using client = clientOf(sandbox.url)
  await control(sandbox.controlUrl).credit(wallet.address, '5')
  const queued = await queueVideo(client, { body: JSON.stringify(cheap) })
  if (queued.kind !== 'queued') throw new Error(JSON.stringify(queued))
  const { model, queue_id: queueId } = queued.queued

  const first = await retrieveVideo(client, { model, queueId })
  expect(['processing', 'video']).toContain(first.kind)
  let file = Buffer.alloc(0)
  while (file.length === 0) {
    const outcome = await retrieveVideo(client, { deleteMedia: true, model, queueId })
    if (outcome.kind === 'video') file = Buffer.from(await outcome.response.arrayBuffer())
    else expect(outcome).toMatchObject({ estimate: expect.any(Number), kind: 'processing' })
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  expect(file.subarray(4, 8).toString()).toBe('ftyp')
  expect(['gone', 'unknown_id']).toContain((await retrieveVideo(client, { model, queueId })).kind)
  expect(typeof (await completeVideo(client, { model, queueId }))).toBe('boolean')
})

test('behavior: the body is strict, and says only what was meant', async () => {
  await using server = await serve(json({ status: 'COMPLETED' }))
  await using client = clientOf(server.origin)
  await retrieveVideo(client, job)
  await retrieveVideo(client, { ...job, deleteMedia: true })
  expect(server.requests.map(({ json: body }) => body)).toEqual([
    { model: job.model, queue_id: job.queueId },
    { delete_media_on_completion: true, model: job.model, queue_id: job.queueId },
  ])
  expect(server.requests[0]?.headers['accept-encoding']).toBe('identity')
})

describe('200', () => {
  test('behavior: processing', async () => {
    const progress = {
      average_execution_time: 145_000,
      execution_duration: 53_200,
      status: 'PROCESSING',
    }
    expect(await outcomeOf(json(progress))).toEqual({
      elapsed: 53_200,
      estimate: 145_000,
      kind: 'processing',
    })
    const strange = { ...progress, average_execution_time: -1, execution_duration: 'long' }
    expect(await outcomeOf(json(strange))).toEqual({ elapsed: 0, estimate: 0, kind: 'processing' })
  })

  test('behavior: completed', async () => {
    expect(await outcomeOf(json({ status: 'COMPLETED' }))).toEqual({ kind: 'completed' })
  })

  test.each(['video/mp4', 'Video/MP4; codecs=avc1', 'video/quicktime'])(
    'behavior: %s is the file',
    async (type) => {
      await using server = await serve(
        () => new Response('movie', { headers: { 'content-type': type } }),
      )
      await using client = clientOf(server.origin)
      const outcome = await retrieveVideo(client, job)
      if (outcome.kind !== 'video') throw new Error(outcome.kind)
      expect(await outcome.response.text()).toBe('movie')
    },
  )

  test.each<[string, () => Response]>([
    ['nothing', () => new Response('')],
    ['HTML', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['a status of the future', json({ status: 'FAILED' })],
    ['null', json(null)],
    [
      'text that says video',
      () => new Response('x', { headers: { 'content-type': 'text/plain; a=video/mp4' } }),
    ],
  ])('behavior: %s may pass', async (_, response) => {
    expect(await outcomeOf(response)).toEqual({
      kind: 'transient',
      says: 'an answer that cannot be read',
      status: 200,
    })
  })

  const movie = Buffer.concat([Buffer.from('\0\0\0\x18ftypisom'), Buffer.alloc(700_000, 7)])

  test.each([
    ['no type', {}],
    ['application/mp4', { 'content-type': 'application/mp4' }],
    ['text/plain', { 'content-type': 'text/plain; charset=utf-8' }],
    ['text/html', { 'content-type': 'text/html' }],
    ['application/json', { 'content-type': 'application/json' }],
    ['nonsense', { 'content-type': 'x' }],
  ])('behavior: a film under %s is the file all the same', async (_, headers) => {
    let sent = 0
    const pieces = new ReadableStream({
      pull(controller) {
        if (sent === movie.length) return controller.close()
        const size = sent < 20 ? 3 : 100_000
        controller.enqueue(movie.subarray(sent, sent + size))
        sent = Math.min(sent + size, movie.length)
      },
    })
    await using server = await serve(() => new Response(pieces, { headers }))
    await using client = clientOf(server.origin)
    const outcome = await retrieveVideo(client, job)
    if (outcome.kind !== 'video') throw new Error(outcome.kind)
    expect(movie.equals(Buffer.from(await outcome.response.arrayBuffer()))).toBe(true)
  })

  test.each([0, 5, 600])('error: an answer that breaks off after %d bytes', async (size) => {
    const headers = { 'content-length': '700012' }
    await using server = await serve(() => {
      const body = new ReadableStream({
        start: (controller) => (size > 0 ? controller.enqueue(movie.subarray(0, size)) : undefined),
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 20)) // until they have left
          controller.error(new Error('the server dies'))
        },
      })
      return new Response(body, { headers })
    })
    await using client = clientOf(server.origin)
    const read = async () => {
      const outcome = await retrieveVideo(client, job)
      if (outcome.kind === 'video') await outcome.response.arrayBuffer()
    }
    await expect(read()).rejects.toThrow(size > 0 ? 'terminated' : 'cannot be reached')
  })

  test('error: a text without end is not read to the end', async () => {
    const text = Buffer.alloc(10_000_000, ' ')
    await using server = await serve(
      () => new Response(text, { headers: { 'content-type': 'text/plain' } }),
    )
    await using client = clientOf(server.origin)
    await expect(retrieveVideo(client, job)).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' })
  })
})

const gone = 'Media could not be found. Request may be invalid, expired, or deleted.'

describe('errors', () => {
  test.each<[number, unknown, object]>([
    [404, { error: gone }, { kind: 'gone', says: gone }],
    [410, { code: 'MEDIA_EXPIRED', error: gone }, { kind: 'gone', says: gone }],
    [400, { error: 'Request ID is invalid.' }, { kind: 'unknown_id' }],
    [
      422,
      {
        error: {
          credits_refunded: true,
          message: 'No',
          recommended_model: 'kling\u001b[31m',
          type: 'provider_content_policy',
        },
      },
      {
        kind: 'failed',
        refunded: true,
        says: 'No',
        suggestion: 'The provider recommends the model kling.',
      },
    ],
    [
      422,
      { error: 'No', suggested_prompt: 'A \u202egondola' },
      {
        kind: 'failed',
        refunded: undefined,
        says: 'No',
        suggestion: 'The provider suggests another prompt: A gondola',
      },
    ],
    [
      422,
      { error: { credits_refunded: 'yes', message: 'No', type: 'provider_content_policy' } },
      { kind: 'failed', refunded: undefined },
    ],
    [
      422,
      { credits_refunded: false, error: 'No', hint: 'Try a \u001b[31mlandscape' },
      {
        kind: 'failed',
        refunded: false,
        says: 'No',
        suggestion: 'The provider’s hint (untrusted): Try a landscape',
      },
    ],
    [
      422,
      { credits_refunded: true, error: 'No' },
      { kind: 'failed', refunded: true, says: 'No', suggestion: undefined },
    ],
    [
      422,
      { credits_refunded: true, error: { credits_refunded: false, hint: 'H', message: 'No' } },
      { kind: 'failed', refunded: false, says: 'No', suggestion: expect.stringContaining('H') },
    ],
    [
      401,
      { code: 'X402_SIGN_IN_NONCE_REUSED', error: 'Reused' },
      { kind: 'transient', says: 'Reused', status: 401 },
    ],
    [402, { error: 'Insufficient' }, { kind: 'transient', status: 402 }],
    [403, {}, { kind: 'transient', says: 'status 403', status: 403 }],
    [429, { code: 'X402_CONCURRENCY_LIMIT' }, { kind: 'transient', status: 429 }],
    [
      500,
      { error: 'Generation failed' },
      { kind: 'transient', says: 'Generation failed', status: 500 },
    ],
    [
      500,
      { credits_refunded: true, error: 'Generation failed' },
      { failed: { refunded: true }, kind: 'transient', status: 500 },
    ],
    [502, '<html>', { kind: 'transient', says: 'status 502', status: 502 }],
    [503, null, { kind: 'transient', status: 503 }],
    [201, {}, { kind: 'transient', status: 201 }],
  ])('behavior: %d %j', async (status, body, outcome) => {
    expect(await outcomeOf(json(body, status))).toMatchObject(outcome)
  })

  test.each<[string, number, string | null, string?]>([
    ['an edge’s page', 404, '<html><h1>404 Not Found</h1></html>', 'text/html'],
    ['a page that says it is JSON', 404, '<html>', 'application/json'],
    ['words of Venice’s under the wrong type', 404, JSON.stringify({ error: gone }), 'text/html'],
    ['nothing', 404, null],
    ['nothing', 410, null],
    ['nothing', 400, 'null'],
    ['a phrase', 404, JSON.stringify({ error: 'Not found' })],
    ['a phrase', 410, JSON.stringify({ error: 'Gone' })],
    ['a phrase', 400, JSON.stringify({ error: 'Bad Request' })],
    ['a gateway', 404, JSON.stringify({ message: 'no Route matched with those values' })],
    ['a gateway', 404, JSON.stringify({ error: 'Job is gone', statusCode: 404 })],
    ['a gateway', 404, JSON.stringify({ error: 'The upstream is not there' })],
    ['a problem document', 404, JSON.stringify({ status: 404, title: 'Not Found' })],
    ['another route', 404, JSON.stringify({ error: 'This endpoint does not exist' })],
    ['a retired route', 410, JSON.stringify({ error: 'This endpoint has been retired' })],
    ['a model that is listed no more', 404, JSON.stringify({ error: 'Specified model not found' })],
    [
      'a word about the request',
      400,
      JSON.stringify({ error: 'Invalid request', issues: [{ path: ['queue_id'] }] }),
    ],
    ['a word about the request', 400, JSON.stringify({ details: {}, error: 'It is not valid' })],
    ['a validator', 422, JSON.stringify({ detail: [{ msg: 'field required' }] })],
    ['a phrase', 422, JSON.stringify({ error: 'Unprocessable Entity' })],
    ['a gateway', 422, JSON.stringify({ error: { message: 'x', type: 'y' } })],
    ['a refund in words only', 422, JSON.stringify({ credits_refunded: 'no', error: 'No' })],
    ['nothing', 422, 'null'],
  ])('behavior: %s (%i) is nobody’s word about the job', async (_, status, body, type) => {
    const headers = { 'content-type': type ?? 'application/json' }
    const outcome = await outcomeOf(() => new Response(body, { headers, status }))
    expect(outcome).toMatchObject({ kind: 'transient', status })
    expect(outcome).not.toHaveProperty('failed')
  })

  test.each<[string, string, string?]>([
    ['an edge’s page', '<html><h1>500 Internal Server Error</h1></html>', 'text/html'],
    ['a phrase', JSON.stringify({ error: 'Internal server error' })],
    ['a gateway', JSON.stringify({ error: 'Inference failed', statusCode: 500 })],
  ])('behavior: %s is not what became of the job', async (_, body, type) => {
    const headers = { 'content-type': type ?? 'application/json' }
    const outcome = await outcomeOf(() => new Response(body, { headers, status: 500 }))
    expect(outcome).not.toHaveProperty('failed')
  })

  test('error: redirects and lost connections are thrown, and not repeated', async () => {
    await using moved = await serve(() => Response.redirect('http://127.0.0.1:1/', 307))
    await using client = clientOf(moved.origin)
    await expect(retrieveVideo(client, job)).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' })
    await using lost = await serveBytes((socket) => socket.destroy())
    await using other = clientOf(lost.origin)
    await expect(retrieveVideo(other, job)).rejects.toMatchObject({ code: 'API_UNREACHABLE' })
    expect([moved.requests.length, lost.requests()]).toEqual([1, 1])
  })

  test('behavior: whoever waits may leave', async () => {
    await using server = await serve(() => new Promise<Response>(() => {}))
    await using client = clientOf(server.origin)
    const signal = AbortSignal.timeout(50)
    await expect(retrieveVideo(client, { ...job, signal })).rejects.toMatchObject({
      code: 'API_TIMEOUT',
    })
  })
})

describe('completeVideo', () => {
  test.each<[number, unknown, boolean]>([
    [200, { success: true }, true],
    [200, { success: false }, false],
    [200, null, false],
    [400, { error: 'Invalid id' }, false],
    [404, {}, false],
    [404, { error: 'Not found' }, false],
    [404, { error: gone }, true],
    [410, { error: gone }, true],
    [500, {}, false],
  ])('behavior: %d %j is %s', async (status, body, done) => {
    await using server = await serve(json(body, status))
    await using client = clientOf(server.origin)
    expect(await completeVideo(client, job)).toBe(done)
    expect(server.requests[0]).toMatchObject({
      json: { model: job.model, queue_id: job.queueId },
      path: '/api/v1/video/complete',
    })
  })
})
