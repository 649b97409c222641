import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { openDownload } from '../../src/actions/openDownload.js'
import type { Zecchino } from '../../src/flows/createZecchino.js'
import { receiveFile } from '../../src/flows/receiveFile.js'
import type * as Job from '../../src/Job.js'
import { clientOf } from '../support/client.js'
import { type Seen, serve } from '../support/serve.js'
import { removeFolder } from '../support/removeFolder.js'

const movie = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 31) % 251))
const etag = `"${createHash('md5').update(movie).digest('hex')}"`
const full = { 'accept-ranges': 'bytes', 'content-type': 'video/mp4', etag }

/** Announces all of these bytes, sends some, and breaks off. */
function broken(bytes: Buffer, sent: number, headers: Record<string, string>, status = 200) {
  let pulls = 0
  const body = new ReadableStream({
    async pull(controller) {
      pulls += 1
      if (pulls === 1 && sent > 0) return controller.enqueue(bytes.subarray(0, sent))
      await new Promise((resolve) => setTimeout(resolve, 20)) // until they have left
      controller.error(new Error('the server dies'))
    },
  })
  return new Response(body, {
    headers: { ...headers, 'content-length': `${bytes.length}` },
    status,
  })
}

/** The range that was asked for, as an honest store gives it. */
function rest({ headers }: Seen, change: Record<string, string> = {}) {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1])
  const range = `bytes ${from}-${movie.length - 1}/${movie.length}`
  const all = { ...full, 'content-range': range, ...change }
  return { bytes: movie.subarray(from), headers: all }
}

/** Receives from a server; resolves with the file and the ranges that were asked for. */
async function receive(handler: (seen: Seen, count: number) => Response) {
  await using server = await serve(handler)
  await using client = clientOf(server.origin)
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const part = join(folder, 'x.part')
  const { signal } = new AbortController()
  const url = `${server.origin}/movie`
  try {
    const outcome = await openDownload(client, { url })
    if (outcome.kind !== 'file') throw new Error(outcome.kind)
    await receiveFile({ client } as unknown as Zecchino, {
      job: { id: 'job_x' } as Job.Job,
      openRest: (asked) => openDownload(client, { rest: asked, url }),
      part,
      response: outcome.response,
      signal,
    })
    return { asked: server.requests.map(({ headers }) => headers.range), file: readFileSync(part) }
  } finally {
    removeFolder(folder)
  }
}

const offsets = Array.from({ length: 20 }, (_, index) => 1 + Math.floor((index * 199_998) / 19))

test.each(offsets)('behavior: lost after %d bytes ⇒ only the rest is fetched', async (lost) => {
  const { asked, file } = await receive((seen, count) => {
    if (count === 1) return broken(movie, lost, full)
    const { bytes, headers } = rest(seen)
    return new Response(Uint8Array.from(bytes), { headers, status: 206 })
  })

  expect(file.equals(movie)).toBe(true)
  expect(asked).toHaveLength(2)
})

test('behavior: lost again and again ⇒ it goes on from where it was', async () => {
  const { asked, file } = await receive((seen, count) => {
    if (count === 1) return broken(movie, 50_000, full)
    const { bytes, headers } = rest(seen)
    return count < 4
      ? broken(bytes, 50_000, headers, 206)
      : new Response(Uint8Array.from(bytes), { headers, status: 206 })
  })

  expect(file.equals(movie)).toBe(true)
  expect(asked).toEqual([undefined, 'bytes=50000-', 'bytes=100000-', 'bytes=150000-'])
})

test.each([
  ['no ranges', { 'accept-ranges': 'none' }],
  ['a name that may be shared', { etag: 'W/"x"' }],
  ['no name', { etag: '' }],
])('error: with %s nothing is pieced together', async (_, change) => {
  const received = receive(() => broken(movie, 1_000, { ...full, ...change }))
  await expect(received).rejects.toMatchObject({
    code: 'NOT_A_VIDEO',
    facts: ['Reason: the connection was lost half-way'],
  })
})

test.each([
  ['another range', { 'content-range': `bytes 7-${movie.length - 1}/${movie.length}` }],
  ['another length', { 'content-range': `bytes 1000-2000/2001` }],
  ['another file', { etag: '"other"' }],
])('error: %s than was asked for is not taken', async (_, change) => {
  const received = receive((seen, count) => {
    if (count === 1) return broken(movie, 1_000, full)
    const { bytes, headers } = rest(seen, change)
    return new Response(Uint8Array.from(bytes), { headers, status: 206 })
  })
  await expect(received).rejects.toMatchObject({ code: 'NOT_A_VIDEO' })
})

test('error: a file that has changed meanwhile is not mixed with the old one', async () => {
  const received = receive((_, count) =>
    count === 1
      ? broken(movie, 1_000, full)
      : new Response(Uint8Array.from(movie).fill(7), { headers: { ...full, etag: '"new"' } }),
  )
  await expect(received).rejects.toMatchObject({ code: 'NOT_A_VIDEO' })
})

test('behavior: without a length, a clean end is the end', async () => {
  const { file } = await receive(() => {
    const pieces = new ReadableStream({
      start(controller) {
        controller.enqueue(movie)
        controller.close()
      },
    })
    return new Response(pieces, { headers: { 'content-type': 'video/mp4' } })
  })
  expect(file.equals(movie)).toBe(true)
})

test('error: what announces more than is kept is not begun', async () => {
  const received = receive(
    () => new Response('x', { headers: { 'content-length': `${9 * 1024 ** 3}` } }),
  )
  await expect(received).rejects.toMatchObject({ facts: [`Reason: it has ${9 * 1024 ** 3} bytes`] })
})
