import { expect, test } from 'vitest'
import * as z from 'zod'

import { createRpc } from '../../src/client/createRpc.js'
import { serve, serveBytes } from '../support/serve.js'

const Hex = z.string().regex(/^0x/)

function rpcOf(url: string) {
  const rpc = createRpc({ url })
  return { ...rpc, [Symbol.asyncDispose]: rpc.close }
}

test('default: one call, its result, and no credentials', async () => {
  await using server = await serve(({ json }) => ({
    id: (json as { id: number }).id,
    jsonrpc: '2.0',
    result: '0x2105',
  }))
  await using rpc = rpcOf(`${server.url}/rpc`)
  expect(await rpc.request('eth_chainId', [], Hex)).toBe('0x2105')
  expect(await rpc.request('eth_chainId', [1], Hex)).toBe('0x2105')
  expect(server.requests.map(({ json }) => json)).toEqual([
    { id: 1, jsonrpc: '2.0', method: 'eth_chainId', params: [] },
    { id: 2, jsonrpc: '2.0', method: 'eth_chainId', params: [1] },
  ])
  expect(server.requests[0]?.headers).not.toHaveProperty('authorization')
})

test('behavior: an error that is null is none', async () => {
  await using server = await serve(() => ({ error: null, result: '0x1' }))
  await using rpc = rpcOf(server.url)
  expect(await rpc.request('eth_chainId', [], Hex)).toBe('0x1')
})

test('behavior: a password in the URL goes into a header and into no message', async () => {
  await using server = await serve((_, count) => (count === 1 ? { result: '0x1' } : { error: {} }))
  await using rpc = rpcOf(server.url.replace('//', '//me:p%40ss@'))
  await rpc.request('eth_chainId', [], Hex)
  expect(server.requests[0]?.headers.authorization).toBe(`Basic ${btoa('me:p@ss')}`)
  const refused = rpc.request('eth_chainId', [], Hex)
  await expect(refused).rejects.toMatchObject({ code: 'API_UNREACHABLE' })
  await expect(refused).rejects.not.toThrow(/p%40ss|p@ss/)
})

test.each<[string, () => Response]>([
  ['an error', () => Response.json({ error: { code: -32_000, message: 'secret' }, id: 1 })],
  ['an error in words', () => Response.json({ error: 'secret' })],
  ['no result', () => Response.json({ id: 1 })],
  ['a result of another kind', () => Response.json({ result: { secret: 1 } })],
  ['no JSON', () => new Response('secret')],
  ['a list', () => Response.json([{ result: '0x1' }])],
  ['nothing', () => new Response(null, { status: 204 })],
  ['a status', () => new Response('secret', { status: 503 })],
  ['a redirect', () => Response.redirect('http://127.0.0.1:1/secret', 307)],
  [
    'a megabyte too much',
    () => new Response(JSON.stringify({ pad: 'x'.repeat(1_100_000), result: '0x1' })),
  ],
  ['depth', () => new Response(`{"result":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)],
  [
    'an encoding that is none',
    () => new Response('{"result":"0x1"}', { headers: { 'content-encoding': 'gzip' } }),
  ],
])('error: %s', async (_, handler) => {
  await using server = await serve(handler)
  await using rpc = rpcOf(`${server.url}/secret`)
  const refused = rpc.request('eth_call', [], Hex)
  await expect(refused).rejects.toMatchObject({
    code: 'API_UNREACHABLE',
    facts: [`Host: ${new URL(server.url).host}`, 'Method: eth_call'],
    moneyMoved: 'no',
    name: 'RpcError',
  })
  await expect(refused).rejects.not.toThrow('secret')
  expect(server.requests).toHaveLength(1)
})

test('error: an answer that breaks off', async () => {
  await using server = await serveBytes(
    'HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{"result":"0x1"}',
  )
  await using rpc = rpcOf(server.url)
  await using cut = await serveBytes((socket) => {
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{"result":"0x1"}')
  })
  await using broken = rpcOf(cut.url)
  await expect(broken.request('eth_chainId', [], Hex)).rejects.toMatchObject({ name: 'RpcError' })
  expect(server.requests()).toBe(0)
  await rpc.close()
})
