import { describe, expect, test } from 'vitest'

import { queueVideo } from '../../src/actions/queueVideo.js'
import * as Video from '../../src/Video.js'
import { canonicalJson } from '../../src/internal/canonicalJson.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import * as X402 from '../../src/X402.js'
import { cheap, cheapPrice } from '../support/cheap.js'
import { clientOf, wallet } from '../support/client.js'
import { control } from '../support/createBuyer.js'
import { serve, serveBytes, serveSockets } from '../support/serve.js'
import { entryV2 } from '../support/x402.js'

const body = canonicalJson(Video.parseRequest(cheap))

/** The outcome of one answer, and that it was asked for once. */
async function outcomeOf(reply: Response | string, headers: Record<string, string> = {}) {
  const response = typeof reply === 'string' ? new Response(reply, { headers }) : reply
  await using server = await serve(() => response)
  await using client = clientOf(server.origin)
  const outcome = await queueVideo(client, { body })
  expect(server.requests).toHaveLength(1)
  return outcome
}

const consent = {
  error: { code: 'needs_consent', message: 'Consent is needed' },
  consent_flow: 'seedance',
  face_media_roles: ['image_url'],
  consent: { consent_version: '2026-08-01', policy_text: 'I confirm' },
}
const offered = { accepts: [entryV2()], x402Version: 2 }

test('default: at the sandbox, charged once', async () => {
  await using sandbox = await listenSandbox({ speed: 200 })
  await using client = clientOf(sandbox.url)
  const { credit, state } = control(sandbox.controlUrl)
  await credit(wallet.address, '5')
  const outcome = await queueVideo(client, { body })
  if (outcome.kind !== 'queued') throw new Error(JSON.stringify(outcome))
  expect(outcome.queued.model).toBe(cheap.model)
  const { charges } = await state()
  expect(charges).toMatchObject([{ amount_usd: cheapPrice.usd, queue_id: outcome.queued.queue_id }])
})

test('behavior: at the sandbox, each refusal costs nothing', async () => {
  await using sandbox = await listenSandbox({ speed: 200 })
  await using client = clientOf(sandbox.url)
  const { credit, state } = control(sandbox.controlUrl)
  expect(await queueVideo(client, { body })).toMatchObject({
    demand: { kind: 'insufficient_balance', minimumTopUp: 5_000_000n },
    kind: 'refused',
    status: 402,
  })
  await credit(wallet.address, '0.12')
  expect(await queueVideo(client, { body })).toMatchObject({
    demand: { kind: 'below_price' },
    status: 402,
  })
  await credit(wallet.address, '5')
  const wrong = body.replace('"4s"', '"29s"')
  expect(await queueVideo(client, { body: wrong })).toMatchObject({ kind: 'refused', status: 400 })
  expect((await state()).charges).toEqual([])
})

test('behavior: the bytes are sent as they were quoted, with a sign-in and nothing more', async () => {
  await using server = await serve(() => ({ model: 'x', queue_id: 'q' }))
  await using client = clientOf(server.origin)
  await queueVideo(client, { body })
  const [{ headers, method, path, text }] = server.requests as [(typeof server.requests)[number]]
  expect([method, path, text]).toEqual(['POST', '/api/v1/video/queue', body])
  expect(Object.keys(headers).filter((name) => /payment|auth/.test(name))).toEqual([])
})

describe('queued: the id is there', () => {
  test.each<[string, object]>([
    ['a job', { model: 'x', queue_id: 'q' }],
    ['a private job', { download_url: 'https://media.example/x', model: 'x', queue_id: 'q' }],
    ['a job with a strange link', { download_url: null, model: null, queue_id: 'q' }],
    ['a job with more', { model: 'x', position: 3, queue_id: 'q' }],
  ])('behavior: %s', async (_, json) => {
    expect(await outcomeOf(JSON.stringify(json))).toMatchObject({
      kind: 'queued',
      queued: { queue_id: 'q' },
    })
  })
})

describe('refused: complete, with an error in it', () => {
  const statuses = [400, 401, 403, 409, 413, 422, 429]
  const refusals = [
    { error: 'No' },
    { code: 'NO', error: 'No' },
    { code: 'NO' },
    { error: { message: 'No' } },
    { details: 'x', error: 'No', issues: [] },
  ]
  test.each(statuses)('behavior: %d', async (status) => {
    for (const json of refusals)
      expect(await outcomeOf(Response.json(json, { status }))).toMatchObject({
        kind: 'refused',
        status,
      })
  })

  test.each<[string, unknown, string]>([
    ['a plain sentence', { error: 'Insufficient USD or Diem balance' }, 'below_price'],
    ['a code', { code: 'PAYMENT_REQUIRED', error: 'Insufficient' }, 'insufficient_balance'],
    ['a challenge', { ...offered, authOptions: {} }, 'sign_in'],
    ['offers', offered, 'payment_required'],
  ])('behavior: 402 with %s', async (_, json, kind) => {
    const outcome = await outcomeOf(Response.json(json, { status: 402 }))
    expect(outcome).toMatchObject({ demand: { kind }, kind: 'refused', status: 402 })
  })

  test('behavior: 402 whose offers are in the header', async () => {
    const headers = { [X402.headers.required]: X402.encode(offered) }
    const outcome = await outcomeOf(new Response('{}', { headers, status: 402 }))
    expect(outcome).toMatchObject({ demand: { kind: 'payment_required' }, kind: 'refused' })
  })

  test('behavior: 402 to an API key is about an account', async () => {
    await using server = await serve(() => Response.json({ error: 'No funds' }, { status: 402 }))
    await using client = clientOf(server.origin, { apiKey: 'key-1', wallet: undefined })
    expect(await queueVideo(client, { body })).toMatchObject({
      demand: { kind: 'account_unfunded' },
    })
  })

  test('behavior: 409 may ask a person', async () => {
    const outcome = await outcomeOf(Response.json(consent, { status: 409 }))
    expect(outcome).toMatchObject({ consent, kind: 'needs_consent' })
  })
})

describe('404, 410, 503: a refusal in Venice’s own form only', () => {
  const statuses = [404, 410, 503]
  test.each<[string, object]>([
    ['a sentence', { error: 'Specified model not found' }],
    ['a sentence with a code', { code: 'MODEL_OFFLINE', error: 'The model is offline.' }],
    ['capacity', { error: 'The model is at capacity. Please try again later.' }],
    ['details', { details: { _errors: [] }, error: 'This endpoint has been retired', issues: [] }],
  ])('behavior: %s', async (_, json) => {
    for (const status of statuses)
      expect(await outcomeOf(Response.json(json, { status }))).toMatchObject({
        kind: 'refused',
        status,
      })
  })

  test.each<[string, unknown]>([
    ['an API gateway', { message: 'Service Unavailable' }],
    ['another gateway', { message: 'no Route matched with those values' }],
    ['a framework', { error: 'Not Found', message: 'Route POST:/x not found', statusCode: 404 }],
    ['another framework', { error: 'Not Found', path: '/x', status: 404, timestamp: 1 }],
    ['a problem document', { status: 503, title: 'Service Unavailable', type: 'about:blank' }],
    ['a problem with an error', { error: 'No such model here', status: 503, title: 'x' }],
    ['a cloud', { error: { code: 404, message: 'Not found', status: 'NOT_FOUND' } }],
    ['the phrase of a status', { error: 'Service Unavailable' }],
    ['that phrase with its number', { error: '503 Service Temporarily Unavailable' }],
    ['a page that is not there', { error: 'Page not found.' }],
    ['a word', { error: 'Gone' }],
    ['a load balancer', { error: 'no healthy upstream' }],
    ['a proxy', { error: 'The proxy could not reach the server' }],
    ['a time limit', { error: 'Response timeout' }],
    ['another', { error: 'Request timed out' }],
    ['one with its number', { error: 'Timeout of 30000ms exceeded' }],
    ['a broken line', { error: 'connection reset by peer' }],
    ['a crash', { error: 'Internal Server Error' }],
    ['a worker', { error: 'Worker threw exception' }],
    ['a host', { error: 'Application failed to respond' }],
    ['a busy server', { error: 'The server is temporarily unable to service your request' }],
    ['one that says it cannot tell', { error: 'Overloaded; the request may have been processed' }],
    ['a code alone', { code: 'NOT_FOUND' }],
    ['nothing', {}],
    ['a good answer', { model: 'x', queue_id: 'q' }],
  ])('behavior: the JSON of %s is unknown', async (_, json) => {
    for (const status of statuses)
      expect(await outcomeOf(Response.json(json, { status }))).toMatchObject({ kind: 'unknown' })
  })

  test.each(['text/html', 'text/plain; charset=utf-8', ''])(
    'behavior: the same sentence as “%s” is unknown',
    async (type) => {
      for (const status of statuses) {
        const text = JSON.stringify({ error: 'Specified model not found' })
        const response = new Response(text, { headers: { 'content-type': type }, status })
        expect(await outcomeOf(response)).toMatchObject({ kind: 'unknown' })
      }
    },
  )
})

test.each<object>([
  { code: 'X402_SIGN_IN_NONCE_REUSED', error: 'Invalid' },
  { code: 'NONCE_REUSED', error: 'Invalid' },
  { code: 'x402_sign_in_nonce_reused', error: 'Invalid' },
  { error: 'Sign-in failed: X402_SIGN_IN_NONCE_REUSED' },
  { error: 'This nonce has already been used' },
  { details: { code: 'X402_SIGN_IN_NONCE_REUSED' }, error: 'Invalid' },
])('behavior: %o: somebody was here with the sign-in, so nothing is known', async (json) => {
  for (const status of [400, 401, 403, 409])
    expect(await outcomeOf(Response.json(json, { status }))).toMatchObject({ kind: 'unknown' })
})

describe('unknown: anything else', () => {
  const bodies: [string, string][] = [
    ['nothing', ''],
    ['HTML', '<html>Bad Request</html>'],
    ['half of it', '{"error":"No'],
    ['an empty object', '{}'],
    ['null', 'null'],
    ['a list', '[{"error":"No"}]'],
    ['text', '"No"'],
    ['an error that is none', '{"error":5}'],
    ['a good answer', '{"model":"x","queue_id":"q"}'],
    ['depth', `{"error":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
  ]
  test.each([400, 401, 402, 403, 409, 413, 422, 429])(
    'behavior: %d with a body that says nothing',
    async (status) => {
      for (const [what, text] of bodies)
        expect([what, await outcomeOf(new Response(text, { status }))]).toMatchObject([
          what,
          { kind: 'unknown', reason: `The answer was status ${status}.` },
        ])
    },
  )

  test.each([201, 202, 206, 405, 408, 418, 421, 425, 431, 451, 500, 501, 502, 504, 520, 599])(
    'behavior: %d, whatever it says',
    async (status) => {
      for (const json of [
        { error: 'No' },
        { code: 'X', error: 'No' },
        { model: 'x', queue_id: 'q' },
      ])
        expect(await outcomeOf(Response.json(json, { status }))).toMatchObject({ kind: 'unknown' })
    },
  )

  test.each([300, 301, 302, 303, 307, 308])('behavior: a redirect (%d)', async (status) => {
    const headers = { location: 'http://127.0.0.1:1/' }
    expect(await outcomeOf(new Response(null, { headers, status }))).toEqual({
      kind: 'unknown',
      reason: 'A request with credentials may not leave its origin.',
    })
  })

  test.each([
    ...bodies.slice(0, 7),
    ['an id of nothing', '{"model":"x","queue_id":""}'],
    ['a refusal', '{"error":"No"}'],
  ])('behavior: 200 with %s', async (_, text) => {
    expect(await outcomeOf(text)).toEqual({
      kind: 'unknown',
      reason: 'The answer was 200, but could not be read.',
    })
  })

  test.each<[string, string]>([
    ['a refusal cut off', 'HTTP/1.1 400 X\r\ncontent-length: 100\r\n\r\n{"error":"No"}'],
    [
      'a good answer cut off',
      'HTTP/1.1 200 X\r\ncontent-length: 100\r\n\r\n{"model":"x","queue_id":"q"}',
    ],
    [
      'a refusal in chunks, cut off',
      'HTTP/1.1 400 X\r\ntransfer-encoding: chunked\r\n\r\ne\r\n{"error":"No"}\r\n',
    ],
    ['a head cut off', 'HTTP/1.1 400 X\r\ncontent-'],
    ['nothing', ''],
  ])('behavior: the socket dies after %s', async (_, bytes) => {
    await using server = await serveBytes((socket) =>
      bytes ? socket.end(bytes) : socket.resetAndDestroy(),
    )
    await using client = clientOf(server.origin)
    expect(await queueVideo(client, { body })).toMatchObject({ kind: 'unknown' })
    expect(server.requests()).toBe(1)
  })

  test('behavior: silence until the deadline', async () => {
    await using server = await serveSockets(() => {})
    await using client = clientOf(server.origin)
    expect(await queueVideo(client, { body, deadline: 200 })).toEqual({
      kind: 'unknown',
      reason: 'The API did not answer in time.',
    })
  })
})

describe('unsent: not a byte has left', () => {
  test('behavior: nobody listens', async () => {
    const server = await serve(() => ({}))
    await server[Symbol.asyncDispose]()
    await using client = clientOf(server.origin)
    expect(await queueVideo(client, { body })).toMatchObject({
      error: { code: 'API_UNREACHABLE' },
      kind: 'unsent',
    })
  })

  test('behavior: the wallet does not sign', async () => {
    await using server = await serve(() => ({}))
    await using client = clientOf(server.origin, {
      wallet: { ...wallet, signIn: () => Promise.reject(new Error('no')) },
    })
    expect(await queueVideo(client, { body })).toMatchObject({
      error: { code: 'SIGN_IN_REFUSED' },
      kind: 'unsent',
    })
    expect(server.connections()).toBe(0)
  })
})
