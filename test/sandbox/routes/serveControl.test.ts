import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'

import { expect, test } from 'vitest'

import { setup, shortVideo } from '../support/client.js'

test('behavior: USDC and credit to the micro-dollar, from text or number', async () => {
  await using it = await setup()
  const { api, person } = it
  const address = person.address
  await api.control('/fund', { address, usdc: '0.000001' })
  await api.control('/fund', { address, usdc: 2.1 })
  await api.control('/credit', { address, usd: '0.1' })
  await api.control('/credit', { address, usd: 0.2 })
  expect((await api.state()).wallets).toEqual([
    { address: address.toLowerCase(), credit_usd: '0.3', usdc: '2.100001' },
  ])
})

test('error: bodies that are not understood', async () => {
  await using it = await setup()
  const post = async (path: string, body: string) =>
    (await fetch(it.sandbox.controlUrl + path, { body, method: 'POST' })).status
  expect(await post('/fund', '{')).toBe(400)
  expect(await post('/fund', '{"address":"0x1","usdc":"1"}')).toBe(400)
  expect(await post('/fund', `{"address":"${it.person.address}","usdc":"-1"}`)).toBe(400)
  expect(await post('/credit', '{"usd":"1"}')).toBe(400)
  expect(await post('/time', '{"advance_ms":-1}')).toBe(400)
  expect(await post('/faults', '[{}]')).toBe(400)
})

test('error: a page of another site gets nothing', async () => {
  await using it = await setup()
  const call = async (origin: string) =>
    (await fetch(`${it.sandbox.controlUrl}/state`, { headers: { origin } })).status
  expect(await call('https://example.com')).toBe(403)
  expect(await call(it.sandbox.url)).toBe(200)
})

/** Calls as whoever got here by another name, which a browser sends as Host and cannot change. */
async function callAs(url: string, options: { headers: Record<string, string>; method: string }) {
  const asked = request(url, options)
  asked.end(options.method === 'POST' ? '{}' : undefined)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode
}

test.each([
  ['GET', '/state'],
  ['GET', '/time'],
  ['POST', '/time'],
  ['POST', '/fund'],
  ['POST', '/credit'],
  ['POST', '/faults'],
  ['DELETE', '/faults'],
  ['POST', '/reset'],
  ['POST', '/models'],
  ['POST', '/rpc'],
])('error: %s %s by a name that leads here by now', async (method, path) => {
  await using it = await setup()
  const { controlUrl, url } = it.sandbox
  const { host, port } = new URL(url)
  for (const name of [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '[::2]',
  ]) {
    const headers = { host: `${name}:${port}`, origin: `http://${name}:${port}` }
    expect(await callAs(controlUrl + path, { headers, method })).toBe(403)
    expect(await callAs(controlUrl + path, { headers: { host: headers.host }, method })).toBe(403)
  }
  for (const own of [host, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`])
    expect(await callAs(controlUrl + path, { headers: { host: own }, method })).not.toBe(403)
})

test('behavior: the newest requests only, when asked, and everything after a reset is gone', async () => {
  await using it = await setup()
  const { api, person } = it
  for (let count = 0; count < 3; count += 1) await api.call('/models', { header: '' })
  const some = (await api.control('/state?requests=2')) as { requests: object[] }
  expect(some.requests).toMatchObject([{ seq: 2 }, { seq: 3 }])
  await api.control('/fund', { address: person.address, usdc: '1' })
  await api.control('/time', { advance_ms: 1e9 })
  await api.control('/reset', {})
  expect(await api.state()).toMatchObject({ requests: [], rows: [], wallets: [] })
  expect(Math.abs((await api.time()).getTime() - Date.now())).toBeLessThan(5_000)
})

test('behavior: a finished video can be watched from any place in it', async () => {
  await using it = await setup()
  const { api, person, sandbox } = it
  await api.control('/credit', { address: person.address, usd: '5' })
  const queued = await api.call('/video/queue', { body: shortVideo })
  const job = (await queued.json()) as { model: string; queue_id: string }
  const url = `${sandbox.controlUrl}/videos/${job.queue_id}`
  expect((await fetch(`${sandbox.controlUrl}/videos/nope`)).status).toBe(404)
  const whole = Buffer.from(await (await api.wait(job)).arrayBuffer())
  const size = whole.length
  const ranges: [range: string, status: number, start: number, end: number][] = [
    ['bytes=0-', 206, 0, size],
    ['bytes=10-19', 206, 10, 20],
    ['bytes=-5', 206, size - 5, size],
    [`bytes=${size - 2}-${size + 9}`, 206, size - 2, size],
    ['bytes=nonsense', 200, 0, size],
  ]
  for (const [range, status, start, end] of ranges) {
    const response = await fetch(url, { headers: { range } })
    expect(response.status).toBe(status)
    const bytes = Buffer.from(await response.arrayBuffer())
    expect(bytes.equals(whole.subarray(start, end))).toBe(true)
    if (status === 206)
      expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${size}`)
  }
  expect((await fetch(url, { headers: { range: `bytes=${size}-` } })).status).toBe(416)
})
