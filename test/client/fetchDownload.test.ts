import { hostname, networkInterfaces } from 'node:os'
import { createServer } from 'node:net'

import { describe, expect, test } from 'vitest'

import { openDownload } from '../../src/actions/openDownload.js'
import { fetchDownload, isPublic } from '../../src/client/fetchDownload.js'
import * as Network from '../../src/Network.js'
import * as Proxies from '../../src/Proxies.js'
import { clientOf } from '../support/client.js'
import { createProxy } from '../support/createProxy.js'
import { serve } from '../support/serve.js'

/** A server on every address of this machine that counts whoever connects. */
async function listenEverywhere() {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '::', resolve))
  return {
    connections: () => connections,
    port: (server.address() as { port: number }).port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

const inside = 'it points into this machine or its network'
const own = Object.values(networkInterfaces()).flatMap((list = []) =>
  list.map(({ address, family }) => (family === 'IPv6' ? `[${address.split('%')[0]}]` : address)),
)

describe('error: no connection is made', () => {
  test.each([
    'https://127.0.0.1:PORT/x',
    'https://127.1:PORT/x',
    'https://127.255.255.254:PORT/x',
    'https://2130706433:PORT/x',
    'https://0x7f000001:PORT/x',
    'https://0x7f.1:PORT/x',
    'https://0177.0.0.1:PORT/x',
    'https://017700000001:PORT/x',
    'https://0:PORT/x',
    'https://0.0.0.0:PORT/x',
    'https://１２７.０.０.１:PORT/x',
    'https://127。0。0。1:PORT/x',
    'https://%31%32%37.0.0.1:PORT/x',
    'https://[::1]:PORT/x',
    'https://[::]:PORT/x',
    'https://[0:0:0:0:0:0:0:1]:PORT/x',
    'https://[::ffff:127.0.0.1]:PORT/x',
    'https://[::ffff:7f00:1]:PORT/x',
    'https://[::127.0.0.1]:PORT/x',
    'https://[64:ff9b::7f00:1]:PORT/x',
    'https://[2002:7f00:1::]:PORT/x',
    'https://[fe80::1]:PORT/x',
    'https://[fd00::1]:PORT/x',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/x',
    'https://10.0.0.1/x',
    'https://172.16.0.1/x',
    'https://192.168.1.1/x',
    'https://100.64.0.1/x',
    'https://224.0.0.1/x',
    'https://255.255.255.255/x',
    'https://localhost:PORT/x',
    'https://LOCALHOST:PORT/x',
    `https://${hostname()}:PORT/x`,
    ...own.map((address) => `https://${address}:PORT/x`),
  ])('%s', async (template) => {
    await using server = await listenEverywhere()
    await using client = clientOf('https://api.venice.ai', { network: Network.networks.base })
    const url = template.replace('PORT', String(server.port))
    const refused = fetchDownload(client, { method: 'GET', url })
    await expect(refused).rejects.toMatchObject({
      code: 'DOWNLOAD_REFUSED',
      moneyMoved: 'yes',
      shortMessage: `The provider's download link was not opened: ${inside}.`,
    })
    expect(server.connections()).toBe(0)
  })

  test.each([
    ['http://127.0.0.1:PORT/x', 'it is not https'],
    ['http://media.example/x', 'it is not https'],
    ['file:///etc/passwd', 'it is not https'],
    ['data:video/mp4;base64,AAAA', 'it is not https'],
    ['ftp://media.example/x', 'it is not https'],
    ['javascript:alert(1)', 'it is not https'],
    ['/video.mp4', 'it is not a URL'],
    ['', 'it is not a URL'],
    ['https://', 'it is not a URL'],
    ['https://[fe80::1%25lo]/x', 'it is not a URL'],
    ['https://user:password@media.example/x', 'it carries a password'],
    ['https://user@media.example/x', 'it carries a password'],
  ])('%s', async (template, reason) => {
    await using server = await listenEverywhere()
    await using client = clientOf('https://api.venice.ai', { network: Network.networks.base })
    const url = template.replace('PORT', String(server.port))
    const refused = fetchDownload(client, { method: 'DELETE', url })
    await expect(refused).rejects.toMatchObject({
      code: 'DOWNLOAD_REFUSED',
      shortMessage: `The provider's download link was not opened: ${reason}.`,
    })
    await expect(refused).rejects.not.toThrow('password@')
    expect(server.connections()).toBe(0)
  })

  test('off mainnet, anywhere but at the origin of the API', async () => {
    await using server = await serve(() => ({}))
    await using other = await serve(() => ({}))
    await using client = clientOf(server.origin)
    for (const url of [
      other.url,
      `http://localhost:${server.port}/x`,
      `https://127.0.0.1:${server.port}/x`,
    ])
      await expect(fetchDownload(client, { method: 'GET', url })).rejects.toMatchObject({
        code: 'DOWNLOAD_REFUSED',
      })
    expect([server.connections(), other.connections()]).toEqual([0, 0])
  })

  test('on mainnet, at the origin of an API on loopback neither', async () => {
    await using server = await serve(() => ({}))
    await using client = clientOf(server.origin, { network: Network.networks.base })
    const refused = fetchDownload(client, { method: 'GET', url: `${server.origin}/x` })
    await expect(refused).rejects.toMatchObject({ code: 'DOWNLOAD_REFUSED' })
    expect(server.connections()).toBe(0)
  })
})

describe('at the sandbox', () => {
  test('default: no credentials travel', async () => {
    await using server = await serve(() => new Response('movie'))
    await using client = clientOf(server.origin, { apiKey: 'key-1' })
    const outcome = await openDownload(client, { url: `${server.origin}/files/x?signature=y` })
    if (outcome.kind !== 'file') throw new Error(outcome.kind)
    expect(await outcome.response.text()).toBe('movie')
    const { headers } = server.requests[0]!
    expect(headers['accept-encoding']).toBe('identity')
    expect(Object.keys(headers).filter((name) => /sign|auth|payment|cookie/.test(name))).toEqual([])
  })

  test.each([301, 302, 303, 307, 308])('behavior: a %d is followed', async (status) => {
    const location = '/moved?secret'
    await using server = await serve(({ path }) =>
      path === location
        ? new Response('movie')
        : new Response('<Error/>', { headers: { location }, status }),
    )
    await using client = clientOf(server.origin, { apiKey: 'key-1' })
    const rest = { etag: '"e"', from: 5, total: 10 }
    const outcome = await openDownload(client, { rest, url: `${server.origin}/x` })
    if (outcome.kind !== 'file') throw new Error(outcome.kind)
    expect(await outcome.response.text()).toBe('movie')
    expect(
      server.requests.map(({ headers, method, path }) => [method, path, headers.range]),
    ).toEqual([
      ['GET', '/x', 'bytes=5-'],
      ['GET', location, 'bytes=5-'],
    ])
    const sent = server.requests.flatMap(({ headers }) => Object.keys(headers))
    expect(sent.filter((name) => /sign|auth|payment|cookie/.test(name))).toEqual([])
  })

  const elsewhere = { inside: 'after a redirect it points into this machine or its network' }
  test.each([
    ['http://127.0.0.1:PORT/x', 'after a redirect it is not https'],
    ['https://127.0.0.1:PORT/x', elsewhere.inside],
    ['https://[::ffff:7f00:1]:PORT/x', elsewhere.inside],
    ['https://169.254.169.254/x', elsewhere.inside],
    ['//localhost:PORT/x', 'after a redirect it is not https'],
    ['https://localhost:PORT/x', 'it points into this machine or its network'],
    ['http://media.example/x', 'after a redirect it is not https'],
    ['https://user:password@media.example/x', 'after a redirect it carries a password'],
    ['file:///etc/passwd', 'after a redirect it is not https'],
    ['https://', 'after a redirect it is not a URL'],
  ])('error: a redirect to %s is not followed', async (template, reason) => {
    await using other = await listenEverywhere()
    const location = template.replace('PORT', String(other.port))
    await using server = await serve(
      () => new Response(null, { headers: { location }, status: 307 }),
    )
    await using client = clientOf(server.origin)
    const refused = openDownload(client, { url: `${server.origin}/x` })
    await expect(refused).rejects.toMatchObject({
      code: 'DOWNLOAD_REFUSED',
      shortMessage: `The provider's download link was not opened: ${reason}.`,
    })
    await expect(refused).rejects.not.toThrow('password@')
    expect(other.connections()).toBe(0)
  })

  test('error: a circle is left after a few rounds', async () => {
    await using server = await serve(
      () => new Response(null, { headers: { location: '/x' }, status: 302 }),
    )
    await using client = clientOf(server.origin)
    const refused = openDownload(client, { url: `${server.origin}/x` })
    await expect(refused).rejects.toThrow('it redirects more than 5 times')
    expect(server.requests).toHaveLength(6)
  })

  test.each([
    [300, '/y'],
    [304, '/y'],
    [307, undefined],
  ])('error: a %d to %s is refused', async (status, location) => {
    await using server = await serve(
      () => new Response(null, { headers: location ? { location } : {}, status }),
    )
    await using client = clientOf(server.origin)
    const refused = openDownload(client, { url: `${server.origin}/x` })
    await expect(refused).rejects.toThrow(`it answers with status ${status}`)
    expect(server.requests).toHaveLength(1)
  })

  test.each([
    [307, ['DELETE', 'DELETE']],
    [308, ['DELETE', 'DELETE']],
    [302, ['DELETE']],
    [303, ['DELETE']],
  ])('behavior: to delete is redirected by a %d as %j', async (status, methods) => {
    await using server = await serve(({ path }) =>
      path === '/y'
        ? new Response(null, { status: 204 })
        : new Response(null, { headers: { location: '/y' }, status }),
    )
    await using client = clientOf(server.origin)
    const request = { method: 'DELETE', url: `${server.origin}/x` } as const
    const answer = await fetchDownload(client, request).catch(({ code }) => ({ status: code }))
    expect(answer.status).toBe(methods.length > 1 ? 204 : 'DOWNLOAD_REFUSED')
    expect(server.requests.map(({ method }) => method)).toEqual(methods)
  })

  test.each([
    [403, 'gone'],
    [404, 'gone'],
    [410, 'gone'],
    [429, 'transient'],
    [500, 'transient'],
  ])('behavior: %d is %s, and the link is not repeated', async (status, kind) => {
    await using server = await serve(({ path }) =>
      Response.json({ error: `No http://x${path}` }, { status }),
    )
    await using client = clientOf(server.origin)
    const outcome = await openDownload(client, { url: `${server.origin}/x?signature=secret` })
    expect(outcome).toMatchObject({ kind, status })
    expect(JSON.stringify(outcome)).not.toContain('secret')
    expect(server.requests).toHaveLength(1)
  })

  test('error: nobody is there: the host is named, the link is not', async () => {
    const server = await serve(() => ({}))
    await server[Symbol.asyncDispose]()
    await using client = clientOf(server.origin)
    const lost = openDownload(client, { url: `${server.origin}/x?signature=secret` })
    await expect(lost).rejects.toThrow(new URL(server.origin).host)
    await expect(lost).rejects.not.toThrow('secret')
  })
})

describe('behind a proxy', () => {
  const refusing = () =>
    createProxy({
      turn: () => ({ handler: (socket) => socket.end('HTTP/1.1 503 X\r\n\r\n'), kind: 'raw' }),
    })
  const clientBehind = (
    url: string,
    env: Record<string, string> = {},
    at = 'https://api.venice.ai',
  ) =>
    clientOf(at, {
      network: Network.networks[at.startsWith('https') ? 'base' : 'base-sepolia'],
      proxies: Proxies.from({ HTTPS_PROXY: url, ...env }, { fileHosts: ['*.store.example'] }),
    })

  test.each([
    'https://media.venice.ai/x?signature=y',
    'https://venice.ai/x?signature=y',
    'https://bucket.store.example/x?signature=y',
    'https://bucket.store.example:8443/x?signature=y',
  ])('behavior: %s is listed, and reached by CONNECT alone', async (url) => {
    await using proxy = await refusing()
    await using client = clientBehind(proxy.url)
    const lost = fetchDownload(client, { method: 'GET', url })
    await expect(lost).rejects.toMatchObject({ code: 'API_UNREACHABLE', sent: false })
    await expect(lost).rejects.not.toThrow('signature')
    const { hostname, port } = new URL(url)
    expect(proxy.asked).toEqual([`CONNECT ${hostname}:${port || 443}`])
  })

  test.each([
    'https://files.example/x?signature=y',
    'https://store.example/x?signature=y',
    'https://8.8.8.8/x?signature=y',
    'https://[2606:4700::1111]/x?signature=y',
    'https://metadata.google.internal/x?signature=y',
    'https://intranet/x?signature=y',
  ])('error: %s is not listed: nobody is asked', async (url) => {
    await using proxy = await refusing()
    await using client = clientBehind(proxy.url)
    const refused = fetchDownload(client, { method: 'GET', url })
    await expect(refused).rejects.toMatchObject({
      code: 'DOWNLOAD_REFUSED',
      hint: expect.stringContaining('"fileHosts" in config.json') as string,
      isReached: false,
      moneyMoved: 'yes',
    })
    await expect(refused).rejects.toThrow('is not listed, and behind a proxy')
    await expect(refused).rejects.not.toThrow('signature')
    expect(proxy.asked).toEqual([])
  })

  test('behavior: what NO_PROXY names is reached without, and its addresses are checked', async () => {
    await using proxy = await refusing()
    await using server = await listenEverywhere()
    await using client = clientBehind(proxy.url, { NO_PROXY: `localhost,${hostname()}` })
    for (const host of ['localhost', hostname()]) {
      const url = `https://${host}:${server.port}/x`
      const refused = fetchDownload(client, { method: 'GET', url })
      await expect(refused).rejects.toThrow(inside)
    }
    expect([proxy.asked, server.connections()]).toEqual([[], 0])
  })

  test('behavior: a sandbox on this machine gives its files without', async () => {
    await using proxy = await refusing()
    await using server = await serve(() => new Response('movie'))
    await using client = clientBehind(proxy.url, { HTTP_PROXY: proxy.url }, server.origin)
    const response = await fetchDownload(client, { method: 'GET', url: `${server.origin}/x` })
    expect(await response.text()).toBe('movie')
    expect(proxy.asked).toEqual([])
  })

  test('error: a redirect to what is not listed used the link', async () => {
    await using proxy = await refusing()
    await using server = await serve(() => Response.redirect('https://files.example/x', 307))
    await using client = clientBehind(proxy.url, {}, server.origin)
    const refused = fetchDownload(client, { method: 'GET', url: `${server.origin}/x` })
    await expect(refused).rejects.toMatchObject({ code: 'DOWNLOAD_REFUSED', isReached: true })
    await using moved = await serve(() => Response.redirect('https://media.venice.ai/x', 307))
    await using other = clientBehind(proxy.url, {}, moved.origin)
    const lost = fetchDownload(other, { method: 'GET', url: `${moved.origin}/x` })
    await expect(lost).rejects.toMatchObject({ code: 'API_UNREACHABLE', sent: true })
    expect(proxy.asked).toEqual(['CONNECT media.venice.ai:443'])
  })
})

test.each([
  ...[
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '2606:4700::1111',
    '2a00::1',
    // A network without IPv4 reaches 8.8.8.8 by these.
    '64:ff9b::808:808',
    '64:ff9b::8.8.8.8',
    '64:ff9b:0:0:0:0:808:808',
  ].map((ip) => [ip, true] as const),
  ...[
    '::ffff:8.8.8.8',
    '64:ff9b::',
    '64:ff9b::1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::10.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::1:808:808',
    '64:ff9b:1::808:808',
    '2001:db8::1',
    '2001::1',
    '3fff::1',
    '5f00::1',
    '4000::1',
    'localhost',
    '',
  ].map((ip) => [ip, false] as const),
])('behavior: %s is public: %s', (address, expected) => {
  expect(isPublic(address)).toBe(expected)
})

test('behavior: a public address of this machine is inside, however it is written', () => {
  const common = { cidr: null, internal: false, mac: '', netmask: '' }
  const interfaces = {
    eth0: [
      { ...common, address: '8.8.8.8', family: 'IPv4' as const },
      { ...common, address: '2606:4700::1111', family: 'IPv6' as const, scopeid: 0 },
    ],
  }
  const seen = [
    '8.8.8.8',
    '8.8.4.4',
    '2606:4700::1111',
    '2606:4700:0::1111',
    '2606:4700::1112',
    '64:ff9b::808:808',
    '64:ff9b::808:404',
  ]
  expect(seen.map((address) => isPublic(address, interfaces))).toEqual([
    false,
    true,
    false,
    false,
    true,
    false,
    true,
  ])
})
