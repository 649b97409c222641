import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import * as Errors from '../Errors.js'
import { checkHttp, checkNames, type Gate, type Refusal } from './checkHttp.js'
import type { McpServer } from './createMcpServer.js'
import { createSessions, type Session } from './createSessions.js'
import { readMessage } from './readMessage.js'

/** An MCP server that listens on loopback. */
export type Listening = {
  /** Lets calls under way finish for a while, then ends sessions and connections. */
  close(): Promise<void>
  /** Where clients connect, such as `http://127.0.0.1:4021/mcp`. */
  url: string
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Serves MCP over Streamable HTTP on 127.0.0.1, behind a token, Host and Origin lists and limits.
 * Sessions belong to the principal that opened them. There is no CORS: no web page may read this.
 *
 * @throws {@link ListenError} when the port is taken.
 */
export async function serveHttp(options: serveHttp.Options): Promise<Listening> {
  const { authorize, grace = 5_000, idle = 30 * 60_000, maxSessions = 32, port = 0 } = options
  const { bodyTimeout = 20_000, headersTimeout = 10_000, now = () => performance.now() } = options
  const sessions = createSessions({
    createId: randomUUID,
    createServer: options.createServer,
    idle,
    limit: maxSessions,
    now,
  })
  const calls = new Set<Promise<void>>()
  let closing = false

  const server = createServer({
    connectionsCheckingInterval: 500,
    headersTimeout,
    maxHeaderSize: 8_192,
    requestTimeout: bodyTimeout,
  })
  server.maxConnections = 128
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new ListenError({ cause, port })))
    server.listen(port, '127.0.0.1', resolve)
  })
  const { port: taken } = server.address() as AddressInfo
  const names = [`127.0.0.1:${taken}`, `localhost:${taken}`]
  const gate: Gate = {
    authorize,
    hosts: new Set(names),
    origins: new Set(names.map((name) => `http://${name}`)),
  }
  server.on('request', (incoming, outgoing) => {
    const call = answer(incoming, outgoing).catch(() => void outgoing.destroy())
    if (incoming.method === 'GET') return // a stream for notifications is no call
    calls.add(call)
    void call.then(() => calls.delete(call))
  })

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const passed = checkHttp(incoming, gate)
    if ('status' in passed) return refuse(outgoing, passed)
    if (closing) return refuse(outgoing, { message: 'The server is stopping.', status: 503 })
    const read = incoming.method === 'POST' ? await readMessage(incoming) : undefined
    if (read && 'status' in read) return refuse(outgoing, read)
    const misnamed = read && checkNames(incoming.headers, read.message)
    if (misnamed) return refuse(outgoing, misnamed)
    const session = await sessionOf(incoming, passed.principal, read?.message)
    if ('status' in session) return refuse(outgoing, session)

    session.busy += 1
    session.seenAt = now()
    try {
      const { headers, method = 'GET' } = incoming
      const accept = acceptOf(headers.accept, session)
      const request = new Request(`http://${names[0]}/mcp`, {
        headers: { ...plain(headers), accept },
        method,
      })
      const { transport } = session
      await reply(await transport.handleRequest(request, { parsedBody: read?.message }), outgoing)
    } finally {
      session.busy -= 1
      session.seenAt = now()
      if (session.transport.sessionId === undefined) await sessions.end(session) // never began
    }
  }

  /** The session a request belongs to. `initialize` without an id begins one, and nothing else. */
  async function sessionOf(
    incoming: IncomingMessage,
    principal: string,
    message: Record<string, unknown> | undefined,
  ): Promise<Refusal | Session> {
    const id = incoming.headers['mcp-session-id']
    if (typeof id === 'string')
      return sessions.find(id, principal) ?? { message: 'Session not found', status: 404 }
    if (message?.['method'] !== 'initialize')
      return { message: 'Begin with initialize, then send Mcp-Session-Id.', status: 400 }
    const { accept = '*/*' } = incoming.headers
    const session = await sessions.open(principal, { events: takesEvents(accept) })
    return (
      session ?? {
        headers: { 'retry-after': '10' },
        message: 'There are too many sessions at work.',
        status: 503,
      }
    )
  }

  const sweeper = setInterval(() => sessions.sweep(), 60_000).unref()

  async function close(): Promise<void> {
    closing = true
    clearInterval(sweeper)
    const closed = new Promise((resolve) => server.close(resolve))
    await Promise.race([Promise.all(calls), after(grace)])
    await sessions.close()
    server.closeAllConnections()
    await closed
  }
  return { close, [Symbol.asyncDispose]: close, url: `http://127.0.0.1:${taken}/mcp` }
}

export declare namespace serveHttp {
  type Options = Pick<Gate, 'authorize'> & {
    /** How long a request may take to arrive, body included, in milliseconds. @default 20_000 */
    bodyTimeout?: number | undefined
    /** Makes the server behind one session. */
    createServer(): McpServer
    /** How long calls may go on when the server is to stop, in milliseconds. @default 5_000 */
    grace?: number | undefined
    /** How long headers may take to arrive, in milliseconds. @default 10_000 */
    headersTimeout?: number | undefined
    /** How long a session may be silent, in milliseconds. @default 30 minutes */
    idle?: number | undefined
    /** @default 32 */
    maxSessions?: number | undefined
    /** Milliseconds that only grow. */
    now?: (() => number) | undefined
    /** 0 takes a free one. @default 0 */
    port?: number | undefined
  }
}

function takesEvents(accept: string): boolean {
  return accept.toLowerCase().includes('text/event-stream')
}

/**
 * The `Accept` header as the SDK wants it, which asks for both types by name. A client that takes
 * anything, or JSON alone, began a session that answers in JSON.
 */
function acceptOf(accept = '*/*', { events }: Session): string {
  const anything = accept.includes('*/*')
  const json = anything || /application\/(json|\*)/i.test(accept)
  const known = [
    ...(json ? ['application/json'] : []),
    ...(anything || takesEvents(accept) || (json && !events) ? ['text/event-stream'] : []),
  ]
  return known.join(', ')
}

function plain(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  )
}

function refuse(outgoing: ServerResponse, refusal: Refusal): void {
  const { code, headers, message, status } = refusal
  const error = { code: code ?? (status === 404 ? -32_001 : -32_000), message }
  outgoing.writeHead(status, { 'content-type': 'application/json', ...headers })
  outgoing.end(JSON.stringify({ error, id: null, jsonrpc: '2.0' }))
}

/** Sends a web response; a client that leaves ends the stream, never the work behind it. */
async function reply(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers)).flushHeaders()
  const reader = response.body?.getReader()
  outgoing.once('close', () => void reader?.cancel().catch(() => {}))
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
    outgoing.write(part.value)
  outgoing.end()
}

function after(delay: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delay).unref())
}

/** The server cannot listen where it should. */
export class ListenError extends Errors.BaseError {
  override readonly code = 'INVALID_CONFIG'
  override readonly name = 'Mcp.ListenError'

  constructor({ cause, port }: { cause: unknown; port: number }) {
    super(`The MCP server cannot listen on port ${port}.`, {
      cause,
      hint: 'Another program may have it: name another with --port, or use --port 0 for a free one.',
    })
  }
}
