import { describe, expect, test } from 'vitest'

import { call } from '../../src/client/call.js'
import { clientOf } from '../support/client.js'
import { serve, serveSockets } from '../support/serve.js'

const path = '/x402/balance/0x1?secret=1'

/** Answers with these statuses one after the other, then with 200. */
function statuses(...list: [status: number, headers?: Record<string, string>][]) {
  return serve((_, count) => {
    const [status, headers = {}] = list[count - 1] ?? [200]
    return new Response(status === 200 ? '{"ok":true}' : 'not now', { headers, status })
  })
}

describe('what passes is repeated', () => {
  test.each([429, 500, 502, 503, 504])('behavior: %d', async (status) => {
    await using server = await statuses([status], [status])
    await using client = clientOf(server.origin)
    expect(await call(client, { path })).toMatchObject({ json: { ok: true }, status: 200 })
    expect(server.requests).toHaveLength(3)
    expect(client.pauses).toEqual([250, 500])
  })

  test('behavior: a lost connection', async () => {
    await using server = await serve((_, count) => {
      if (count < 3) throw new Error('dropped')
      return {}
    })
    await using client = clientOf(server.origin)
    expect(await call(client, { path })).toMatchObject({ status: 200 })
    expect(server.requests).toHaveLength(3)
  })

  test('behavior: four sends in all, then the last answer counts', async () => {
    await using server = await serve(() => new Response('{}', { status: 503 }))
    await using client = clientOf(server.origin)
    expect(await call(client, { path })).toMatchObject({ status: 503 })
    expect(server.requests).toHaveLength(4)
    expect(client.pauses).toEqual([250, 500, 1_000])
  })

  test('behavior: each repetition is told, without the query', async () => {
    await using server = await statuses([503])
    await using client = clientOf(server.origin)
    await call(client, { path })
    const own = '/api/v1/x402/balance/0x1'
    expect(client.events).toMatchObject([
      { method: 'GET', path: own, status: 503, type: 'request.answered' },
      { attempt: 1, path: own, reason: 'status 503', type: 'request.retried', waitMs: 250 },
      { method: 'GET', path: own, status: 200, type: 'request.answered' },
    ])
    expect(JSON.stringify(client.events)).not.toContain('secret')
  })
})

describe('what does not pass is not', () => {
  test.each([400, 401, 402, 403, 404, 409, 410, 413, 418, 422, 501, 505])(
    'behavior: %d is an answer',
    async (status) => {
      await using server = await statuses([status])
      await using client = clientOf(server.origin)
      expect(await call(client, { path })).toMatchObject({ status })
      expect(server.requests).toHaveLength(1)
    },
  )

  test.each([429, 500, 502, 503, 504])(
    'behavior: %d to what may not be repeated',
    async (status) => {
      await using server = await statuses([status])
      await using client = clientOf(server.origin)
      const answer = await call(client, { body: {}, path, repeatable: false })
      expect(answer).toMatchObject({ status })
      expect(server.requests).toHaveLength(1)
    },
  )

  test('error: a lost connection of what may not be repeated', async () => {
    await using server = await serve(() => {
      throw new Error('dropped')
    })
    await using client = clientOf(server.origin)
    const lost = call(client, { body: {}, path, repeatable: false })
    await expect(lost).rejects.toMatchObject({ code: 'API_UNREACHABLE', sent: true })
    expect(server.requests).toHaveLength(1)
  })
})

describe('Retry-After', () => {
  const now = new Date('2026-10-01T12:00:00Z')
  test.each<[string, Record<string, string>, number]>([
    ['seconds', { 'retry-after': '7' }, 7_000],
    ['nothing to wait', { 'retry-after': '0' }, 0],
    ['an hour, of which half a minute is granted', { 'retry-after': '3600' }, 30_000],
    [
      'the reset time in milliseconds',
      { 'x-ratelimit-reset-requests': String(now.getTime() + 4_000) },
      4_000,
    ],
    [
      'seconds before the reset time',
      { 'retry-after': '2', 'x-ratelimit-reset-requests': '9' },
      2_000,
    ],
    ['a reset time that is past', { 'x-ratelimit-reset-requests': '1' }, 250],
    ['a negative number', { 'retry-after': '-5' }, 250],
    ['words', { 'retry-after': 'soon' }, 250],
    ['infinity', { 'retry-after': 'Infinity' }, 250],
    ['a date', { 'retry-after': 'Thu, 01 Oct 2026 12:00:03 GMT' }, 3_000],
    ['a date that is past', { 'retry-after': 'Thu, 01 Oct 2026 11:00:00 GMT' }, 250],
  ])('behavior: %s', async (_, headers, pause) => {
    await using server = await statuses([429, headers])
    await using client = clientOf(server.origin, { now: () => now })
    expect(await call(client, { path })).toMatchObject({ status: 200 })
    expect(client.pauses).toEqual([pause])
  })
})

describe('time', () => {
  test('behavior: all sends share one deadline', async () => {
    await using server = await serveSockets(() => {}) // takes everything, says nothing
    await using client = clientOf(server.origin)
    const began = performance.now()
    const late = call(client, { deadline: 300, path })
    await expect(late).rejects.toMatchObject({ code: 'API_TIMEOUT' })
    expect(performance.now() - began).toBeLessThan(1_300)
    expect(server.connections()).toBe(1)
  })

  test('behavior: no pause outlasts the deadline', async () => {
    await using server = await serve(() => new Response('{}', { status: 503 }))
    await using client = clientOf(server.origin)
    expect(await call(client, { deadline: 200, path })).toMatchObject({ status: 503 })
    expect(client.pauses).toEqual([])
  })

  test('behavior: whoever gives up is not made to wait', async () => {
    const controller = new AbortController()
    await using server = await serve(() => new Response('{}', { status: 503 }))
    await using client = clientOf(server.origin, {
      sleep: async () => controller.abort(),
    })
    const gone = call(client, { path, signal: controller.signal })
    await expect(gone).rejects.toMatchObject({ code: 'API_UNREACHABLE' })
    expect(server.requests).toHaveLength(1)
  })
})
