import { describe, expect, test } from 'vitest'

import { discoverTopUp } from '../../src/actions/discoverTopUp.js'
import { getBalance } from '../../src/actions/getBalance.js'
import { listModels } from '../../src/actions/listModels.js'
import { quoteVideo } from '../../src/actions/quoteVideo.js'
import { readAuthorization } from '../../src/actions/readAuthorization.js'
import { readUsdc } from '../../src/actions/readUsdc.js'
import { revokeDownload } from '../../src/actions/revokeDownload.js'
import { createRpc } from '../../src/client/createRpc.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import * as X402 from '../../src/X402.js'
import { cheap, cheapPrice } from '../support/cheap.js'
import { clientOf, network, wallet } from '../support/client.js'
import { serve } from '../support/serve.js'
import { entryV2, payTo } from '../support/x402.js'

const nonce = `0x${'07'.repeat(32)}`
const word = (value: bigint | string) => `0x${BigInt(value).toString(16).padStart(64, '0')}`

/** A client of a server that always answers so. */
async function setup(reply: () => Response) {
  const server = await serve(reply)
  const client = clientOf(server.origin)
  return {
    client,
    server,
    async [Symbol.asyncDispose]() {
      await client.close()
      await server[Symbol.asyncDispose]()
    },
  }
}
const json =
  (value: unknown, status = 200) =>
  () =>
    Response.json(value, { status })

test('default: at the sandbox: models, a price, a balance, what a top-up takes', async () => {
  await using sandbox = await listenSandbox({ speed: 200 })
  await using client = clientOf(sandbox.url)
  const models = await listModels(client)
  expect(models.length).toBeGreaterThan(10)
  expect(await quoteVideo(client, cheap)).toBe(cheapPrice.micros)
  expect(await getBalance(client)).toMatchObject({
    balanceUsd: 0n,
    canConsume: false,
    minimumTopUpUsd: 5_000_000n,
  })
  const { offers } = await discoverTopUp(client)
  expect(offers).toMatchObject([
    { amount: 5_000_000n, network, payTo: sandbox.payTo.toLowerCase(), version: 2 },
  ])
})

describe('quoteVideo', () => {
  test('behavior: it asks with what changes the price, and without credentials', async () => {
    await using setting = await setup(json({ quote: 0.35 }))
    const request = {
      duration: '5s',
      model: 'x',
      prompt: 'secret',
      reference_image_urls: ['a', 'b'],
    } as const
    await quoteVideo(setting.client, {
      ...request,
      reference_image_urls: [...request.reference_image_urls],
    })
    const [{ headers, json: body }] = setting.server.requests as [
      (typeof setting.server.requests)[number],
    ]
    expect(body).toEqual({ duration: '5s', model: 'x', reference_image_count: 2 })
    expect(headers['sign-in-with-x']).toBeUndefined()
  })

  test.each([-1, '0.35', null, 1e12])('error: a price of %j', async (quote) => {
    await using setting = await setup(json({ quote }))
    await expect(quoteVideo(setting.client, { model: 'x' })).rejects.toMatchObject({
      code: 'API_MALFORMED',
    })
  })

  test('error: 403, as for upscaling without a key', async () => {
    await using setting = await setup(json({ error: 'No' }, 403))
    await expect(quoteVideo(setting.client, { model: 'x' })).rejects.toMatchObject({
      code: 'API_REFUSED',
      status: 403,
    })
  })
})

describe('listModels', () => {
  const model = { id: 'x', model_spec: { constraints: { model_type: 'video' } }, type: 'video' }

  test('behavior: a strange entry does not hide the others', async () => {
    await using setting = await setup(json({ data: [null, model, { id: 'y', type: 'image' }, 5] }))
    expect((await listModels(setting.client)).map(({ id }) => id)).toEqual(['x'])
  })

  test('error: nothing but strange entries', async () => {
    await using setting = await setup(json({ data: [null, {}] }))
    await expect(listModels(setting.client)).rejects.toMatchObject({ code: 'API_MALFORMED' })
  })
})

describe('discoverTopUp', () => {
  const demand = { accepts: [entryV2()], x402Version: 2 }

  test('behavior: no sign-in and no payment travel, and the header is read first', async () => {
    const headers = {
      [X402.headers.required]: X402.encode({
        ...demand,
        accepts: [entryV2({ amount: '6000000' })],
      }),
    }
    await using setting = await setup(() => Response.json(demand, { headers, status: 402 }))
    expect((await discoverTopUp(setting.client)).offers).toMatchObject([{ amount: 6_000_000n }])
    const seen = Object.keys(setting.server.requests[0]?.headers ?? {})
    expect(seen.filter((name) => /payment|sign|auth/.test(name))).toEqual([])
  })

  test.each<[string, () => Response, string]>([
    ['a good answer', json({ success: true }), 'API_MALFORMED'],
    ['a 402 without offers', json({ error: 'Pay' }, 402), 'API_MALFORMED'],
    ['a 402 of HTML', () => new Response('<html>', { status: 402 }), 'API_MALFORMED'],
    ['a refusal', json({ error: 'No' }, 403), 'API_REFUSED'],
    ['no payments today', json({ error: 'X402_NOT_CONFIGURED' }, 503), 'API_UNAVAILABLE'],
    ['too much', json({}, 429), 'RATE_LIMITED'],
  ])('error: %s', async (_, reply, code) => {
    await using setting = await setup(reply)
    await expect(discoverTopUp(setting.client)).rejects.toMatchObject({ code, moneyMoved: 'no' })
  })
})

describe('getBalance', () => {
  test.each<[number, unknown, string]>([
    [200, { data: { balanceUsd: 5 }, success: true }, 'API_MALFORMED'],
    [401, { error: 'Invalid Sign-in-with-x signature' }, 'SIGN_IN_REFUSED'],
    [402, demandFor(), 'API_REFUSED'],
    [403, { error: 'Not your wallet' }, 'API_REFUSED'],
  ])('error: %d', async (status, body, code) => {
    await using setting = await setup(json(body, status))
    await expect(getBalance(setting.client)).rejects.toMatchObject({ code })
    expect(setting.server.requests[0]?.path).toBe(`/api/v1/x402/balance/${wallet.address}`)
  })

  test('error: no wallet', async () => {
    await using client = clientOf('http://127.0.0.1:1', { wallet: undefined })
    await expect(getBalance(client)).rejects.toMatchObject({ code: 'NO_WALLET' })
  })
})

function demandFor() {
  return { accepts: [entryV2()], authOptions: {}, x402Version: 2 }
}

describe('the chain', () => {
  /** A node whose block and word are these. */
  async function node(block: unknown, result: unknown) {
    const server = await serve(({ json: call }) => {
      const { method } = call as { method: string }
      if (method === 'eth_chainId') return { result: `0x${network.chainId.toString(16)}` }
      return { result: method === 'eth_call' ? result : block }
    })
    return {
      rpc: createRpc({ url: server.url }),
      server,
      [Symbol.asyncDispose]: server[Symbol.asyncDispose],
    }
  }
  const block = { number: '0x10', timestamp: '0x6abcdef0' }
  const ask = { from: wallet.address, network, nonce }

  test('behavior: the nonce is looked up at the block whose time is told', async () => {
    await using setting = await node(block, word(1n))
    const seen = await readAuthorization(setting.rpc, ask)
    expect(seen).toEqual({ at: new Date(0x6abcdef0 * 1000), used: true })
    const data = `0xe94a0102${wallet.address.slice(2).toLowerCase().padStart(64, '0')}${'07'.repeat(32)}`
    expect(setting.server.requests[1]?.json).toMatchObject({ params: ['safe', false] })
    expect(setting.server.requests[2]?.json).toMatchObject({
      params: [{ data, to: network.asset }, '0x10'],
    })
  })

  test.each<[string, unknown, unknown]>([
    ['neither true nor false', block, word(2n)],
    ['a whole word of ones', block, `0x${'f'.repeat(64)}`],
    ['no contract there', block, '0x'],
    ['a short word', block, '0x0'],
    ['a long word', block, `${word(0n)}00`],
    ['no block', null, word(0n)],
    ['a block without a time', { number: '0x1' }, word(0n)],
    ['a block at the end of time', { ...block, timestamp: '0xffffffffffffffff' }, word(0n)],
    ['a time as a number', { ...block, timestamp: 1_790_000_000 }, word(0n)],
  ])('error: %s proves nothing', async (_, answer, result) => {
    await using setting = await node(answer, result)
    await expect(readAuthorization(setting.rpc, ask)).rejects.toMatchObject({ name: 'RpcError' })
  })

  test('behavior: USDC, all of it', async () => {
    await using setting = await node(block, word(2n ** 256n - 1n))
    expect(await readUsdc(setting.rpc, { address: payTo, network })).toBe(2n ** 256n - 1n)
    await using empty = await node(block, '0x')
    await expect(readUsdc(empty.rpc, { address: payTo, network })).rejects.toMatchObject({
      name: 'RpcError',
    })
  })
})

describe('revokeDownload', () => {
  test('behavior: it is asked three times, and failure is harmless', async () => {
    await using setting = await setup(() => new Response('x', { status: 500 }))
    const url = `${setting.server.origin}/x?signature=y`
    expect(await revokeDownload(setting.client, { url })).toBe(false)
    const asked = { method: 'DELETE', path: '/x?signature=y' }
    expect(setting.server.requests).toMatchObject([asked, asked, asked])
    expect(await revokeDownload(setting.client, { url: 'https://127.0.0.1/' })).toBe(false)
  })

  test('behavior: a link that is gone is revoked, and not asked about again', async () => {
    await using setting = await setup(() => new Response(null, { status: 410 }))
    const url = `${setting.server.origin}/x?signature=y`
    expect(await revokeDownload(setting.client, { url })).toBe(true)
    expect(setting.server.requests).toHaveLength(1)
  })
})
