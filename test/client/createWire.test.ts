import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { describe, expect, test } from 'vitest'

import { createWire } from '../../src/client/createWire.js'
import { serve, serveBytes, serveSockets } from '../support/serve.js'

const post = { body: '{}', deadline: 5_000, method: 'POST', signIn: false } as const
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function wireOf() {
  const wire = createWire()
  return { ...wire, [Symbol.asyncDispose]: wire.close }
}

describe.each([true, false])('repeatable: %s', (repeatable) => {
  test('behavior: whatever the status, one request is one request', async () => {
    await using wire = wireOf()
    const statuses = [
      200, 201, 204, 304, 307, 400, 401, 402, 403, 407, 408, 409, 421, 425, 429, 500, 503, 511, 599,
    ]
    for (const status of statuses) {
      await using server = await serveBytes(
        `HTTP/1.1 ${status} X\r\nwww-authenticate: Basic realm="x"\r\nretry-after: 0\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n`,
      )
      const answer = wire.fetch(server.url, { ...post, repeatable })
      if (status === 407 || status === 421) await expect(answer).rejects.toThrow('fetch failed')
      else expect(await answer).toMatchObject({ status })
      await later(5)
      expect([status, server.requests()]).toEqual([status, 1])
    }
  })

  test('behavior: an interim answer is not the answer', async () => {
    await using wire = wireOf()
    await using server = await serveBytes(
      'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 402 X\r\ncontent-length: 2\r\n\r\n{}',
    )
    expect(await wire.fetch(server.url, { ...post, repeatable })).toMatchObject({ status: 402 })
    expect(server.requests()).toBe(1)
  })

  test('error: interim answers without end are left at the deadline', async () => {
    await using wire = wireOf()
    await using server = await serveBytes((socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 5)
      socket.on('close', () => clearInterval(timer))
    })
    const late = wire.fetch(server.url, { ...post, deadline: 200, repeatable })
    await expect(late).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(server.requests()).toBe(1)
  })

  test('behavior: the end of an exchange is told once, however it ends', async () => {
    await using wire = wireOf()
    await using server = await serve(({ path }) => {
      if (path === '/dropped') throw new Error('dropped')
      return new Response('x'.repeat(path === '/long' ? 1_000_000 : 10))
    })
    const told: string[] = []
    const get = (path: string) =>
      wire.fetch(server.url + path, {
        ...post,
        onEnd: () => told.push(path),
        repeatable,
      })
    await (await get('/read')).text()
    await get('/dropped').catch(() => 'refused')
    const long = await get('/long')
    expect(told).toEqual(['/read', '/dropped'])
    await long.body?.cancel()
    await later(20)
    expect(told).toEqual(['/read', '/dropped', '/long'])
  })
})

describe('connections', () => {
  test('behavior: what may be repeated shares one, what may not has its own', async () => {
    await using wire = wireOf()
    await using server = await serve(() => ({}))
    const get = async (repeatable: boolean) =>
      (await wire.fetch(server.url, { ...post, repeatable })).text()
    for (let round = 0; round < 3; round += 1) {
      await get(true)
      await later(5)
    }
    expect(server.connections()).toBe(1)
    for (let round = 0; round < 3; round += 1) await get(false)
    expect(server.connections()).toBe(4)
    expect(server.requests.at(-1)?.headers.connection).toBe('close')
  })

  test('behavior: redirects are answers', async () => {
    await using wire = wireOf()
    await using other = await serve(() => ({}))
    await using server = await serve(() => Response.redirect(other.url, 302))
    const response = await wire.fetch(server.url, { ...post, repeatable: true })
    expect(response.status).toBe(302)
    expect(other.connections()).toBe(0)
  })
})

describe('deadlines', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void

  test.each([true, false])(
    'behavior: they hold when memory is swept, with a signal: %s',
    async (given) => {
      await using wire = wireOf()
      await using server = await serveSockets(() => {})
      const signal = given ? new AbortController().signal : undefined
      const began = performance.now()
      const late = wire.fetch(server.url, { ...post, deadline: 400, repeatable: true, signal })
      const sweep = setInterval(collect, 50)
      await expect(late).rejects.toMatchObject({ name: 'TimeoutError' })
      clearInterval(sweep)
      expect(performance.now() - began).toBeLessThan(1_400)
    },
  )

  test.each([true, false])(
    'behavior: an answer that does not begin is not waited for as long as its body, repeatable: %s',
    async (repeatable) => {
      await using wire = wireOf()
      await using mute = await serveSockets(() => {})
      const waits = { ...post, headDeadline: 100, repeatable }
      const late = wire.fetch(mute.url, { ...waits, deadline: 60_000 })
      await expect(late).rejects.toMatchObject({ name: 'TimeoutError' })

      // Only its beginning: what has begun has all the time of the exchange.
      await using server = await serve(
        () =>
          new Response(
            new ReadableStream({
              async start(controller) {
                controller.enqueue(Buffer.from('x'))
                await later(300)
                controller.enqueue(Buffer.from('y'))
                controller.close()
              },
            }),
          ),
      )
      const response = await wire.fetch(server.url, { ...waits, deadline: 60_000 })
      expect(await response.text()).toBe('xy')
    },
  )

  test('behavior: they cover the body', async () => {
    await using wire = wireOf()
    await using server = await serve(
      () =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              await later(20)
              controller.enqueue(Buffer.from(' '))
            },
          }),
        ),
    )
    const signal = new AbortController().signal
    const response = await wire.fetch(server.url, {
      ...post,
      deadline: 400,
      repeatable: true,
      signal,
    })
    const sweep = setInterval(collect, 50)
    await expect(response.text()).rejects.toMatchObject({ name: 'TimeoutError' })
    clearInterval(sweep)
  })
})
