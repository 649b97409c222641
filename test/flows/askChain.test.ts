import { afterEach, expect, test, vi } from 'vitest'

import type { Wire } from '../../src/client/createRpc.js'
import { askChain } from '../../src/flows/askChain.js'
import * as Network from '../../src/Network.js'
import * as Venice from '../../src/Venice.js'
import { wallet } from '../support/client.js'

afterEach(() => vi.unstubAllEnvs())

const payment = { nonce: `0x${'11'.repeat(32)}`, validBefore: new Date(0) } as const

/** What is told of a payment, and how often a node was asked. */
async function ask(baseUrl: string) {
  let asked = 0
  const node = {
    host: 'node.example',
    async request() {
      asked += 1
      throw new Error('away')
    },
  } as unknown as Wire
  const zecchino = { client: { baseUrl }, network: Network.networks.base, rpcs: [node], wallet }
  const proof = await askChain(zecchino as unknown as Parameters<typeof askChain>[0], payment)
  return { isAsked: asked > 0, proof }
}

test('behavior: while certificates are not checked no node proves that a payment is unpaid', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
  expect(await ask(Venice.apiUrl)).toEqual({
    isAsked: false,
    proof: { doubt: 'certificates are not checked', kind: 'nothing', speaks: true },
  })
  // A sandbox on loopback proves nothing of itself anyway.
  expect((await ask('http://127.0.0.1:4020/api/v1')).isAsked).toBe(true)
})

test.each(['1', '', undefined])('behavior: with %j nodes are asked', async (value) => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', value)
  expect((await ask(Venice.apiUrl)).isAsked).toBe(true)
})
