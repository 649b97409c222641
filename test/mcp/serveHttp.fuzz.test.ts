import { connect } from 'node:net'

import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { call, good, send, startCounter } from './support/http.js'

/** Writes bytes, hangs up, and waits until the server has done so, too. */
function write(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.on('error', () => {}) // a reset is an answer, too
    socket.once('close', () => resolve(text))
    socket.end(bytes)
  })
}

test('behavior: bytes that are nearly a request run nothing, and the server goes on', async () => {
  await using server = await startCounter()
  const { host, port } = new URL(server.url)
  const session = await server.open()
  // A request that lacks nothing but the token, so that whatever is done to it must not run.
  const body = call()
  const request = Buffer.from(
    `POST /mcp HTTP/1.1\r\nHost: ${host}\r\nAccept: application/json, text/event-stream\r\n` +
      `Content-Type: application/json\r\nMcp-Session-Id: ${session}\r\n` +
      `Authorization: Bearer wrong-token\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  const edit = fc.record({
    at: fc.nat(request.length),
    bytes: fc.uint8Array({ maxLength: 12 }),
    skip: fc.nat(12),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 4, minLength: 1 }), async (edits) => {
      const bytes = edits.reduce(
        (all, { at, bytes: more, skip }) =>
          Buffer.concat([all.subarray(0, at), more, all.subarray(at + skip)]),
        request,
      )
      expect(await write(Number(port), bytes)).not.toMatch(/^HTTP\/1.1 (2|5)/)
    }),
    { numRuns: 300 },
  )
  expect(server.seen.runs).toBe(0)
  const after = await send(server.url, { body, headers: good('first-token', session) })
  expect(after.status).toBe(200)
}, 60_000)

test('behavior: any JSON with the right token gets an answer, never a crash', async () => {
  await using server = await startCounter()
  const headers = good('first-token', await server.open())
  const message = fc.record(
    {
      id: fc.oneof(fc.jsonValue(), fc.integer()),
      jsonrpc: fc.oneof({ weight: 5, arbitrary: fc.constant('2.0') }, fc.jsonValue()),
      method: fc.oneof(
        fc.constantFrom('tools/call', 'tools/list', 'ping', 'initialize'),
        fc.string(),
      ),
      params: fc.oneof(fc.jsonValue(), fc.record({ _meta: fc.jsonValue(), name: fc.jsonValue() })),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(message, async (value) => {
      const { status } = await send(server.url, { body: JSON.stringify(value), headers })
      expect([200, 202, 400]).toContain(status)
    }),
    { numRuns: 300 },
  )
  expect((await send(server.url, { body: call('count', 'last'), headers })).status).toBe(200)
}, 60_000)
