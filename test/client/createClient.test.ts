import { expect, test } from 'vitest'

import { getBalance } from '../../src/actions/getBalance.js'
import { call } from '../../src/client/call.js'
import { createClient } from '../../src/client/createClient.js'
import * as Network from '../../src/Network.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import * as Venice from '../../src/Venice.js'
import { clientOf, wallet } from '../support/client.js'
import { control } from '../support/createBuyer.js'
import { serve } from '../support/serve.js'

test('default: Venice, on Base, without a wallet', async () => {
  const client = createClient()
  expect(client).toMatchObject({ baseUrl: Venice.apiUrl, network: Network.networks.base })
  expect(client.wallet).toBeUndefined()
  expect(client.skew()).toBe(0)
  expect(Math.abs(client.now().getTime() - Date.now())).toBeLessThan(1_000)
  await client.close()
})

test('behavior: chance comes in bytes of hex, never the same', async () => {
  const client = createClient()
  const seen = new Set(Array.from({ length: 1_000 }, () => client.randomHex(16)))
  expect(seen.size).toBe(1_000)
  for (const hex of seen) expect(hex).toMatch(/^[0-9a-f]{32}$/)
  await client.close()
})

test('behavior: sleeping ends at once when it is not wanted any more', async () => {
  const client = createClient()
  const controller = new AbortController()
  const nap = client.sleep(60_000, controller.signal)
  controller.abort()
  await expect(nap).rejects.toMatchObject({ name: 'AbortError' })
  await client.sleep(1)
  await client.close()
})

test.each(Object.keys(Network.networks) as Network.Name[])(
  'behavior: the other side verifies each sign-in, on %s',
  async (name) => {
    await using sandbox = await listenSandbox({ network: name, speed: 200 })
    await using client = clientOf(sandbox.url, { network: Network.networks[name] })
    for (let round = 0; round < 3; round += 1)
      expect(await getBalance(client)).toMatchObject({ balanceUsd: 0n })
    const { requests } = await control(sandbox.controlUrl).state()
    const nonces = requests.filter(({ status }) => status === 200).map((one) => one.sign_in_nonce)
    expect(new Set(nonces).size).toBe(3)
  },
)

test('behavior: a clock that is ten minutes off is learned from the first refusal', async () => {
  await using sandbox = await listenSandbox({ speed: 200 })
  const now = () => new Date(Date.now() - 600_000)
  await using client = clientOf(sandbox.url, { now })
  expect(await getBalance(client)).toMatchObject({ balanceUsd: 0n })
  expect(Math.abs(client.skew() - 600_000)).toBeLessThan(2_000)
  await getBalance(client)
  const { requests } = await control(sandbox.controlUrl).state()
  expect(
    requests
      .map(({ status }) => status)
      .filter(Boolean)
      .toSorted(),
  ).toEqual([200, 200, 401])
})

test('behavior: answers are told, without query, credentials or body', async () => {
  await using server = await serve(() => ({ answer: 'secret' }))
  await using client = clientOf(server.origin)
  await call(client, { body: { prompt: 'secret' }, path: '/thing?signature=secret' })
  expect(client.events).toEqual([
    {
      method: 'POST',
      ms: expect.any(Number),
      path: '/api/v1/thing',
      status: 200,
      type: 'request.answered',
    },
  ])
})

test('error: after close nothing is sent any more', async () => {
  await using server = await serve(() => ({}))
  const client = clientOf(server.origin)
  await call(client, { path: '/x' })
  await client.close()
  await expect(call(client, { path: '/x', repeatable: false })).rejects.toMatchObject({
    code: 'API_UNREACHABLE',
  })
  expect(server.requests).toHaveLength(1)
})

test.each(['', 'api.venice.ai', '/api/v1', 'http://'])('error: %j is no base URL', (baseUrl) => {
  expect(() => createClient({ baseUrl, wallet })).toThrow(TypeError)
})
