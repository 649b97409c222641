import { readdirSync, readFileSync } from 'node:fs'

import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { expect, test } from 'vitest'

import * as Venice from '../../src/Venice.js'
import { linked } from '../support/cheap.js'
import { fidelity, sources } from '../../src/sandbox/fidelity.js'
import { labels } from '../../src/sandbox/labelAnswer.js'
import { base64, setup, shortVideo } from './support/client.js'

type It = Awaited<ReturnType<typeof setup>>
type Row = {
  body?: object | undefined
  options?: Parameters<typeof setup>[0]
  run: (it: It) => Promise<Response>
  status: number
}

const stranger = privateKeyToAccount(generatePrivateKey())
const tiny = { ...linked }
const upscale = { model: 'topaz-video-upscale', video_url: 'https://example.com/a.mp4' }
/** Two models as they never are on Venice's list, for answers that no listed model gives. */
const away = {
  models: {
    'veo3-fast-text-to-video': { spec: { regionRestrictions: ['IT'] } },
    'veo3-full-text-to-video': { spec: { offline: true } },
  },
}
const veo = (model: string) => ({ ...shortVideo, model, resolution: '720p' })

const queue = async ({ api }: It, body: unknown = shortVideo) => api.call('/video/queue', { body })
const quote = async ({ api }: It, body: object, headers = {}) =>
  api.call('/video/quote', { body, header: '', headers })
const credit = (it: It, fields: object) =>
  it.api.control('/credit', { address: it.person.address, ...fields })
const fault = (it: It, fields: object) => it.api.control('/faults', fields)
const retrieve = (it: It, body: object) => it.api.call('/video/retrieve', { body })
const filled = async (it: It) => {
  await credit(it, { usd: '5' })
  return it
}
const job = async (it: It, body: object = tiny) => {
  await credit(it, { usd: '5' })
  const answer = (await (await queue(it, body)).json()) as Record<string, string>
  return { model: answer['model'] ?? '', queue_id: answer['queue_id'] ?? '', ...answer }
}
const ids = ({ model, queue_id }: { model: string; queue_id: string }) => ({ model, queue_id })
const fund = (it: It) => it.api.control('/fund', { address: it.person.address, usdc: '20000' })
const again = async (times: number, run: () => Promise<Response>) => {
  for (let count = 1; count < times; count += 1) await (await run()).arrayBuffer()
  return run()
}

/** Every answer a client can meet, and how to meet it. Codes are compared with the lists below. */
const rows: Record<string, Row> = {
  'models 200': { run: ({ api }) => api.call('/models?type=video', { header: '' }), status: 200 },
  'models 400': { run: ({ api }) => api.call('/models?type=x', { header: '' }), status: 400 },

  'quote 200': { body: { quote: 0.14 }, run: (it) => quote(it, shortVideo), status: 200 },
  'quote 200 ignores unknown fields': {
    body: { quote: 0.14 },
    run: (it) => quote(it, { ...shortVideo, colour: 'red' }),
    status: 200,
  },
  'quote 400': {
    body: { details: { duration: { _errors: ['duration is required'] } } },
    run: (it) => quote(it, { ...shortVideo, duration: undefined }),
    status: 400,
  },
  'quote 403 region': {
    options: away,
    run: (it) => quote(it, veo('veo3-fast-text-to-video')),
    status: 403,
  },
  'quote 404': {
    body: { error: 'Specified model not found' },
    run: (it) => quote(it, { ...shortVideo, model: 'nope' }),
    status: 404,
  },
  'quote 503 offline': {
    options: away,
    run: (it) => quote(it, veo('veo3-full-text-to-video')),
    status: 503,
  },
  'quote 403 upscale without key': { run: (it) => quote(it, upscale), status: 403 },
  'quote 200 upscale with key': {
    body: { quote: 0.5 },
    run: (it) => quote(it, upscale, { authorization: 'Bearer any-key' }),
    status: 200,
  },

  'queue 200': { run: async (it) => queue(await filled(it)), status: 200 },
  'queue 400 with details and issues': {
    body: {
      details: { aspect_ratio: { _errors: ['aspect_ratio is required'] } },
      error: 'aspect_ratio is required',
      issues: [{ code: 'custom', message: 'aspect_ratio is required', path: ['aspect_ratio'] }],
    },
    run: async (it) => queue(await filled(it), { ...shortVideo, aspect_ratio: undefined }),
    status: 400,
  },
  'queue 400 another type of body': {
    body: { error: 'Content-Type must be application/json' },
    run: async (it) => {
      await filled(it)
      return it.api.call('/video/queue', { body: tiny, headers: { 'content-type': 'text/plain' } })
    },
    status: 400,
  },
  'queue 400 not JSON': {
    body: { error: 'Invalid JSON request' },
    run: async (it) => queue(await filled(it), '{"model":'),
    status: 400,
  },
  'queue 401 key': {
    body: { error: 'Authentication failed' },
    run: ({ api }) =>
      api.call('/video/queue', { body: tiny, header: '', headers: { authorization: 'Bearer no' } }),
    status: 401,
  },
  'queue 402 discovery': {
    body: { authOptions: {}, extensions: { 'sign-in-with-x': {} }, resource: {}, x402Version: 2 },
    run: ({ api }) => api.call('/video/queue', { body: tiny, header: '' }),
    status: 402,
  },
  'queue 402 PAYMENT_REQUIRED': {
    body: {
      code: 'PAYMENT_REQUIRED',
      currentBalanceUsd: 0.09,
      minimumBalanceUsd: 0.1,
      reason: 'insufficient_balance',
      siwxChallenge: {},
      suggestedTopUpUsd: 10,
      supportedChains: ['base-sepolia', 'solana'],
      supportedTokens: ['USDC'],
      topUpInstructions: {},
    },
    run: async (it) => {
      await credit(it, { usd: '0.09' })
      return queue(it)
    },
    status: 402,
  },
  'queue 402 below the price': {
    body: { error: 'Insufficient USD or Diem balance to complete request.' },
    run: async (it) => {
      await credit(it, { usd: '0.139999' })
      return queue(it)
    },
    status: 402,
  },
  'queue 402 DIEM spent, whatever the credit': {
    body: { error: 'Insufficient USD or Diem balance to complete request.' },
    run: async (it) => {
      await credit(it, { diem_usd: '0.12', usd: '50' })
      return queue(it)
    },
    status: 402,
  },
  'queue 402 key without funds': {
    body: { error: 'Insufficient USD or Diem balance to complete request.' },
    run: async ({ api }) => {
      await api.control('/credit', { api_key: 'sandbox-key', usd: '0' })
      const headers = { authorization: 'Bearer sandbox-key' }
      return api.call('/video/queue', { body: tiny, header: '', headers })
    },
    status: 402,
  },
  'queue 200 key with funds': {
    run: async ({ api }) => {
      await api.control('/credit', { api_key: 'sandbox-key', usd: '5' })
      const headers = { authorization: 'Bearer sandbox-key' }
      return api.call('/video/queue', { body: tiny, header: '', headers })
    },
    status: 200,
  },
  'queue 400 PAYMENT_HEADER_NOT_ACCEPTED': {
    body: { code: 'PAYMENT_HEADER_NOT_ACCEPTED' },
    run: async (it) => {
      const headers = { 'PAYMENT-SIGNATURE': base64(await it.api.payment()) }
      return it.api.call('/video/queue', { body: tiny, headers })
    },
    status: 400,
  },
  'queue 403 region': {
    options: away,
    run: async (it) => queue(await filled(it), veo('veo3-fast-text-to-video')),
    status: 403,
  },
  'queue 404': {
    body: { error: 'Specified model not found' },
    run: async (it) => queue(await filled(it), { ...shortVideo, model: 'nope' }),
    status: 404,
  },
  'queue 409 needs_consent': {
    body: {
      consent_flow: 'seedance',
      error: { code: 'needs_consent' },
      face_media_roles: ['image'],
    },
    run: async (it) =>
      queue(await filled(it), {
        duration: '4s',
        image_url: 'https://example.com/face.jpg',
        model: 'seedance-2-0-image-to-video',
        prompt: 'x',
      }),
    status: 409,
  },
  'queue 413 PAYLOAD_TOO_LARGE': {
    body: { code: 'PAYLOAD_TOO_LARGE', error: 'Request body exceeds the maximum allowed size.' },
    run: async (it) => queue(await filled(it), `{"prompt":"${'x'.repeat(Venice.maxBodyBytes)}"}`),
    status: 413,
  },
  'queue 422': {
    body: { error: expect.any(String), suggested_prompt: expect.any(String) },
    run: async (it) => {
      await fault(await filled(it), { kind: 'content-policy', route: 'queue' })
      return queue(it)
    },
    status: 422,
  },
  'queue 429 rate': {
    run: (it) => again(41, () => queue(it, {})),
    status: 429,
  },
  'queue 429 error budget': {
    body: { error: expect.stringContaining('Too many failed requests') },
    run: async (it) => {
      const count = async () => it.api.call('/video/queue', { body: tiny, header: 'bad' })
      return again(52, count)
    },
    status: 429,
  },
  'queue 500': {
    run: async (it) => {
      const body = { error: 'Inference processing failed' }
      await fault(it, { body, kind: 'status', route: 'queue', status: 500 })
      return queue(it)
    },
    status: 500,
  },
  'queue 503': {
    run: async (it) => {
      await fault(it, { kind: 'capacity', route: 'queue' })
      return queue(it)
    },
    status: 503,
  },
  'queue 503 offline model': {
    options: away,
    run: async (it) => queue(await filled(it), veo('veo3-full-text-to-video')),
    status: 503,
  },

  'retrieve 200 PROCESSING': {
    body: {
      average_execution_time: expect.any(Number),
      execution_duration: expect.any(Number),
      status: 'PROCESSING',
    },
    options: { speed: 1 },
    run: async (it) => retrieve(it, ids(await job(it))),
    status: 200,
  },
  'retrieve 200 video/mp4': {
    run: async (it) => it.api.wait(await job(it, shortVideo)),
    status: 200,
  },
  'retrieve 200 COMPLETED': {
    body: { status: 'COMPLETED' },
    run: async (it) => it.api.wait(await job(it)),
    status: 200,
  },
  'retrieve 400 unknown': {
    body: { error: 'Request ID is invalid.' },
    run: async (it) => retrieve(await filled(it), { model: tiny.model, queue_id: 'nope' }),
    status: 400,
  },
  'retrieve 400 after a day': {
    run: async (it) => {
      const old = ids(await job(it))
      await it.api.control('/time', { advance_ms: 86_400_001 })
      return retrieve(it, old)
    },
    status: 400,
  },
  'retrieve 400 strict': {
    run: async (it) => retrieve(it, { ...ids(await job(it)), extra: 1 }),
    status: 400,
  },
  'retrieve 401 X402_SIGN_IN_PARSE_ERROR': {
    run: ({ api }) => api.call('/video/retrieve', { body: {}, header: 'bad' }),
    status: 401,
  },
  'queue 401 X402_SIGN_IN_PARSE_ERROR': {
    run: ({ api }) => api.call('/video/queue', { body: {}, header: 'bad' }),
    status: 401,
  },
  'retrieve 429 rate': { run: (it) => again(121, () => retrieve(it, {})), status: 429 },
  'retrieve 402': { run: (it) => retrieve(it, {}), status: 402 },
  'retrieve 404': {
    run: async (it) => {
      const { download_url: url, ...rest } = (await job(it)) as Record<string, string>
      await fetch(url ?? '', { method: 'DELETE' })
      return retrieve(it, { model: rest['model'], queue_id: rest['queue_id'] })
    },
    status: 404,
  },
  'retrieve 404 model': {
    body: { error: 'Specified model not found' },
    run: async (it) => retrieve(await filled(it), { model: 'nope', queue_id: 'nope' }),
    status: 404,
  },
  'retrieve 422 flat': {
    body: {
      credits_refunded: true,
      error: expect.any(String),
      hint: expect.any(String),
    },
    run: async (it) => {
      const made = ids(await job(it))
      await fault(it, { kind: 'content-policy', route: 'retrieve', shape: 'flat' })
      return retrieve(it, made)
    },
    status: 422,
  },
  'retrieve 422 of Runway keeps the charge': {
    body: { error: { credits_refunded: false } },
    run: async (it) => {
      const runway = { ...shortVideo, model: 'runway-gen4-5-text', resolution: undefined }
      const made = ids(await job(it, runway))
      await fault(it, { kind: 'content-policy', route: 'retrieve' })
      const answer = await retrieve(it, made)
      expect((await it.api.state()).refunds).toEqual([])
      return answer
    },
    status: 422,
  },
  'retrieve 422': {
    body: { error: { credits_refunded: true, type: 'provider_content_policy' } },
    run: async (it) => {
      const made = ids(await job(it))
      await fault(it, { kind: 'content-policy', route: 'retrieve' })
      return retrieve(it, made)
    },
    status: 422,
  },
  'retrieve 429 without Retry-After': {
    run: async (it) => {
      await fault(it, { kind: 'rate-limited', route: 'retrieve' })
      return retrieve(it, {})
    },
    status: 429,
  },
  'retrieve 500, again and again': {
    run: async (it) => {
      const made = ids(await job(it))
      await fault(it, { kind: 'job-failed', route: 'retrieve' })
      return again(3, () => retrieve(it, made))
    },
    status: 500,
  },
  'retrieve 502': {
    run: async (it) => {
      await fault(it, { kind: 'status', route: 'retrieve', status: 502 })
      return retrieve(it, {})
    },
    status: 502,
  },

  'complete 400, the current behaviour': {
    run: async (it) => it.api.call('/video/complete', { body: ids(await job(it)) }),
    status: 400,
  },
  'complete 200, the documented behaviour': {
    body: { success: true },
    options: { behavior: 'documented' },
    run: async (it) => it.api.call('/video/complete', { body: ids(await job(it)) }),
    status: 200,
  },

  'balance 200 with DIEM': {
    body: { data: { balanceUsd: 5, canConsume: false, diemBalanceUsd: 0.01 } },
    run: async (it) => {
      await credit(it, { diem_usd: '0.01', usd: '5' })
      return it.api.call(`/x402/balance/${it.person.address}`)
    },
    status: 200,
  },
  'balance 400': { run: ({ api }) => api.call('/x402/balance/me'), status: 400 },
  'balance 401': {
    run: async ({ api, person }) =>
      api.call(`/x402/balance/${person.address}`, {
        header: await api.signIn({ signer: stranger }),
      }),
    status: 401,
  },
  'balance 401 without header, the documented behaviour': {
    options: { behavior: 'documented' },
    run: ({ api, person }) => api.call(`/x402/balance/${person.address}`, { header: '' }),
    status: 401,
  },
  'balance 402': {
    run: ({ api, person }) => api.call(`/x402/balance/${person.address}`, { header: '' }),
    status: 402,
  },
  'balance 403': { run: ({ api }) => api.call(`/x402/balance/${stranger.address}`), status: 403 },
  'balance 429': {
    run: (it) => again(31, () => it.api.call(`/x402/balance/${it.person.address}`)),
    status: 429,
  },
  'transactions 200': {
    body: { data: { transactions: [{ amount: 4.9996799, balanceAfter: 4.9996799 }] } },
    run: async (it) => {
      await credit(it, { usd: '4.9996799' })
      return it.api.call(`/x402/transactions/${it.person.address}`)
    },
    status: 200,
  },
  'transactions 401': {
    run: ({ api, person }) => api.call(`/x402/transactions/${person.address}`, { header: 'bad' }),
    status: 401,
  },
  'transactions 402': {
    run: ({ api, person }) => api.call(`/x402/transactions/${person.address}`, { header: '' }),
    status: 402,
  },
  'transactions 400': {
    run: (it) => it.api.call(`/x402/transactions/${it.person.address}?limit=101`),
    status: 400,
  },
  'transactions 403': {
    run: ({ api }) => api.call(`/x402/transactions/${stranger.address}`),
    status: 403,
  },
  'transactions 429': {
    run: (it) => again(21, () => it.api.call(`/x402/transactions/${it.person.address}`)),
    status: 429,
  },

  'download 200': {
    run: async (it) => {
      const made = (await job(it)) as Record<string, string>
      await it.api.wait(made as { model: string; queue_id: string })
      return fetch(made['download_url'] ?? '')
    },
    status: 200,
  },
  'download 204, revoked': {
    run: async (it) => {
      const made = (await job(it)) as Record<string, string>
      return fetch(made['download_url'] ?? '', { method: 'DELETE' })
    },
    status: 204,
  },
  'download 404 before it is ready': {
    options: { speed: 1 },
    run: async (it) => fetch(((await job(it)) as Record<string, string>)['download_url'] ?? ''),
    status: 404,
  },
  'download 410 after a day': {
    run: async (it) => {
      const made = (await job(it)) as Record<string, string>
      await it.api.control('/time', { advance_ms: 86_400_001 })
      return fetch(made['download_url'] ?? '')
    },
    status: 410,
  },
  'download 429 after ten': {
    run: async (it) => {
      const made = await job(it)
      await it.api.wait(made)
      return again(11, () => fetch((made as Record<string, string>)['download_url'] ?? ''))
    },
    status: 429,
  },
  'models 200, decision models': {
    body: { data: [], object: 'list', type: 'decision' },
    run: ({ api }) => api.call('/models?type=decision', { header: '' }),
    status: 200,
  },
  'traits 200': {
    body: { data: {}, object: 'list', type: 'video' },
    run: ({ api }) => api.call('/models/traits?type=video', { header: '' }),
    status: 200,
  },
  'compatibility 200': {
    body: { data: {} },
    run: ({ api }) => api.call('/models/compatibility_mapping?type=video', { header: '' }),
    status: 200,
  },
  'transcriptions 410': {
    body: { error: expect.stringContaining('retired') },
    run: async ({ api }) => {
      const response = await api.call('/video/transcriptions', { body: {} })
      expect(response.headers.get('deprecation')).toBe('true')
      expect(response.headers.get('link')).toContain('successor')
      return response
    },
    status: 410,
  },
  'elsewhere 404': { run: ({ api }) => api.call('/no/such/route'), status: 404 },

  'top-up 200': {
    body: {
      data: { amountCredited: 5, newBalance: 5, paymentId: expect.any(String) },
      success: true,
    },
    run: async (it) => {
      await fund(it)
      return it.api.topUp(await it.api.payment())
    },
    status: 200,
  },
  'top-up 402 discovery': {
    body: { accepts: [{ network: 'eip155:84532' }, { scheme: 'exact' }], x402Version: 2 },
    run: ({ api }) => api.topUp(''),
    status: 402,
  },
  'top-up 402 SETTLEMENT_FAILED': {
    body: { error: 'SETTLEMENT_FAILED' },
    run: async (it) => {
      await fund(it)
      await fault(it, { kind: 'settlement-failed', route: 'top-up' })
      return it.api.topUp(await it.api.payment())
    },
    status: 402,
  },
  'top-up 409 PAYMENT_IN_PROGRESS': {
    body: { error: 'PAYMENT_IN_PROGRESS' },
    run: async (it) => {
      await fund(it)
      await fault(it, { kind: 'settle-slowly', ms: 1_000, route: 'top-up' })
      const payment = await it.api.payment()
      const first = it.api.topUp(payment)
      await new Promise((resolve) => setTimeout(resolve, 300))
      const second = await it.api.topUp(payment)
      await first
      return second
    },
    status: 409,
  },
  'top-up 429': {
    body: { error: 'Rate limit exceeded. Please try again later.' },
    run: ({ api }) => again(11, () => api.topUp('')),
    status: 429,
  },
  'top-up 503 X402_NOT_CONFIGURED': {
    body: { error: 'X402_NOT_CONFIGURED' },
    run: async (it) => {
      await fault(it, { kind: 'unconfigured', route: 'top-up' })
      return it.api.topUp('')
    },
    status: 503,
  },
  'top-up 504, the credit is missing': {
    body: { error: 'SETTLEMENT_TIMEOUT' },
    run: async (it) => {
      await fund(it)
      await fault(it, { kind: 'credit-lost', route: 'top-up' })
      return it.api.topUp(await it.api.payment())
    },
    status: 504,
  },
  'top-up 504 SETTLEMENT_TIMEOUT': {
    body: { error: 'SETTLEMENT_TIMEOUT' },
    run: async (it) => {
      await fund(it)
      await fault(it, { kind: 'settle-then-504', route: 'top-up' })
      return it.api.topUp(await it.api.payment())
    },
    status: 504,
  },
}

/** How to have a payment refused with each code. A code without an entry does not compile. */
const refusals: Record<Venice.TopUpCode, (it: It) => Promise<unknown>> = {
  AMOUNT_TOO_HIGH: ({ api }) => api.payment({ value: 10_000_000_001n }),
  AMOUNT_TOO_LOW: ({ api }) => api.payment({ value: 4_999_999n }),
  INVALID_AMOUNT: async ({ api }) => {
    const { payload } = await api.payment()
    const { authorization, signature } = payload
    return api.payment({
      change: { payload: { authorization: { ...authorization, value: '0x4c4b40' }, signature } },
    })
  },
  INVALID_PAYMENT: ({ api }) => api.payment({ change: { payload: { transaction: 'AAAA' } } }),
  INVALID_PAYMENT_FORMAT: async () => 'bm90IGpzb24=',
  INVALID_PAYMENT_PAYER: async ({ api }) => {
    const { payload } = await api.payment()
    const authorization = { ...payload.authorization, from: `0x${'0'.repeat(40)}` }
    return api.payment({ change: { payload: { ...payload, authorization } } })
  },
  INVALID_PAYMENT_RECIPIENT: ({ api }) => api.payment({ authorization: { to: stranger.address } }),
  PAYMENT_VERIFICATION_FAILED: ({ api }) => api.payment(),
  UNSUPPORTED_NETWORK: ({ api }) => api.payment({ change: { network: 'base' } }),
  UNSUPPORTED_SCHEME: ({ api }) => api.payment({ change: { scheme: 'upto' } }),
  UNSUPPORTED_TOKEN: async ({ api }) => {
    const { accepts } = (await (await api.topUp('')).json()) as { accepts: object[] }
    const accepted = { ...accepts[0], asset: stranger.address }
    return api.payment({ change: { accepted } })
  },
}

/** Answers of the table of fidelity that were met here. */
const met = new Set<string>()
const meet = (response: Response) => {
  const key = response.headers.get(labels.answer) ?? ''
  expect(Object.keys(fidelity)).toContain(key)
  expect(response.headers.get(labels.fidelity)).toBe(fidelity[key]?.[0])
  met.add(key)
}

test.each(Object.entries(rows))('behavior: %s', async (_name, row) => {
  await using it = await setup(row.options)
  const response = await row.run(it)
  expect(response.status).toBe(row.status)
  meet(response)
  if (row.body) expect(await response.json()).toMatchObject(row.body)
})

test.each(Venice.topUpCodes)('error: top-up 400 %s', async (code) => {
  await using it = await setup()
  const response = await it.api.topUp(await refusals[code](it))
  expect(response.status).toBe(400)
  meet(response)
  expect(await response.json()).toMatchObject({
    details: { reason: expect.any(String) },
    error: code,
    message: expect.any(String),
  })
  expect((await it.api.state()).settlements).toEqual([])
})

test('behavior: every row of the table of fidelity is an answer that can be met', () => {
  // Fixtures have a test of their own: answerAsObserved.test.ts.
  expect([...met, 'fixture'].toSorted()).toEqual(Object.keys(fidelity).toSorted())
})

test.each([
  ['/chat/completions', /video and wallet API/],
  ['/image/generate', /video and wallet API/],
  ['/embeddings', /video and wallet API/],
  ['/audio/speech', /video and wallet API/],
  ['/api_keys', /video and wallet API/],
  ['/chatter', /^Not found$/],
  ['/video/nothing', /^Not found$/],
])('error: %s is not here, and is told why', async (path, words) => {
  await using it = await setup()
  const response = await it.api.call(path, { body: {}, header: '' })
  const { error } = (await response.json()) as { error: string }
  expect({ error, status: response.status }).toEqual({
    error: expect.stringMatching(words),
    status: 404,
  })
})

test('behavior: the page of fidelity is what the table says', async () => {
  const lines = Object.entries(fidelity).map(
    ([key, [label, source, says]]) => `| \`${key}\` | ${label} | ${says} | ${source} |`,
  )
  const page = [
    '# How true the sandbox is',
    '',
    'Each answer of the API says in `X-Sandbox-Fidelity` how sure it is that Venice answers like this, and in',
    '`X-Sandbox-Answer` which row of this table says so. `--behavior live` follows the newest notes and recorded',
    'traffic, `documented` the OpenAPI document. The table is `src/sandbox/fidelity.ts`; after a change there,',
    '`npx vitest run test/sandbox/answers.test.ts -u` writes this page.',
    '',
    ...Object.entries(sources).map(([name, says]) => `- **${name}**: ${says}.`),
    '',
    '| answer | how sure | what it is | source |',
    '| --- | --- | --- | --- |',
    ...lines,
    '',
  ]
  await expect(page.join('\n')).toMatchFileSnapshot('../../docs/fidelity.md')
})

test('behavior: every code in the source has a row', () => {
  const folder = new URL('../../src/sandbox/', import.meta.url)
  const files = readdirSync(folder, { recursive: true }).map(String)
  const text = files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(new URL(file, folder), 'utf8'))
    .join('\n')
  const used = [...text.matchAll(/(?:code|error): '([A-Z][A-Z0-9_]{4,}|needs_consent)'/g)]
  const codes = new Set(used.map(([, code]) => code ?? ''))
  // Tested where concurrency is, in faults.test.ts.
  codes.delete('X402_CONCURRENCY_LIMIT')
  codes.delete('INVALID_INPUT') // our own error, not an answer
  codes.delete('INVALID_CONFIG')
  const covered = `${Object.keys(rows).join(' ')} ${Venice.topUpCodes.join(' ')}`
  expect(codes.size).toBeGreaterThan(5)
  for (const code of codes) expect(covered).toContain(code)
})

test('behavior: limits tell when they end, in seconds and in Unix milliseconds', async () => {
  await using it = await setup()
  const response = await again(41, () => queue(it, {}))
  const seconds = Number(response.headers.get('retry-after'))
  expect(seconds).toBeGreaterThan(50)
  const reset = Number(response.headers.get('x-ratelimit-reset-requests'))
  expect(Math.abs(reset - Date.now() - 60_000)).toBeLessThan(5_000)
  await it.api.control('/time', { advance_ms: seconds * 1_000 })
  expect((await queue(it, {})).status).toBe(402)
})

test('behavior: routes about the wallet do not tell when their limit ends', async () => {
  await using it = await setup()
  const balance = () => it.api.call(`/x402/balance/${it.person.address}`)
  for (const response of [await again(11, () => it.api.topUp('')), await again(31, balance)]) {
    expect(response.status).toBe(429)
    expect(await response.json()).toEqual({ error: 'Rate limit exceeded. Please try again later.' })
    expect([...response.headers.keys()].filter((name) => /ratelimit|retry/.test(name))).toEqual([])
  }
})

test('behavior: inference answers tell what is left of the minute, and when it ends', async () => {
  await using it = await setup()
  const first = await queue(await filled(it))
  const second = await queue(it, {})
  const left = [first, second].map(({ headers }) => headers.get('x-ratelimit-remaining'))
  expect(left).toEqual(['39', '38'])
  const resets = Number(second.headers.get('x-ratelimit-resets'))
  expect(Math.abs(resets - Date.now() - 60_000)).toBeLessThan(10_000)
})

test('behavior: the challenges are priced at what is suggested, and name what they are for', async () => {
  await using it = await setup()
  const { api, person, sandbox } = it
  const open = await api.call('/video/queue', { body: tiny, header: '' })
  const poor = await queue(it)
  const reader = await api.call(`/x402/balance/${person.address}`, { header: '' })
  const headerOf = ({ headers }: Response) =>
    JSON.parse(Buffer.from(headers.get('payment-required') ?? '', 'base64').toString()) as object
  const priced = [
    { amount: '10000000', network: 'eip155:84532' },
    { amount: '10000000', extra: { feePayer: expect.any(String) }, network: 'solana' },
  ]
  const url = `${sandbox.apiUrl}/video/queue`
  const challenge = { 'sign-in-with-x': { info: { uri: url } } }
  const error = 'Authentication required'
  expect(await open.json()).toMatchObject({ accepts: priced, error, extensions: challenge })
  expect(headerOf(open)).toMatchObject({ accepts: priced, error, resource: { url } })
  expect(headerOf(poor)).toMatchObject({
    accepts: priced,
    error: 'Payment required',
    extensions: challenge,
    resource: { url },
  })
  const body = (await poor.json()) as object
  expect(body).toMatchObject({
    minimumTopUpUsd: 5,
    topUpInstructions: { minimumAmountUsd: 5, step3: expect.stringContaining('X-402-Payment') },
  })
  expect(body).not.toHaveProperty('message')
  expect(await reader.json()).toMatchObject({ accepts: [], error })
  expect(headerOf(reader)).toMatchObject({ accepts: [], error })
})

test('options: behavior', async () => {
  for (const [behavior, header, id] of [
    ['live', 'X-402-Payment', /^x402-[0-9a-f]{32}$/],
    ['current', 'X-402-Payment', /^x402-[0-9a-f]{32}$/],
    ['documented', 'PAYMENT-SIGNATURE', /^payment_/],
  ] as const) {
    await using it = await setup({ behavior })
    const { topUpInstructions } = (await (await queue(it)).json()) as {
      topUpInstructions: { step3: string }
    }
    expect(topUpInstructions.step3).toContain(header)
    await fund(it)
    const { data } = (await (await it.api.topUp(await it.api.payment())).json()) as {
      data: { paymentId: string }
    }
    expect(data.paymentId).toMatch(id)
  }
})

test('behavior: what is locked out for failures is one model, for thirty seconds', async () => {
  await using it = await setup()
  const call = async (model: string) =>
    (await it.api.call('/video/queue', { body: { model }, header: 'bad' })).status
  for (let count = 0; count < 51; count += 1) expect(await call('a')).toBe(401)
  expect(await call('a')).toBe(429)
  expect(await call('b')).toBe(401)
  await it.api.control('/time', { advance_ms: 30_001 })
  expect(await call('a')).toBe(401)
})

test('behavior: no credentials, no JSON and too large a body lock nobody out', async () => {
  await using it = await setup({ limits: 'venice' })
  const call = async (body: unknown, header: string) =>
    (await it.api.call('/video/quote', { body, header })).status
  for (let count = 0; count < 60; count += 1) {
    expect((await it.api.call('/video/queue', { body: tiny, header: '' })).status).toBe(402)
    expect(await call('{', '')).toBe(400)
  }
  expect(await call(shortVideo, '')).toBe(200)
})

test('behavior: X-Balance-Remaining only where it is documented', async () => {
  for (const [behavior, expected] of [
    ['live', null],
    ['documented', '4.94'],
  ] as const) {
    await using it = await setup({ behavior })
    const response = await queue(await filled(it), tiny)
    expect(response.headers.get('x-balance-remaining')).toBe(expected)
  }
})
