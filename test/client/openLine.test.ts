import type { Socket } from 'node:net'

import { describe, expect, test } from 'vitest'

import { createWire } from '../../src/client/createWire.js'
import { serve, serveSockets } from '../support/serve.js'

const mega = 1024 * 1024
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const get = { deadline: 20_000, method: 'GET', repeatable: false, signIn: false } as const

function wireOf() {
  const wire = createWire()
  return { ...wire, [Symbol.asyncDispose]: wire.close }
}

/** Writes a film of so many megabytes as fast as it is taken; the count is what was taken. */
function film(megabytes: number) {
  let taken = 0
  const body = () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        if (taken === megabytes) return controller.close()
        taken += 1
        controller.enqueue(Buffer.alloc(mega, taken % 251))
      },
    })
  return { response: () => new Response(body()), taken: () => taken }
}

describe('a body that nobody reads', () => {
  test('behavior: it is not taken from the network, and then it is, whole', async () => {
    const one = film(60)
    await using server = await serve(one.response)
    await using wire = wireOf()
    const response = await wire.fetch(server.url, get)
    await later(300)
    expect(one.taken()).toBeLessThan(40)
    const bytes = Buffer.from(await response.arrayBuffer())
    expect(bytes.length).toBe(60 * mega)
    for (let part = 0; part < 60; part += 1) expect(bytes[part * mega + 5]).toBe((part + 1) % 251)
  })

  test('behavior: a slow reader slows the sender down, and memory stays', async () => {
    const one = film(120)
    await using server = await serve(one.response)
    await using wire = wireOf()
    const response = await wire.fetch(server.url, get)
    const before = process.memoryUsage.rss()
    let [most, size] = [before, 0]
    for await (const chunk of response.body ?? []) {
      size += (chunk as Uint8Array).byteLength
      most = Math.max(most, process.memoryUsage.rss())
      if (size % mega < 65_536) await later(0)
    }
    expect(size).toBe(120 * mega)
    expect(most - before).toBeLessThan(64 * mega)
  })
})

describe('a server that leaves while nobody reads', () => {
  const type = 'content-type: video/mp4'
  const heads = [
    (size: number) => `content-length: ${size}`,
    (size: number) => `content-length: ${size}\r\nconnection: close`,
    (size: number) => `content-length: ${size + 1}\r\nconnection: close`,
    () => 'connection: close',
    (size: number) => `transfer-encoding: chunked\r\nconnection: close\r\n\r\n${size.toString(16)}`,
  ]
  const ends: ((socket: Socket) => unknown)[] = [
    (socket) => socket.end(),
    (socket) => socket.resetAndDestroy(),
  ]

  test.each([false, true])('behavior: the process lives on, repeatable: %s', async (repeatable) => {
    const failures: unknown[] = []
    const note = (error: unknown) => failures.push(error)
    process.on('uncaughtException', note)
    await using wire = wireOf()
    const exchange = async (
      size: number,
      head: (size: number) => string,
      end: (socket: Socket) => unknown,
    ) => {
      await using server = await serveSockets((socket) => {
        socket.once('data', () => {
          socket.write(`HTTP/1.1 200 OK\r\n${type}\r\n${head(size)}\r\n\r\n${'x'.repeat(size)}`)
          setTimeout(() => end(socket), 20)
        })
      })
      const response = await wire.fetch(server.url, { ...get, repeatable }).catch(() => undefined)
      await later(60)
      // Whole, cut off, or an error: whatever it is, it is told to whoever reads.
      await response?.arrayBuffer().catch(() => 'cut off')
    }
    // The sizes are about those at which a stream asks its source to pause.
    const sizes = [1, 20_000, 60_000, 65_536, 100_000]
    for (const head of heads)
      await Promise.all(sizes.flatMap((size) => ends.map((end) => exchange(size, head, end))))
    process.off('uncaughtException', note)
    expect(failures).toEqual([])
  })
})

describe('the end', () => {
  test('behavior: one exchange, one connection, also when it is given up', async () => {
    await using server = await serveSockets(() => {})
    await using wire = wireOf()
    const all = Array.from({ length: 5 }, () => wire.fetch(server.url, { ...get, deadline: 100 }))
    for (const one of all) await expect(one).rejects.toMatchObject({ name: 'TimeoutError' })
    await later(50)
    expect(server.connections()).toBe(5)
  })

  test('behavior: after close nothing is open and nothing opens', async () => {
    await using server = await serve(() => new Promise<Response>(() => {}))
    const wire = createWire()
    const open = [true, false].map((repeatable) => wire.fetch(server.url, { ...get, repeatable }))
    await later(50)
    const settled = Promise.allSettled(open)
    await wire.close()
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    for (const repeatable of [true, false])
      await expect(wire.fetch(server.url, { ...get, repeatable })).rejects.toThrow('fetch failed')
    expect(server.connections()).toBe(2)
  })
})
