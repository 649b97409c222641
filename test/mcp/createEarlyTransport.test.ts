import { PassThrough } from 'node:stream'

import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js'
import { expect, test } from 'vitest'

import { createEarlyTransport } from '../../src/mcp/createEarlyTransport.js'
import { createMcpServer } from '../../src/mcp/createMcpServer.js'
import type { Answers } from '../../src/mcp/readAnswers.js'
import { recordAnswers } from '../../src/mcp/recordAnswers.js'

type Message = {
  error?: unknown
  id?: unknown
  jsonrpc: string
  method?: string
  params?: unknown
  result?: unknown
}

const answers = await recordAnswers()
const initialize = (protocolVersion: string, id: unknown = 1) => ({
  id,
  jsonrpc: '2.0',
  method: 'initialize',
  params: { capabilities: {}, clientInfo: { name: 'test', version: '0' }, protocolVersion },
})
const list = { id: 2, jsonrpc: '2.0', method: 'tools/list' }
const unknownTool = { id: 9, jsonrpc: '2.0', method: 'tools/call', params: { name: 'none' } }

/** A transport with its two ends in hand. */
function setup(known: Answers | undefined = answers) {
  const input = new PassThrough()
  const output = new PassThrough()
  const said: Message[] = []
  output.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().trim().split('\n')) said.push(JSON.parse(line) as Message)
  })
  const transport = createEarlyTransport({ answers: known, input, output })
  const server = createMcpServer(() =>
    Promise.reject(new Error('there is no wallet here')),
  ) as Server
  return {
    input,
    said,
    server,
    /** Writes messages and waits until something is answered to the last one. */
    async say(...messages: Partial<Message>[]) {
      input.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(''))
      const id = messages.at(-1)?.id
      while (!said.some((message) => message.id === id)) await new Promise(setImmediate)
    },
    transport,
  }
}

test.each([...SUPPORTED_PROTOCOL_VERSIONS, '2099-01-01', '1'])(
  'behavior: early answers at version %s are those of the server',
  async (version) => {
    const early = setup()
    await early.say(
      initialize(version),
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      list,
    )
    const late = setup()
    await late.server.connect(late.transport)
    await late.say(
      initialize(version),
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      list,
    )
    expect(early.said).toEqual(late.said)
    expect(early.said).toHaveLength(2)
  },
)

test('behavior: the server hears everything once, and the host hears one answer to each', async () => {
  const { said, say, server, transport } = setup()
  await say(initialize('2025-06-18', 'first'))
  const messages = [{ jsonrpc: '2.0', method: 'notifications/initialized' }, list, unknownTool]
  const initialized = new Promise<void>((resolve) => (server.oninitialized = resolve))
  const answered = say({ ...list, id: 'again' }, ...messages)
  await transport.needed
  await server.connect(transport)
  await answered
  await initialized
  expect(said.map(({ id }) => id)).toEqual(['first', 'again', 2, 9])
  expect(server.getClientVersion()).toEqual({ name: 'test', version: '0' })
  await transport.idle()
})

test('behavior: nothing but the first words of a session is answered early', async () => {
  const odd: [string, unknown][] = [
    ['tools/list before initialize', list],
    ['ping before initialize', { id: 3, jsonrpc: '2.0', method: 'ping' }],
    ['no version', { ...initialize('2025-11-25'), params: { capabilities: {} } }],
    ['an id that is no id', initialize('2025-11-25', { a: 1 })],
    ['not an object', 7],
    ['null', null],
  ]
  for (const [what, message] of odd) {
    const { input, said, transport } = setup()
    input.write(`${JSON.stringify(message)}\n`)
    await transport.needed
    expect({ said, what }).toEqual({ said: [], what })
  }
})

test('behavior: nothing may be said as null, before there is a server and after', async () => {
  const { said, say, server, transport } = setup()
  const nothing = { ...list, params: null }
  const none = { arguments: null, _meta: null, name: 'none' }
  await say(initialize('2025-11-25'), nothing)
  await server.connect(transport)
  await say({ ...nothing, id: 'later' })
  await say({ ...list, id: 'page', params: { cursor: null } })
  await say({ id: 'ping', jsonrpc: '2.0', method: 'ping', params: null })
  await say({ ...unknownTool, params: none })
  await say({ ...unknownTool, id: 'text', params: { arguments: '{"a":1}', name: 'none' } })
  expect(said.map(({ error, id }) => ({ error, id }))).toEqual(
    [1, 2, 'later', 'page', 'ping', 9, 'text'].map((id) => ({ error: undefined, id })),
  )
})

test('error: a request that is none is told so, before there is a server and after', async () => {
  const odd: [string, object][] = [
    ['another JSON-RPC', { ...initialize('2025-11-25'), jsonrpc: '1.0' }],
    ['params by position', { ...list, params: [] }],
    ['params as text', { ...list, params: '{}' }],
    ['no method', { id: 4, jsonrpc: '2.0' }],
    ['a method that is no text', { ...list, method: 7 }],
  ]
  const { said, say, server, transport } = setup()
  for (const [what, message] of odd) await say({ ...message, id: what })
  await say(initialize('2025-11-25'))
  await server.connect(transport)
  for (const [what, message] of odd) await say({ ...message, id: `later: ${what}` })
  const refused = said.filter(({ id }) => id !== 1)
  expect(refused.map(({ id }) => id)).toEqual(
    ['', 'later: '].flatMap((when) => odd.map(([what]) => `${when}${what}`)),
  )
  for (const { error } of refused) expect(error).toMatchObject({ code: -32_600 })
})

test('behavior: what is no JSON is passed over, and lines may come in pieces', async () => {
  const { input, said, say, transport } = setup()
  const errors: Error[] = []
  Object.assign(transport, { onerror: (error: Error) => errors.push(error) })
  const text = `{nonsense\n\n${JSON.stringify(initialize('2025-11-25'))}`
  for (const byte of Buffer.from(text)) input.write(Buffer.of(byte))
  input.write('\n')
  await say({ id: 'p', jsonrpc: '2.0', method: 'ping' })
  expect(errors).toHaveLength(1)
  expect(said.map(({ id }) => id)).toEqual([1, 'p'])
})

test('behavior: without a build the server answers for itself', async () => {
  const { said, say, server, transport } = setup(undefined)
  const answered = say(initialize('2025-11-25'), list)
  await transport.needed
  await server.connect(transport)
  await answered
  expect(said.map(({ result }) => result)).toEqual([answers.initialize, answers.tools])
})
