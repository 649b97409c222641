import { request } from 'node:http'

import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'

import { serveHttp } from '../../../src/mcp/serveHttp.js'

/** What came back. Headers are as node gives them. */
export type Answer = { body: string; headers: NodeJS.Dict<string | string[]>; status: number }

/** Sends a request whose headers are exactly these, `host` included. */
export function send(url: string, options: send.Options = {}): Promise<Answer> {
  const { body, headers = {}, method = 'POST', path } = options
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { agent: false, headers: { ...headers }, method, ...(path !== undefined && { path }) },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.once('error', reject)
        incoming.once('end', () =>
          resolve({
            body: Buffer.concat(chunks).toString('utf8'),
            headers: incoming.headers,
            status: incoming.statusCode ?? 0,
          }),
        )
      },
    )
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

export declare namespace send {
  type Options = {
    body?: Buffer | string | undefined
    headers?: Record<string, string | string[]> | undefined
    method?: string | undefined
    path?: string | undefined
  }
}

/** The last JSON-RPC message of an answer, as event stream or as JSON. */
export function messageOf({ body, headers }: Answer): Record<string, never> {
  const isStream = String(headers['content-type']).startsWith('text/event-stream')
  const text = isStream ? (body.trim().split('\ndata: ').at(-1) ?? '') : body
  return JSON.parse(text) as Record<string, never>
}

export const initialize = JSON.stringify({
  id: 0,
  jsonrpc: '2.0',
  method: 'initialize',
  params: {
    capabilities: {},
    clientInfo: { name: 'test', version: '0' },
    protocolVersion: '2025-11-25',
  },
})

export const call = (name = 'count', id: unknown = 1) =>
  JSON.stringify({ id, jsonrpc: '2.0', method: 'tools/call', params: { name } })

/** Headers of a good request. */
export const good = (token: string, session?: string) => ({
  accept: 'application/json, text/event-stream',
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
  ...(session !== undefined && { 'mcp-session-id': session }),
})

/** A server whose tools count their runs, wait for a signal, or say the principal's tokens. */
export async function startCounter(options: Partial<serveHttp.Options> = {}) {
  const tokens = new Map([
    ['first-token', 'first'],
    ['second-token', 'second'],
  ])
  const seen = { aborted: 0, runs: 0 }
  let release = () => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  const listening = await serveHttp({
    authorize: (header) => tokens.get(/^Bearer (.*)$/.exec(header ?? '')?.[1] ?? ''),
    createServer: () => {
      const server = new Server({ name: 'counter', version: '0' }, { capabilities: { tools: {} } })
      server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [] }))
      server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }) => {
        seen.runs += 1
        signal.addEventListener('abort', () => (seen.aborted += 1))
        if (params.name === 'wait') await released
        return { content: [{ text: `run ${seen.runs}`, type: 'text' }] }
      })
      return server
    },
    ...options,
  })
  return {
    ...listening,
    /** Opens a session and gives its id. */
    async open(token = 'first-token'): Promise<string> {
      const { headers } = await send(listening.url, { body: initialize, headers: good(token) })
      return String(headers['mcp-session-id'])
    },
    release,
    seen,
    tokens,
  }
}
