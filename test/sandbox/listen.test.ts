import { expect, test } from 'vitest'

import { listenSandbox, type ListenError } from '../../src/sandbox/listen.js'

test('default: a free port on loopback, and everything that READY says', async () => {
  await using sandbox = await listenSandbox()
  const { url } = sandbox
  expect(sandbox).toMatchObject({
    apiUrl: `${url}/api/v1`,
    asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
    chainId: 84532,
    controlUrl: `${url}/__sandbox`,
    network: 'base-sepolia',
    payTo: expect.stringMatching(/^0x[0-9a-fA-F]{40}$/),
    rpcUrl: `${url}/__sandbox/rpc`,
  })
  const chain = await fetch(sandbox.rpcUrl, {
    body: JSON.stringify({ id: 1, jsonrpc: '2.0', method: 'eth_chainId' }),
    method: 'POST',
  })
  expect(await chain.json()).toEqual({ id: 1, jsonrpc: '2.0', result: '0x14a34' })
})

test('error: a port that is taken', async () => {
  await using first = await listenSandbox()
  const port = Number(new URL(first.url).port)
  const error = (await listenSandbox({ port }).catch((error: unknown) => error)) as ListenError
  expect(error.toJSON()).toMatchObject({ code: 'INVALID_CONFIG', money_moved: 'no' })
})

test('error: a fault that is not one leaves nothing listening', async () => {
  await using probe = await listenSandbox()
  const port = Number(new URL(probe.url).port)
  await probe.close()
  const faults = [{ kind: 'hang', route: 'everywhere' }] as never
  await expect(listenSandbox({ faults, port })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  await using again = await listenSandbox({ port })
  expect(again.url).toBe(probe.url)
})

test('behavior: closing drops what is still open', async () => {
  const faults = [{ kind: 'hang', route: 'models', when: 'before' }] as const
  const sandbox = await listenSandbox({ faults })
  const hanging = fetch(`${sandbox.apiUrl}/models`).catch((error: Error) => error.message)
  await new Promise((resolve) => setTimeout(resolve, 100))
  await sandbox.close()
  expect(await hanging).toBe('fetch failed')
})

test('behavior: tells when whoever got no answer hung up', async () => {
  const faults = [{ kind: 'hang', route: 'models', when: 'before' }] as const
  await using sandbox = await listenSandbox({ faults })
  const look = async () => {
    const { requests } = (await (await fetch(`${sandbox.controlUrl}/state`)).json()) as {
      requests: { at: string; closed_at?: string; status: number | null }[]
    }
    return requests[0]
  }
  const hanging = new AbortController()
  const answer = fetch(`${sandbox.apiUrl}/models`, { signal: hanging.signal }).catch(() => 'left')
  await expect.poll(look).toEqual(expect.objectContaining({ status: null }))
  expect(await look()).not.toHaveProperty('closed_at')

  hanging.abort()
  expect(await answer).toBe('left')
  await expect.poll(look).toHaveProperty('closed_at')
})

test('options: the same seed gives the same ids', async () => {
  const ids = []
  for (const seed of [7, 7, 8]) {
    await using sandbox = await listenSandbox({ seed })
    await fetch(`${sandbox.controlUrl}/credit`, {
      body: JSON.stringify({ address: `0x${'1'.repeat(40)}`, usd: '1' }),
      method: 'POST',
    })
    const state = await (await fetch(`${sandbox.controlUrl}/state`)).json()
    ids.push((state as { rows: { id: string }[] }).rows[0]?.id)
  }
  expect(ids[0]).toBe(ids[1])
  expect(ids[0]).not.toBe(ids[2])
})
