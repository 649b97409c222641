import { connect, type Socket } from 'node:net'

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { expect, test } from 'vitest'

import { serveHttp } from '../../src/mcp/serveHttp.js'
import { call, good, initialize, messageOf, send, startCounter } from './support/http.js'

/** Writes bytes to the server and gives all it says until it hangs up. */
async function raw(url: string, bytes: string, after?: (socket: Socket) => void): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {}) // a reset is an answer, too
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  socket.write(bytes)
  after?.(socket)
  await new Promise((resolve) => socket.once('close', resolve))
  return text
}

const head = (url: string, session: string, more: string) =>
  `POST /mcp HTTP/1.1\r\nHost: ${new URL(url).host}\r\nAuthorization: Bearer first-token\r\n` +
  `Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n` +
  `Mcp-Session-Id: ${session}\r\n${more}\r\n`

test('default: a client of the official SDK connects, calls and ends its session', async () => {
  await using server = await startCounter()
  const transport = new StreamableHTTPClientTransport(new URL(server.url), {
    requestInit: { headers: { authorization: 'Bearer first-token' } },
  })
  const client = new Client({ name: 'test', version: '0' })
  await client.connect(transport as Parameters<Client['connect']>[0])
  expect(await client.callTool({ name: 'count' })).toMatchObject({ content: [{ text: 'run 1' }] })
  const session = transport.sessionId
  await transport.terminateSession()
  await client.close()
  const gone = await send(server.url, { body: call(), headers: good('first-token', session) })
  expect(gone.status).toBe(404)
  expect(server.seen.runs).toBe(1)
})

test('error: a session belongs to whoever opened it, and nobody chooses its id', async () => {
  await using server = await startCounter()
  const session = await server.open('first-token')
  const foreign = { body: call(), headers: good('second-token', session) }
  expect((await send(server.url, foreign)).status).toBe(404)
  expect((await send(server.url, { ...foreign, body: '', method: 'DELETE' })).status).toBe(404)
  expect((await send(server.url, { ...foreign, body: '', method: 'GET' })).status).toBe(404)

  const chosen = good('second-token', '00000000-0000-4000-8000-000000000000')
  expect((await send(server.url, { body: initialize, headers: chosen })).status).toBe(404)
  expect((await send(server.url, { body: call(), headers: chosen })).status).toBe(404)
  expect((await send(server.url, { body: call(), headers: good('first-token') })).status).toBe(400)
  expect(server.seen.runs).toBe(0)

  const own = { body: call(), headers: good('first-token', session) }
  expect((await send(server.url, { ...own, body: initialize })).status).toBe(400)
  expect((await send(server.url, own)).status).toBe(200)
  expect((await send(server.url, { ...own, body: '', method: 'DELETE' })).status).toBe(200)
  expect((await send(server.url, own)).status).toBe(404)
})

test.each<[string | undefined, number, string?]>([
  ['application/json, text/event-stream', 200, 'text/event-stream'],
  ['text/event-stream;q=0.9, application/json', 200, 'text/event-stream'],
  ['*/*, text/event-stream', 200, 'text/event-stream'],
  ['*/*', 200, 'application/json'],
  ['application/json', 200, 'application/json'],
  ['application/*', 200, 'application/json'],
  ['text/html, */*;q=0.1', 200, 'application/json'],
  [undefined, 200, 'application/json'],
  ['text/html', 406],
  ['text/event-stream', 406],
])(
  'behavior: a client that accepts %s is answered in a type that it takes',
  async (accept, status, type) => {
    await using server = await startCounter()
    const { accept: _, ...rest } = good('first-token')
    const headers = { ...rest, ...(accept !== undefined && { accept }) }
    const begun = await send(server.url, { body: initialize, headers })
    expect(begun.status).toBe(status)
    if (status !== 200) return
    const session = { ...headers, 'mcp-session-id': String(begun.headers['mcp-session-id']) }
    const answer = await send(server.url, { body: call(), headers: session })
    expect([answer.status, answer.headers['content-type']]).toEqual([200, type])
    expect(messageOf(answer)).toMatchObject({ result: { content: [{ text: 'run 1' }] } })
    const body = call().replace('"count"', '"count","arguments":null')
    expect(messageOf(await send(server.url, { body, headers: session }))).toMatchObject({
      result: { content: [{ text: 'run 2' }] },
    })
  },
)

test('options: maxSessions: the session idle the longest makes room, one at work does not', async () => {
  let time = 0
  await using server = await startCounter({ maxSessions: 2, now: () => (time += 1) })
  const [first, second] = [await server.open(), await server.open()]
  const waiting = send(server.url, {
    body: call('wait', 'long'),
    headers: good('first-token', first),
  })
  while (server.seen.runs === 0) await new Promise(setImmediate)
  const third = await server.open()
  const status = async (session: string) =>
    (await send(server.url, { body: call(), headers: good('first-token', session) })).status
  expect([await status(first), await status(second), await status(third)]).toEqual([200, 404, 200])

  const busy = send(server.url, { body: call('wait', 'long'), headers: good('first-token', third) })
  while (server.seen.runs < 4) await new Promise(setImmediate)
  const full = await send(server.url, { body: initialize, headers: good('first-token') })
  expect({ retry: full.headers['retry-after'], status: full.status }).toEqual({
    retry: '10',
    status: 503,
  })
  server.release()
  expect([(await waiting).status, (await busy).status]).toEqual([200, 200])
})

test('options: idle: a session that says nothing for so long is forgotten', async () => {
  let time = 0
  await using server = await startCounter({ idle: 100, now: () => time })
  const session = await server.open()
  const ask = () => send(server.url, { body: call(), headers: good('first-token', session) })
  time = 99
  expect((await ask()).status).toBe(200)
  time = 198
  expect((await ask()).status).toBe(200)
  time = 298
  expect((await ask()).status).toBe(404)
})

test('error: a session that does not begin properly leaves nothing behind', async () => {
  await using server = await startCounter({ maxSessions: 1 })
  const session = await server.open()
  const body = JSON.stringify({ id: 1, jsonrpc: '2.0', method: 'initialize', params: {} })
  // Each takes the one place and gives it back, or the next could not begin.
  for (const _ of [1, 2, 3])
    expect((await send(server.url, { body, headers: good('first-token') })).status).toBe(400)
  const ask = { body: call(), headers: good('first-token', session) }
  expect((await send(server.url, ask)).status).toBe(404)
  expect(await server.open()).toMatch(/^[\da-f-]{36}$/)
})

test('error: bodies that are no message are refused, and the next one is served', async () => {
  await using server = await startCounter()
  const headers = good('first-token', await server.open())
  const nest = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
  const deep = call().replace('"count"', `"count","arguments":${nest(100_000)}`)
  const flat = call().replace('"count"', `"count","arguments":${nest(20)}`)
  const bodies: [number, Buffer | string][] = [
    [400, ''],
    [400, '{'],
    [400, 'null'],
    [400, '[]'],
    [400, `[${call()}]`],
    [400, '{"jsonrpc":"1.0","id":1,"method":"tools/call"}'],
    [400, Buffer.from([0x7b, 0xff, 0x7d])],
    [400, deep],
    [413, Buffer.alloc(1_048_577, 32)],
    [200, flat],
    [200, call().padEnd(1_048_576)],
  ]
  for (const [status, body] of bodies) {
    const answer = await send(server.url, { body, headers })
    expect({ body: body.slice(0, 40), status: answer.status }).toEqual({
      body: body.slice(0, 40),
      status,
    })
    if (status !== 200) expect(messageOf(answer)).toMatchObject({ error: {}, id: null })
  }
  // Without a declared length the end is only found by counting.
  const chunked = { ...headers, 'transfer-encoding': 'chunked' }
  const body = Buffer.alloc(3_000_000, 32)
  expect((await send(server.url, { body, headers: chunked })).status).toBe(413)
  expect(server.seen.runs).toBe(2)
})

test('error: what comes slowly or without end is cut off, and nothing runs', async () => {
  await using server = await startCounter({ bodyTimeout: 300, headersTimeout: 200 })
  const session = await server.open()
  const slowHead = raw(server.url, 'POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ')
  const slowBody = raw(server.url, head(server.url, session, 'Content-Length: 500\r\n'), (socket) =>
    socket.write(call().slice(0, -1)),
  )
  expect(await slowHead).toMatch(/^HTTP\/1.1 408 /)
  expect(await slowBody).toMatch(/^(HTTP\/1.1 408 |$)/)
  expect(server.seen.runs).toBe(0)
})

test('error: a flood of headers is refused', async () => {
  await using server = await startCounter()
  const session = await server.open()
  const flood = 'X-Flood: 0123456789\r\n'.repeat(2_000)
  expect(await raw(server.url, head(server.url, session, flood))).toMatch(/^HTTP\/1.1 431 /)
  const long = `X-Long: ${'0'.repeat(20_000)}\r\n`
  expect(await raw(server.url, head(server.url, session, long))).toMatch(/^HTTP\/1.1 431 /)
  expect(server.seen.runs).toBe(0)
})

test('error: a request smuggled behind another is not believed', async () => {
  await using server = await startCounter()
  const session = await server.open()
  const both = `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n`
  expect(await raw(server.url, `${head(server.url, session, both)}0\r\n\r\n`)).toMatch(
    /^HTTP\/1.1 400 /,
  )
  expect(server.seen.runs).toBe(0)
})

test('behavior: a client that leaves does not end the call', async () => {
  await using server = await startCounter()
  const session = await server.open()
  const body = call('wait')
  const more = `Content-Length: ${Buffer.byteLength(body)}\r\n`
  await raw(server.url, `${head(server.url, session, more)}${body}`, (socket) => {
    const poll = setInterval(() => {
      if (server.seen.runs === 0) return
      clearInterval(poll)
      socket.destroy()
    }, 5)
  })
  server.release()
  const next = await send(server.url, {
    body: call('count', 2),
    headers: good('first-token', session),
  })
  expect(next.status).toBe(200)
  expect(server.seen).toEqual({ aborted: 0, runs: 2 })
})

test('behavior: stopping lets a call finish, and takes no other', async () => {
  await using server = await startCounter({ grace: 60_000 })
  const session = await server.open()
  const waiting = send(server.url, { body: call('wait'), headers: good('first-token', session) })
  while (server.seen.runs === 0) await new Promise(setImmediate)
  const closed = server.close()
  await expect(server.open()).rejects.toThrow('ECONNREFUSED')
  server.release()
  expect(messageOf(await waiting)).toMatchObject({ result: { content: [{ text: 'run 1' }] } })
  await closed
})

test('behavior: a call that outlasts the grace is cut off, and streams end at once', async () => {
  await using server = await startCounter({ grace: 50 })
  const session = await server.open()
  const headers = good('first-token', session)
  const stream = send(server.url, { headers, method: 'GET' })
  const waiting = send(server.url, { body: call('wait'), headers })
  while (server.seen.runs === 0) await new Promise(setImmediate)
  await server.close()
  await Promise.allSettled([stream, waiting])
  expect(server.seen.aborted).toBe(1)
})

test('error: a port that is taken is said so', async () => {
  await using server = await startCounter()
  const port = Number(new URL(server.url).port)
  const second = serveHttp({ authorize: () => 'a', createServer: () => expect.fail(), port })
  await expect(second).rejects.toMatchObject({ code: 'INVALID_CONFIG', name: 'Mcp.ListenError' })
})
