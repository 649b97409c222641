import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { type ElicitResult, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { expect, test } from 'vitest'

import type { Extra } from '../../src/mcp/callTool.js'
import { createAsk } from '../../src/mcp/createAsk.js'

const question = { message: 'Really?', statements: { a: 'One.', b: 'Two.' } }
const extra = { requestId: 1 } as Extra

/** A server whose client shows forms and never answers them. */
async function setup() {
  const server = new Server({ name: 'test', version: '0' }, { capabilities: {} })
  const client = new Client(
    { name: 'test', version: '0' },
    { capabilities: { elicitation: { form: {} } } },
  )
  const cancelled = new Promise<void>((resolve) =>
    client.setRequestHandler(ElicitRequestSchema, (_request, { signal }) => {
      signal.addEventListener('abort', () => resolve())
      if (signal.aborted) resolve()
      return new Promise<ElicitResult>(() => {})
    }),
  )
  const [near, far] = InMemoryTransport.createLinkedPair()
  await Promise.all([server.connect(far), client.connect(near)])
  // The SDK's client takes the cancellation of request 0 for one without an id.
  await server.ping()
  return { ask: createAsk(server, extra), cancelled, client, server }
}

test('behavior: a form whose time is up is taken away, and is no yes', async () => {
  const { ask, cancelled } = await setup()
  expect(await ask?.(question, { timeout: 20 })).toBe('unanswered')
  await cancelled
})

test('behavior: a host that goes away is no yes', async () => {
  const { ask, client } = await setup()
  const answer = ask?.(question, { timeout: 60_000 })
  await client.close()
  expect(await answer).toBe('unanswered')
})

test('behavior: a question that is withdrawn is no yes', async () => {
  const { ask, cancelled } = await setup()
  const withdrawn = new AbortController()
  const answer = ask?.(question, { signal: withdrawn.signal, timeout: 60_000 })
  withdrawn.abort()
  expect(await answer).toBe('unanswered')
  await cancelled
})
