import type { Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'

import { describe, expect, test } from 'vitest'

import { getBalance } from '../../src/actions/getBalance.js'
import { listModels } from '../../src/actions/listModels.js'
import { call } from '../../src/client/call.js'
import * as Errors from '../../src/Errors.js'
import { clientOf } from '../support/client.js'
import { serve, serveBytes, serveSockets } from '../support/serve.js'

const mega = 1024 * 1024
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** How far the memory of this process grows while something runs, in bytes. */
async function growthOf(run: () => Promise<unknown>): Promise<number> {
  collect()
  const before = process.memoryUsage.rss()
  let most = before
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 2)
  await run()
  clearInterval(watch)
  return Math.max(most, process.memoryUsage.rss()) - before
}

/** A body that goes on for so many megabytes, at the speed of whoever reads it. */
function endless(chunk: Uint8Array, count: number) {
  let sent = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent >= count) return controller.close()
      sent += 1
      controller.enqueue(chunk)
    },
  })
  return { body, sent: () => sent }
}

describe('size', () => {
  test.each([
    ['300 MB of text', Buffer.alloc(mega, 'x'), {}],
    [
      '300 MB from a thousandth of it',
      gzipSync(Buffer.alloc(mega)),
      { 'content-encoding': 'gzip' },
    ],
    [
      '300 MB of JSON',
      Buffer.from(`["${'x'.repeat(mega - 4)}",`),
      { 'content-type': 'application/json' },
    ],
  ])('error: %s', async (_, chunk, headers) => {
    let body = endless(chunk, 300)
    await using server = await serve(() => {
      body = endless(chunk, 300)
      return new Response(body.body, { headers })
    })
    await using client = clientOf(server.origin)
    await call(client, { path: '/warm-up' }).catch(() => 'refused')

    const growth = await growthOf(async () => {
      await expect(call(client, { path: '/x' })).rejects.toMatchObject({
        code: 'RESPONSE_TOO_LARGE',
        moneyMoved: 'no',
      })
    })
    expect(growth).toBeLessThan(64 * mega)
    expect(server.requests).toHaveLength(2)
    if (chunk.length > mega / 2) expect(body.sent()).toBeLessThan(60)
  })

  test('behavior: a megabyte is read, one byte more is not', async () => {
    await using server = await serve(
      ({ path }) => new Response(' '.repeat(mega + (path.endsWith('more') ? 1 : 0))),
    )
    await using client = clientOf(server.origin)
    expect((await call(client, { path: '/x' })).text).toHaveLength(mega)
    await expect(call(client, { path: '/more' })).rejects.toMatchObject({
      code: 'RESPONSE_TOO_LARGE',
    })
  })

  test('behavior: of an error 64 kB are read, and what is longer says nothing', async () => {
    const says = JSON.stringify({ error: 'INVALID_REQUEST' })
    await using server = await serve(({ path }) => {
      const pad = ' '.repeat(mega / 16 - says.length + (path.endsWith('more') ? 1 : 0))
      return new Response(says + pad, { status: 400 })
    })
    await using client = clientOf(server.origin)
    expect(await call(client, { path: '/x' })).toMatchObject({ json: JSON.parse(says) })
    const cut = await call(client, { path: '/more' })
    expect(cut).toMatchObject({ json: undefined, status: 400 })
    expect(cut.text).toHaveLength(mega / 16)
  })

  test('error: a header of 300 kB', async () => {
    await using server = await serveBytes(
      `HTTP/1.1 200 OK\r\nx-pad: ${'x'.repeat(300_000)}\r\ncontent-length: 2\r\n\r\n{}`,
    )
    await using client = clientOf(server.origin)
    const refused = call(client, { path: '/x', repeatable: false })
    await expect(refused).rejects.toMatchObject({ code: 'API_UNREACHABLE', sent: true })
  })

  test('error: 100,000 headers', async () => {
    await using server = await serveBytes(
      `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(100_000)}content-length: 2\r\n\r\n{}`,
    )
    await using client = clientOf(server.origin)
    await expect(call(client, { path: '/x', repeatable: false })).rejects.toBeInstanceOf(
      Errors.BaseError,
    )
  })

  test('error: encodings upon encodings', async () => {
    const bomb = gzipSync(gzipSync(Buffer.alloc(64 * mega)))
    await using server = await serve(
      () => new Response(bomb, { headers: { 'content-encoding': 'gzip, gzip' } }),
    )
    await using many = await serve(
      () => new Response('x', { headers: { 'content-encoding': Array(20).fill('gzip').join() } }),
    )
    await using client = clientOf(server.origin)
    const growth = await growthOf(() =>
      expect(call(client, { path: '/x' })).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' }),
    )
    expect(growth).toBeLessThan(64 * mega)
    await using other = clientOf(many.origin)
    await expect(call(other, { path: '/x', repeatable: false })).rejects.toBeInstanceOf(
      Errors.BaseError,
    )
  })
})

describe('shape', () => {
  const depth = 60_000
  test.each([
    ['depth', `${'['.repeat(depth)}${']'.repeat(depth)}`],
    [
      'depth where a balance should be',
      `{"success":true,"data":${'{"balanceUsd":'.repeat(depth)}1${'}'.repeat(depth)}}`,
    ],
    [
      'a poisoned prototype',
      '{"__proto__":{"success":true,"data":{"balanceUsd":100,"canConsume":true}}}',
    ],
    ['a constructor', '{"constructor":{"prototype":{"success":true}}}'],
    ['nothing', ''],
    ['null', 'null'],
    ['100,000 numbers', `[${'1,'.repeat(100_000)}1]`],
    [
      '100,000 fields',
      `{${Array.from({ length: 100_000 }, (__, field) => `"${field}":1`).join()}}`,
    ],
    ['bytes that are no text', '\xff\xfe\x00\x01'],
    [
      'endless money',
      '{"success":true,"data":{"walletAddress":"x","balanceUsd":1e999,"canConsume":true,"minimumTopUpUsd":5,"suggestedTopUpUsd":5}}',
    ],
  ])('error: %s', async (_, text) => {
    await using server = await serve(() => new Response(text))
    await using client = clientOf(server.origin)
    await expect(getBalance(client)).rejects.toMatchObject({
      code: 'API_MALFORMED',
      moneyMoved: 'no',
    })
    await expect(listModels(client)).rejects.toMatchObject({ code: 'API_MALFORMED' })
    expect({}).not.toHaveProperty('success')
    expect(Object.prototype).not.toHaveProperty('data')
  })

  test.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['half a status', 'HTTP/1.1 20'],
    ['a status of another world', 'HTTP/1.1 999999 Yes\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}'],
    [
      'length and chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}',
    ],
    ['a chunk of no size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n'],
    ['less than was promised', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}'],
    [
      'an upgrade',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
    ],
  ])('error: %s', async (_, bytes) => {
    await using server = await serveBytes((socket) => socket.end(bytes))
    await using client = clientOf(server.origin)
    const refused = call(client, { body: {}, path: '/x', repeatable: false })
    await expect(refused).rejects.toMatchObject({ code: 'API_UNREACHABLE', sent: true })
    expect(server.requests()).toBe(1)
  })
})

describe('time', () => {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n'
  const drip = (socket: Socket, text: string) => {
    const timer = setInterval(() => socket.write(text), 30)
    socket.on('close', () => clearInterval(timer))
  }
  test.each<[string, (socket: Socket) => void]>([
    ['nothing is read', (socket) => void socket.pause()],
    ['nothing is said', () => {}],
    ['half a status line', (socket) => void socket.write('HTTP/1.1 2')],
    [
      'headers by the letter',
      (socket) => drip(socket.write('HTTP/1.1 200 OK\r\n') ? socket : socket, 'x: y\r\n'),
    ],
    ['a head and no body', (socket) => void socket.write(head)],
    [
      'a body by the letter',
      (socket) =>
        drip(socket.write(head.replace('length: 20', 'length: 9999')) ? socket : socket, ' '),
    ],
    ['all but the last byte', (socket) => void socket.write(`${head}${' '.repeat(19)}`)],
  ])('error: %s', async (_, behave) => {
    await using server = await serveSockets((socket) => {
      socket.resume()
      behave(socket)
    })
    await using client = clientOf(server.origin)
    const began = performance.now()
    const late = call(client, { body: { pad: 'x'.repeat(1000) }, deadline: 250, path: '/x' })
    await expect(late).rejects.toMatchObject({ code: 'API_TIMEOUT', moneyMoved: 'no' })
    expect(performance.now() - began).toBeLessThan(1_250)
    expect(server.connections()).toBe(1)
  })
})
