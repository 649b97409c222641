import { SiweMessage } from 'siwe'
import { expect, test } from 'vitest'

import { call } from '../../src/client/call.js'
import { createClient } from '../../src/client/createClient.js'
import * as Network from '../../src/Network.js'
import * as Siwx from '../../src/Siwx.js'
import type { Wallet } from '../../src/Wallet.js'
import { clientOf, fieldOf, proofOf, wallet } from '../support/client.js'
import { serve } from '../support/serve.js'

const path = '/x402/balance/0x1'

test('default: each request is signed for the place it goes to', async () => {
  await using server = await serve(() => ({}))
  await using client = clientOf(server.origin)
  await call(client, { path: '/models?type=video' })

  const [seen] = server.requests
  const proof = proofOf(seen!)
  const message = new SiweMessage(proof.message)
  expect(message).toMatchObject({
    address: wallet.address,
    chainId: 84532,
    domain: new URL(server.url).host,
    statement: Siwx.statement,
    uri: `${server.origin}/api/v1/models?type=video`,
  })
  expect(Math.abs(Date.now() - Date.parse(message.issuedAt ?? ''))).toBeLessThan(5_000)
  const { signature } = proof as unknown as { signature: string }
  expect((await message.verify({ signature })).success).toBe(true)
})

test('behavior: every send has a nonce of its own, repetitions too', async () => {
  await using server = await serve((_, count) =>
    count < 4 ? new Response('', { status: 503 }) : Response.json({}),
  )
  await using client = clientOf(server.origin)
  await call(client, { path })
  await Promise.all([call(client, { path }), call(client, { path })])

  const nonces = server.requests.map((seen) => fieldOf(seen, 'Nonce'))
  expect(nonces).toHaveLength(6)
  expect(new Set(nonces).size).toBe(6)
  for (const nonce of nonces) expect(nonce).toMatch(/^[0-9a-f]{32}$/)
})

test('behavior: with a wallet no Bearer key travels', async () => {
  await using server = await serve(() => ({}))
  await using client = clientOf(server.origin, { apiKey: 'key-1' })
  await call(client, { path })
  expect(server.requests[0]?.headers.authorization).toBeUndefined()
  expect(server.requests[0]?.headers['sign-in-with-x']).toBeDefined()
})

test('behavior: without a wallet the key travels, where a sign-in would', async () => {
  await using server = await serve(() => ({}))
  await using client = clientOf(server.origin, { apiKey: 'key-1', wallet: undefined })
  await call(client, { path })
  await call(client, { path, signIn: false })
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer key-1',
    undefined,
  ])
  expect(server.requests.some(({ headers }) => headers['sign-in-with-x'])).toBe(false)
})

test('behavior: without either, nothing travels', async () => {
  await using server = await serve(() => ({}))
  await using client = clientOf(server.origin, { wallet: undefined })
  await call(client, { path })
  expect(Object.keys(server.requests[0]?.headers ?? {})).not.toContain('authorization')
})

test('behavior: what asks for no sign-in gets none', async () => {
  await using server = await serve(() => ({}))
  await using client = clientOf(server.origin)
  await call(client, { body: {}, path: '/video/quote', signIn: false })
  expect(server.requests[0]?.headers['sign-in-with-x']).toBeUndefined()
})

test('options: signInHeader is the older name', async () => {
  await using server = await serve(() => ({}))
  await using client = clientOf(server.origin, { signInHeader: Siwx.headers.legacy })
  await call(client, { path })
  const { headers } = server.requests[0]!
  expect(Siwx.decode(String(headers['x-sign-in-with-x'])).address).toBe(wallet.address)
  expect(headers['sign-in-with-x']).toBeUndefined()
})

test('options: signInDomain is for a proxy that the owner named; without it nobody gets a sign-in for Venice', async () => {
  await using server = await serve(() => ({}))
  const { base } = Network.networks
  await using plain = clientOf(server.origin, { network: base })
  await using proxied = clientOf(server.origin, { network: base, signInDomain: 'api.venice.ai' })
  await call(plain, { path })
  await call(proxied, { path })
  expect(server.requests.map((seen) => proofOf(seen).message.split(' ')[0])).toEqual([
    new URL(server.url).host,
    'api.venice.ai',
  ])
})

test('behavior: a URL that the signed text cannot hold is written so that it can', async () => {
  await using server = await serve(() => ({}))
  await using client = clientOf(server.origin)
  await call(client, { path: '/odd?q={a}|[b]^`%zz&é="<>#part' })
  const message = new SiweMessage(proofOf(server.requests[0]!).message)
  expect(message.uri).toBe(
    `${server.origin}/api/v1/odd?q=%7Ba%7D%7C%5Bb%5D%5E%60%25zz&%C3%A9=%22%3C%3E`,
  )
})

test('error: a wallet that does not sign: nothing is sent, and its words stay inside', async () => {
  await using server = await serve(() => ({}))
  const failing: Wallet = {
    ...wallet,
    signIn: () => Promise.reject(new Error('session token abc123 expired')),
  }
  await using client = clientOf(server.origin, { wallet: failing })
  const refused = call(client, { path })
  await expect(refused).rejects.toMatchObject({
    code: 'SIGN_IN_REFUSED',
    moneyMoved: 'no',
    sent: false,
  })
  await expect(refused).rejects.not.toThrow('abc123')
  expect(server.connections()).toBe(0)
})

test.each(['a b', 'key\n', 'key\r\nX-Other: 1', '“key”', '', '\u0000'])(
  'error: %j is no API key, and is not repeated',
  (apiKey) => {
    const create = () => createClient({ apiKey })
    expect(create).toThrow(expect.objectContaining({ code: 'INVALID_KEY' }))
    expect(create).not.toThrow('key\n')
  },
)
