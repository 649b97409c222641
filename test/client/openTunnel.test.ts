import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

import { describe, expect, test } from 'vitest'

import { discoverTopUp } from '../../src/actions/discoverTopUp.js'
import { getBalance } from '../../src/actions/getBalance.js'
import { listModels } from '../../src/actions/listModels.js'
import { queueVideo } from '../../src/actions/queueVideo.js'
import { quoteVideo } from '../../src/actions/quoteVideo.js'
import { readUsdc } from '../../src/actions/readUsdc.js'
import { sendTopUp } from '../../src/actions/sendTopUp.js'
import { ApiRefusedError } from '../../src/client/call.js'
import type { createClient } from '../../src/client/createClient.js'
import { createRpc } from '../../src/client/createRpc.js'
import { createWalletFetch } from '../../src/client/createWalletFetch.js'
import { createWire } from '../../src/client/createWire.js'
import * as Proxies from '../../src/Proxies.js'
import { cheap } from '../support/cheap.js'
import { clientOf, network, wallet } from '../support/client.js'
import { authorityPem, createProxy, type Turn } from '../support/createProxy.js'
import { serve, serveBytes, serveSockets } from '../support/serve.js'

const secret = 'hunter2-hunter2'
const authorization = `Basic ${Buffer.from(`me:${secret}`).toString('base64')}`
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const post = { body: '{}', deadline: 5_000, method: 'POST', signIn: false } as const

/** Names of no host: only the proxy knows where they lead. */
const plainUrl = 'http://api.test'

function proxiesFor(url: string, credentials = '') {
  const at = url.replace('http://', `http://${credentials}`)
  return Proxies.from({ HTTPS_PROXY: at, HTTP_PROXY: at }) as Proxies.Proxies
}

function wireOf(proxies: Proxies.Proxies) {
  const wire = createWire({ connect: { ca: authorityPem }, proxies })
  return { ...wire, [Symbol.asyncDispose]: wire.close }
}

const clientFor = (proxies: Proxies.Proxies, options: createClient.Options = {}) =>
  clientOf(plainUrl, { proxies, ...options })

const raw = (answer: string) => (): Turn => ({
  handler: (socket) => void socket.write(answer),
  kind: 'raw',
})

describe.each([true, false])('repeatable: %s', (repeatable) => {
  test('default: a host is reached by CONNECT, with and without TLS', async () => {
    await using server = await serve(({ text }) => ({ text }))
    await using proxy = await createProxy({
      authorization,
      turn: (target) =>
        target.endsWith(':443')
          ? { handler: (_, outgoing) => outgoing.end('inside'), kind: 'intercept' }
          : { kind: 'pass', port: server.port },
    })
    await using wire = wireOf(proxiesFor(proxy.url, `me:${secret}@`))
    const plain = await wire.fetch(`${plainUrl}/x`, { ...post, repeatable })
    expect(await plain.json()).toEqual({ text: '{}' })
    const safe = await wire.fetch('https://api.test/x', { ...post, repeatable })
    expect(await safe.text()).toBe('inside')
    expect(proxy.asked).toEqual(['CONNECT api.test:80', 'CONNECT api.test:443'])
    // What opens the proxy goes no further.
    expect(JSON.stringify(server.requests)).not.toContain('authorization')
    expect(server.requests[0]?.headers.host).toBe('api.test')
  })

  test('behavior: this machine, and what NO_PROXY names, is reached without', async () => {
    await using server = await serve(() => ({}))
    await using proxy = await createProxy({ turn: raw('HTTP/1.1 500 X\r\n\r\n') })
    await using wire = wireOf(proxiesFor(proxy.url))
    for (const host of ['127.0.0.1', 'localhost'])
      await wire.fetch(`http://${host}:${server.port}`, { ...post, repeatable })
    const direct = { ...proxiesFor(proxy.url), direct: 'nowhere.test' }
    await using other = wireOf(direct)
    const lost = other.fetch('http://nowhere.test', { ...post, repeatable })
    await expect(lost).rejects.toMatchObject({ cause: { syscall: 'getaddrinfo' } })
    expect(proxy.asked).toEqual([])
  })

  test('behavior: deadlines hold through it, for the head and for the whole', async () => {
    await using mute = await serveSockets(() => {})
    await using proxy = await createProxy({ turn: () => ({ kind: 'pass', port: mute.port }) })
    await using wire = wireOf(proxiesFor(proxy.url))
    for (const limits of [{ deadline: 200 }, { deadline: 60_000, headDeadline: 200 }]) {
      const late = wire.fetch(plainUrl, { ...post, ...limits, repeatable })
      await expect(late).rejects.toMatchObject({ name: 'TimeoutError' })
    }
  })

  test('behavior: they hold while the proxy says nothing', async () => {
    await using proxy = await createProxy({ turn: () => ({ handler() {}, kind: 'raw' }) })
    await using wire = wireOf(proxiesFor(proxy.url))
    const late = wire.fetch(plainUrl, { ...post, deadline: 200, repeatable })
    await expect(late).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  test('behavior: redirects are answers, and one request is one request', async () => {
    await using server = await serve(() => Response.redirect('http://other.test/', 307))
    await using odd = await serveBytes('HTTP/1.1 421 X\r\ncontent-length: 0\r\n\r\n')
    await using proxy = await createProxy({
      turn: (target) => ({ kind: 'pass', port: target.startsWith('odd') ? odd.port : server.port }),
    })
    await using wire = wireOf(proxiesFor(proxy.url))
    expect(await wire.fetch(plainUrl, { ...post, repeatable })).toMatchObject({ status: 307 })
    const again = wire.fetch('http://odd.test', { ...post, repeatable })
    await expect(again).rejects.toThrow('fetch failed')
    expect(odd.requests()).toBe(1)
    expect(proxy.asked).toEqual(['CONNECT api.test:80', 'CONNECT odd.test:80'])
  })
})

test('behavior: what may be repeated shares a tunnel, what may not has its own', async () => {
  await using server = await serve(() => ({}))
  await using proxy = await createProxy({ turn: () => ({ kind: 'pass', port: server.port }) })
  await using wire = wireOf(proxiesFor(proxy.url))
  const get = async (repeatable: boolean) =>
    (await wire.fetch(plainUrl, { ...post, repeatable })).text()
  for (let round = 0; round < 3; round += 1) {
    await get(true)
    await later(5)
  }
  expect(proxy.asked).toHaveLength(1)
  for (let round = 0; round < 3; round += 1) await get(false)
  expect(proxy.asked).toHaveLength(4)
  expect(server.connections()).toBe(4)
  expect(server.requests.at(-1)?.headers.connection).toBe('close')
})

test('behavior: a reader that waits holds the sender back', async () => {
  const size = 64 * 1024 * 1024
  let written = 0
  await using server = await serve(
    () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            written += 65_536
            controller.enqueue(Buffer.alloc(65_536))
            if (written >= size) controller.close()
          },
        }),
      ),
  )
  await using proxy = await createProxy({ turn: () => ({ kind: 'pass', port: server.port }) })
  await using wire = wireOf(proxiesFor(proxy.url))
  const response = await wire.fetch(plainUrl, { ...post, deadline: 60_000, repeatable: false })
  await later(300)
  expect(written).toBeLessThan(size / 2)
  let read = 0
  for await (const chunk of response.body ?? []) read += (chunk as Uint8Array).length
  expect(read).toBe(size)
})

describe('error: no tunnel', () => {
  test.each<[string, string, () => Turn]>([
    ['PROXY_403', 'makes no connection', raw('HTTP/1.1 403 No\r\n\r\n<html>blocked</html>')],
    ['PROXY_407', 'asks for a user name', raw('HTTP/1.1 407 X\r\ncontent-length: 0\r\n\r\n')],
    ['PROXY_502', 'makes no connection', raw('HTTP/1.1 502 X\r\ncontent-type: text/html\r\n\r\n<')],
    ['PROXY_302', 'makes no connection', raw('HTTP/1.1 302 X\r\nlocation: http://x/\r\n\r\n')],
    ['PROXY_101', 'makes no connection', raw('HTTP/1.1 101 X\r\n\r\n')],
    ['connection lost', 'hangs up', raw('SSH-2.0-OpenSSH_9\r\n')],
    ['PROXY_HUNG_UP', 'hangs up', () => ({ handler: (socket) => socket.end(), kind: 'raw' })],
    [
      'ECONNRESET',
      'hangs up',
      () => ({ handler: (socket) => socket.resetAndDestroy(), kind: 'raw' }),
    ],
  ])('%s: a paid call and a payment were not sent', async (reason, says, turn) => {
    await using proxy = await createProxy({ turn })
    await using client = clientFor(proxiesFor(proxy.url, reason === 'PROXY_407' ? '' : 'me:pw@'))
    const queued = await queueVideo(client, { body: '{}' })
    expect(queued).toMatchObject({
      error: {
        code: 'API_UNREACHABLE',
        facts: [
          'Host: api.test',
          'Path: /video/queue',
          `Reason: ${reason}`,
          `Proxy: ${proxy.url}, from HTTP_PROXY`,
        ],
        moneyMoved: 'no',
        sent: false,
      },
      kind: 'unsent',
    })
    expect(String(queued.kind === 'unsent' && queued.error.message)).toContain(says)
    expect(await sendTopUp(client, { header: 'x' })).toMatchObject({ kind: 'unsent' })
    expect(proxy.asked).toEqual(['CONNECT api.test:80', 'CONNECT api.test:80'])
  })

  test('nobody is there', async () => {
    const proxy = await createProxy({ turn: raw('') })
    await proxy[Symbol.asyncDispose]()
    await using client = clientFor(proxiesFor(proxy.url, `me:${secret}@`))
    const queued = await queueVideo(client, { body: '{}' })
    expect(queued).toMatchObject({ error: { sent: false }, kind: 'unsent' })
    const error = queued.kind === 'unsent' ? queued.error : undefined
    expect(error?.facts).toContain('Reason: ECONNREFUSED')
    expect(error?.hint).toContain('Check HTTP_PROXY')
    expect(JSON.stringify(error)).not.toContain(secret)
  })

  test.each([
    ['PROXY_407', 1, 'HTTP/1.1 407 X\r\ncontent-length: 0\r\n\r\n'],
    ['PROXY_403', 1, 'HTTP/1.1 403 X\r\ncontent-length: 0\r\n\r\n'],
    ['PROXY_502', 4, 'HTTP/1.1 502 X\r\ncontent-length: 0\r\n\r\n'],
    ['PROXY_503', 4, 'HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n'],
    ['PROXY_429', 4, 'HTTP/1.1 429 X\r\ncontent-length: 0\r\n\r\n'],
  ])('%s: what may be repeated is asked for %d times', async (reason, times, answer) => {
    await using proxy = await createProxy({ turn: raw(answer) })
    await using client = clientFor(proxiesFor(proxy.url, `me:${secret}@`))
    const lost = getBalance(client)
    await expect(lost).rejects.toThrow(`Reason: ${reason}`)
    await expect(lost).rejects.not.toThrow(secret)
    expect(proxy.asked).toHaveLength(times)
    expect(proxy.authorizations).toEqual(Array(times).fill(authorization))
    expect(proxy.asked.every((line) => line.startsWith('CONNECT '))).toBe(true)
  })

  test('a wrong password is told apart from none', async () => {
    await using proxy = await createProxy({ authorization, turn: raw('') })
    await using without = clientFor(proxiesFor(proxy.url))
    await expect(getBalance(without)).rejects.toThrow('asks for a user name and a password')
    await using wrong = clientFor(proxiesFor(proxy.url, 'me:wrong@'))
    await expect(getBalance(wrong)).rejects.toThrow('does not take the user name and password')
    await expect(getBalance(wrong)).rejects.toThrow('http://user:password@host:port')
  })

  test('an authority that nobody knows', async () => {
    const reason = 'SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE'
    let reached = 0
    await using proxy = await createProxy({
      turn: () => ({ handler: () => (reached += 1), kind: 'intercept' }),
    })
    await using client = clientOf('https://api.test', { proxies: proxiesFor(proxy.url) })
    const queued = await queueVideo(client, { body: '{}' })
    const error = queued.kind === 'unsent' ? queued.error : undefined
    expect(error?.message).toMatch(new RegExp(`Reason: (${reason})`))
    expect(error?.hint).toContain('NODE_EXTRA_CA_CERTS')
    expect(reached).toBe(0)
  })

  test.each([
    ['hangs up after its 200', '', true],
    ['goes on in plain text after its 200', 'HTTP/1.1 200 OK\r\n\r\n{}', false],
  ])('for TLS: a proxy that %s', async (_, more, ends) => {
    const handler = (socket: Socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n\r\n${more}`)
      if (ends) socket.end()
    }
    await using proxy = await createProxy({ turn: () => ({ handler, kind: 'raw' }) })
    await using client = clientOf('https://api.test', { proxies: proxiesFor(proxy.url) })
    const queued = await queueVideo(client, { body: '{}' })
    expect(queued).toMatchObject({ error: { code: 'API_UNREACHABLE' }, kind: 'unsent' })
    expect(proxy.asked).toHaveLength(1)
  })

  test('for TLS: a certificate of another host', async () => {
    await using other = await createProxy({
      turn: () => ({ handler: (_, outgoing) => outgoing.end('{}'), kind: 'intercept' }),
    })
    // It leads to another host than the one that was asked for.
    await using proxy = await createProxy({
      turn: () => ({
        async handler(socket) {
          const far = connect(other.port, '127.0.0.1')
          far.write('CONNECT else.test:443 HTTP/1.1\r\nhost: else.test\r\n\r\n')
          await once(far, 'data')
          socket.write('HTTP/1.1 200 OK\r\n\r\n')
          far.pipe(socket)
          socket.pipe(far)
        },
        kind: 'raw',
      }),
    })
    await using wire = wireOf(proxiesFor(proxy.url))
    for (const repeatable of [true, false]) {
      const wrong = wire.fetch('https://api.test', { ...post, repeatable })
      await expect(wrong).rejects.toMatchObject({ cause: { code: 'CERT_ALTNAME_INVALID' } })
    }
    expect(proxy.asked).toHaveLength(2)
  })
})

describe('error: the tunnel stood, so that nobody knows', () => {
  test.each<[string, string]>([
    ['nothing', ''],
    ['half a head', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['half an answer', 'HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{"queue_id"'],
    ['no HTTP', 'oops\r\n\r\n'],
    ['a 407', 'HTTP/1.1 407 X\r\ncontent-length: 0\r\n\r\n'],
    ['a page and 502', 'HTTP/1.1 502 X\r\ncontent-length: 7\r\n\r\n<html/>'],
    ['a page and 503', 'HTTP/1.1 503 X\r\ncontent-length: 7\r\n\r\n<html/>'],
    ['a page and 403', 'HTTP/1.1 403 X\r\ncontent-length: 7\r\n\r\n<html/>'],
    ['a page and 200', 'HTTP/1.1 200 X\r\ncontent-length: 7\r\n\r\n<html/>'],
  ])('%s, and then it dies', async (_, bytes) => {
    await using proxy = await createProxy({
      turn: () => ({
        handler(socket) {
          socket.write('HTTP/1.1 200 OK\r\n\r\n')
          socket.once('data', () => socket.end(bytes))
        },
        kind: 'raw',
      }),
    })
    await using client = clientFor(proxiesFor(proxy.url))
    expect(await queueVideo(client, { body: '{}' })).toMatchObject({ kind: 'unknown' })
    expect(proxy.asked).toHaveLength(1)
  })
})

describe('a page in the place of an answer', () => {
  const page = (status: number) => (): Turn => ({
    handler(socket) {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.on('data', () =>
        socket.write(
          `HTTP/1.1 ${status} X\r\ncontent-type: text/html\r\ncontent-length: 22\r\n\r\n<html>Sign in!</html>\n`,
        ),
      )
    },
    kind: 'raw',
  })

  test.each([401, 403, 404, 429, 451, 502, 504])(
    'error: %d is the proxy’s word',
    async (status) => {
      await using proxy = await createProxy({ turn: page(status) })
      await using client = clientFor(proxiesFor(proxy.url))
      const strange = listModels(client)
      await expect(strange).rejects.toMatchObject({
        code: 'API_UNREACHABLE',
        hint: expect.stringContaining('NO_PROXY') as string,
        shortMessage: `What answered with status ${status} is not the API: it may be the proxy.`,
      })
      await expect(strange).rejects.toThrow(`Proxy: ${proxy.url}`)
      await expect(strange).rejects.not.toThrow('Sign in!')
      // A job that waits is not given up for it, as for a refusal of Venice's.
      const { duration, model, prompt } = cheap
      const quoted = quoteVideo(client, { duration, model, prompt })
      await expect(quoted).rejects.not.toBeInstanceOf(ApiRefusedError)
      await expect(discoverTopUp(client)).rejects.not.toBeInstanceOf(ApiRefusedError)
    },
  )

  test('error: 200', async () => {
    await using proxy = await createProxy({ turn: page(200) })
    await using client = clientFor(proxiesFor(proxy.url))
    await expect(listModels(client)).rejects.toMatchObject({
      code: 'API_MALFORMED',
      hint: expect.stringContaining('The proxy may have answered by itself.') as string,
    })
  })

  test('behavior: JSON is the API’s, whatever the status', async () => {
    await using server = await serve(() => Response.json({ error: 'No.' }, { status: 403 }))
    await using proxy = await createProxy({ turn: () => ({ kind: 'pass', port: server.port }) })
    await using client = clientFor(proxiesFor(proxy.url))
    await expect(listModels(client)).rejects.toMatchObject({ code: 'API_REFUSED', status: 403 })
  })
})

test('behavior: a server that repeats the proxy’s password is not repeated', async () => {
  const words = `No ${secret} and ${authorization} at http://me:${secret}@proxy/`
  await using server = await serve(() => Response.json({ error: words }, { status: 400 }))
  await using proxy = await createProxy({ turn: () => ({ kind: 'pass', port: server.port }) })
  await using client = clientFor(proxiesFor(proxy.url, `me:${secret}@`))
  const error = await listModels(client).catch((thrown: Error) => thrown)
  expect(String(error)).toContain('untrusted')
  expect(String(error)).not.toContain(secret)
  expect(String(error)).not.toContain(authorization.slice(6))
})

test('behavior: the chain is read through it, and its error names it', async () => {
  await using server = await serve(() => ({ result: `0x${'5'.padStart(64, '0')}` }))
  await using proxy = await createProxy({
    turn: (target) =>
      target === 'node.test:8545'
        ? { kind: 'pass', port: server.port }
        : { handler: (socket) => socket.end('HTTP/1.1 403 X\r\n\r\n'), kind: 'raw' },
  })
  const proxies = proxiesFor(proxy.url, `me:${secret}@`)
  const rpc = createRpc({ proxies, url: 'http://node.test:8545' })
  expect(await readUsdc(rpc, { address: wallet.address, network })).toBe(5n)
  await rpc.close()

  const other = createRpc({ proxies, url: 'http://other.test' })
  const lost = readUsdc(other, { address: wallet.address, network })
  await expect(lost).rejects.toMatchObject({ code: 'API_UNREACHABLE', isAnswer: false })
  await expect(lost).rejects.toThrow(`Proxy: ${proxy.url}, from HTTP_PROXY`)
  await expect(lost).rejects.toThrow('makes no connection to other.test:80')
  await expect(lost).rejects.not.toThrow(secret)
  await other.close()
})

test('behavior: a fetch that signs in goes through it', async () => {
  await using server = await serve(({ headers }) => ({ signedIn: 'sign-in-with-x' in headers }))
  await using proxy = await createProxy({ turn: () => ({ kind: 'pass', port: server.port }) })
  const proxies = proxiesFor(proxy.url)
  const signed = createWalletFetch({ baseUrl: plainUrl, proxies, wallet })
  expect(await (await signed(`${plainUrl}/x`)).json()).toEqual({ signedIn: true })
  expect(proxy.asked).toEqual(['CONNECT api.test:80'])
})
