import { expect, test } from 'vitest'

import { createWalletFetch } from '../../src/client/createWalletFetch.js'
import { fieldOf, network, proofOf, wallet } from '../support/client.js'
import { serve } from '../support/serve.js'

async function setup() {
  const server = await serve(() => ({ ok: true }))
  const walletFetch = createWalletFetch({ baseUrl: `${server.origin}/api/v1`, network, wallet })
  return {
    fetch: walletFetch,
    server,
    url: `${server.origin}/api/v1/chat/completions`,
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  }
}

test('default: it is a fetch, and every request is signed afresh', async () => {
  await using setting = await setup()
  const response = await setting.fetch(setting.url)
  expect([response.status, await response.json()]).toEqual([200, { ok: true }])
  await setting.fetch(setting.url)
  const [first, second] = setting.server.requests
  expect(proofOf(first!)).toMatchObject({ address: wallet.address, chainId: 84532 })
  expect(fieldOf(first!, 'URI')).toBe(setting.url)
  expect(fieldOf(first!, 'Nonce')).not.toBe(fieldOf(second!, 'Nonce'))
})

test('behavior: it fits where a fetch is asked for', async () => {
  await using setting = await setup()
  const sdk = async (options: {
    fetch: (
      input: string | URL | Request,
      init?: RequestInit,
    ) => Promise<{ json(): Promise<unknown>; status: number }>
  }) => options.fetch(new URL(setting.url), { method: 'PUT' })
  expect((await sdk({ fetch: setting.fetch })).status).toBe(200)
  expect(setting.server.requests[0]?.method).toBe('PUT')
})

test.each<[string, NonNullable<RequestInit['headers']>]>([
  ['an object', { Authorization: 'Bearer placeholder', 'X-One': '1' }],
  [
    'a list',
    [
      ['AUTHORIZATION', 'Bearer placeholder'],
      ['X-One', '1'],
    ],
  ],
  ['Headers', new Headers({ authorization: 'Bearer placeholder', 'x-one': '1' })],
])('behavior: headers as %s travel, the placeholder key does not', async (_, headers) => {
  await using setting = await setup()
  await setting.fetch(setting.url, { headers })
  const seen = setting.server.requests[0]!
  expect(seen.headers['x-one']).toBe('1')
  expect(seen.headers.authorization).toBeUndefined()
  expect(proofOf(seen).address).toBe(wallet.address)
})

test('behavior: a sign-in of the caller does not travel, in either name', async () => {
  await using setting = await setup()
  await setting.fetch(setting.url, {
    headers: { 'sign-in-with-x': 'aaaa', 'X-SIGN-IN-WITH-X': 'bbbb' },
  })
  const { headers } = setting.server.requests[0]!
  expect(headers['x-sign-in-with-x']).toBeUndefined()
  expect(proofOf({ headers }).address).toBe(wallet.address)
})

test('behavior: a Request of the platform', async () => {
  await using setting = await setup()
  const request = new Request(setting.url, {
    body: '{"a":1}',
    headers: { authorization: 'x', 'content-type': 'application/json' },
    method: 'POST',
  })
  expect((await setting.fetch(request)).status).toBe(200)
  expect(setting.server.requests[0]).toMatchObject({ json: { a: 1 }, method: 'POST' })
  expect(setting.server.requests[0]?.headers).toMatchObject({ 'content-type': 'application/json' })
})

test('behavior: init wins over the Request', async () => {
  await using setting = await setup()
  const request = new Request(setting.url, { headers: { 'x-one': '1' } })
  await setting.fetch(request, { body: '{}', headers: { 'x-two': '2' }, method: 'POST' })
  expect(setting.server.requests[0]).toMatchObject({
    headers: { 'x-two': '2' },
    method: 'POST',
    text: '{}',
  })
})

test.each<[string, () => NonNullable<RequestInit['body']>, string | undefined]>([
  ['text', () => '{"ü":1}', 'text/plain;charset=UTF-8'],
  ['bytes', () => Buffer.from('{"ü":1}'), undefined],
  ['a blob', () => new Blob(['{"ü":1}'], { type: 'application/json' }), 'application/json'],
  ['a stream', () => new Blob(['{"ü":1}']).stream(), undefined],
])('behavior: a body as %s', async (_, body, type) => {
  await using setting = await setup()
  await setting.fetch(setting.url, { body: body(), method: 'POST' })
  expect(setting.server.requests[0]).toMatchObject({ json: { ü: 1 } })
  expect(setting.server.requests[0]?.headers['content-type']).toBe(type)
})

test('behavior: forms', async () => {
  await using setting = await setup()
  const form = new FormData()
  form.set('name', 'Zecchino')
  await setting.fetch(setting.url, { body: form, method: 'POST' })
  const query = new URLSearchParams({ a: '1' })
  await setting.fetch(setting.url, { body: query, method: 'POST' })
  const [first, second] = setting.server.requests
  expect(first?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
  expect(first?.text).toContain('\r\n\r\nZecchino\r\n')
  expect(second?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/)
  expect(second?.text).toBe('a=1')
})

test('behavior: statuses are answers, 402 too', async () => {
  await using server = await serve(() => Response.json({ error: 'pay' }, { status: 402 }))
  const walletFetch = createWalletFetch({ baseUrl: server.origin, network, wallet })
  expect((await walletFetch(server.url)).status).toBe(402)
  expect(server.requests).toHaveLength(1)
})

test.each([
  ['another host', (url: string) => url.replace('127.0.0.1', 'localhost')],
  ['another port', (url: string) => url.replace(/:\d+/, ':1')],
  ['another scheme', (url: string) => url.replace('http:', 'https:')],
])('error: %s gets nothing, in whatever form', async (_, change) => {
  await using setting = await setup()
  const url = change(setting.url)
  for (const input of [url, new URL(url), new Request(url)])
    await expect(setting.fetch(input)).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' })
  expect(setting.server.connections()).toBe(0)
})

test.each([301, 302, 303, 307, 308])('error: a %d elsewhere gets nothing', async (status) => {
  await using other = await serve(() => ({}))
  const headers = { location: other.url }
  await using server = await serve(() => new Response(null, { headers, status }))
  const walletFetch = createWalletFetch({ baseUrl: server.origin, network, wallet })
  for (const redirect of ['follow', 'manual'] as const)
    await expect(walletFetch(server.url, { redirect })).rejects.toMatchObject({
      code: 'REDIRECT_REFUSED',
    })
  expect(other.connections()).toBe(0)
})

test('error: the caller gives up', async () => {
  await using server = await serve(() => new Promise<Response>(() => {}))
  const walletFetch = createWalletFetch({ baseUrl: server.origin, network, wallet })
  await expect(walletFetch(server.url, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
    name: 'TimeoutError',
  })
})
