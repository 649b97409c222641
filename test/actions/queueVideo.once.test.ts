import { expect, test } from 'vitest'

import { getBalance } from '../../src/actions/getBalance.js'
import { queueVideo } from '../../src/actions/queueVideo.js'
import { call } from '../../src/client/call.js'
import { clientOf, fieldOf } from '../support/client.js'
import { serve, serveBytes, serveSockets } from '../support/serve.js'

const body = '{"model":"x","prompt":"y"}'
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Warms connections up, then queues; the handler sees `/video/queue` from then on. */
async function warm(client: ReturnType<typeof clientOf>, count = 3) {
  await Promise.all(Array.from({ length: count }, () => call(client, { path: '/warm' })))
}

test('behavior: idle connections that the server closes meanwhile', async () => {
  await using server = await serve(({ path }) =>
    path.endsWith('queue') ? { model: 'x', queue_id: 'q' } : {},
  )
  await using client = clientOf(server.origin)
  for (let round = 0; round < 10; round += 1) {
    await warm(client)
    server.closeIdle()
    if (round % 2) await later(1)
    expect(await queueVideo(client, { body })).toMatchObject({ kind: 'queued' })
  }
  expect(server.requests.filter(({ path }) => path.endsWith('queue'))).toHaveLength(10)
})

test('behavior: a server that says it keeps connections, and resets whatever comes next on them', async () => {
  let queued = 0
  await using server = await serveSockets((socket) => {
    let seen = 0
    socket.on('data', (chunk) => {
      if (chunk.includes('/video/queue')) queued += 1
      seen += 1
      if (seen > 1) return socket.resetAndDestroy()
      const json = chunk.includes('/video/queue') ? '{"model":"x","queue_id":"q"}' : '{}'
      return socket.write(
        `HTTP/1.1 200 OK\r\nkeep-alive: timeout=60\r\nconnection: keep-alive\r\ncontent-length: ${json.length}\r\n\r\n${json}`,
      )
    })
  })
  await using client = clientOf(server.origin)
  for (let round = 1; round <= 10; round += 1) {
    await warm(client)
    // The paid call never meets such a connection, so that it is never in doubt.
    expect(await queueVideo(client, { body })).toMatchObject({ kind: 'queued' })
    expect(queued).toBe(round)
  }
})

test.each<[string, number]>([
  ['right after accepting', 0],
  ['a moment after accepting', 3],
])('behavior: every connection is reset %s', async (_, ms) => {
  await using server = await serveSockets(
    (socket) => void setTimeout(() => socket.resetAndDestroy(), ms),
  )
  await using client = clientOf(server.origin)
  const outcome = await queueVideo(client, { body })
  expect(['unknown', 'unsent']).toContain(outcome.kind)
  await later(50)
  expect(server.connections()).toBe(1)
})

test.each<[string, string]>([
  ['without a word', ''],
  ['after half a head', 'HTTP/1.1 200 OK\r\nconte'],
  ['after an interim answer', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ['after the head', 'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n'],
  ['after a 408', 'HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'],
  ['after a 421', 'HTTP/1.1 421 Misdirected Request\r\ncontent-length: 0\r\n\r\n'],
  ['after a 425', 'HTTP/1.1 425 Too Early\r\ncontent-length: 0\r\n\r\n'],
  [
    'after a 503 that asks to come back',
    'HTTP/1.1 503 X\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n',
  ],
])('behavior: the request is read, and the connection ends %s', async (_, bytes) => {
  for (const end of ['end', 'resetAndDestroy'] as const) {
    await using server = await serveBytes((socket) => {
      socket.write(bytes)
      socket[end]()
    })
    await using client = clientOf(server.origin)
    expect(await queueVideo(client, { body })).toMatchObject({ kind: 'unknown' })
    await later(30)
    expect(server.requests()).toBe(1)
    expect(server.connections()).toBe(1)
  }
})

test('behavior: what may be repeated is, with a fresh nonce, on the same kind of server', async () => {
  const data = {
    balanceUsd: 1,
    canConsume: true,
    minimumTopUpUsd: 5,
    suggestedTopUpUsd: 5,
    walletAddress: 'x',
  }
  await using server = await serve((_, count) => {
    if (count < 3) throw new Error('dropped')
    return { data, success: true }
  })
  await using client = clientOf(server.origin)
  expect(await getBalance(client)).toMatchObject({ balanceUsd: 1_000_000n })
  expect(new Set(server.requests.map((seen) => fieldOf(seen, 'Nonce'))).size).toBe(3)
})

test('behavior: a hundred at once, of which half are dropped: a hundred requests', async () => {
  let count = 0
  await using server = await serve(({ path }) => {
    if (!path.endsWith('queue')) return {}
    count += 1
    if (count % 2) throw new Error('dropped')
    return { model: 'x', queue_id: String(count) }
  })
  await using client = clientOf(server.origin)
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, () => queueVideo(client, { body })),
  )
  const kinds = outcomes.map(({ kind }) => kind)
  expect([
    kinds.filter((kind) => kind === 'queued').length,
    kinds.filter((kind) => kind === 'unknown').length,
  ]).toEqual([50, 50])
  expect(server.requests).toHaveLength(100)
  expect(new Set(server.requests.map((seen) => fieldOf(seen, 'Nonce'))).size).toBe(100)
})
