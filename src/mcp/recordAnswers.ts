import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import {
  type JSONRPCMessage,
  LATEST_PROTOCOL_VERSION,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/sdk/types.js'

import { createMcpServer } from './createMcpServer.js'
import type { Answers } from './readAnswers.js'

/** Asks the real server what it answers to every client, for {@link Answers}. Run by the build. */
export async function recordAnswers(): Promise<Answers> {
  const [client, transport] = InMemoryTransport.createLinkedPair()
  const server = createMcpServer(() => Promise.reject(new Error('nothing is open at build time')))
  await server.connect(transport)
  const ask = (id: number, method: string, params: object) =>
    new Promise<JSONRPCMessage>((resolve) => {
      Object.assign(client, { onmessage: resolve })
      void client.send({ id, jsonrpc: '2.0', method, params: { ...params } })
    })
  const initialize = await ask(1, 'initialize', {
    capabilities: {},
    clientInfo: { name: 'build', version: '0' },
    protocolVersion: LATEST_PROTOCOL_VERSION,
  })
  const tools = await ask(2, 'tools/list', {})
  await server.close()
  if (!('result' in initialize) || !('result' in tools)) throw new Error('the server refused')
  return {
    initialize: initialize.result as Answers['initialize'],
    protocolVersions: SUPPORTED_PROTOCOL_VERSIONS,
    tools: tools.result,
  }
}
