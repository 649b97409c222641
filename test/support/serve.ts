import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net'

import { parseJson } from '../../src/internal/base64Json.js'

/** A request as it arrived. Header names are lower case. */
export type Seen = {
  headers: IncomingHttpHeaders
  json: unknown
  method: string
  /** Path and query. */
  path: string
  text: string
}

/** An answer; a plain object is sent as JSON with status 200. */
export type Reply = Response | Record<string, unknown>

/**
 * Serves a fetch-style handler on a free loopback port until disposed, and keeps what arrived.
 * A handler that throws drops the connection.
 */
export async function serve(handler: (seen: Seen, count: number) => Promise<Reply> | Reply) {
  const requests: Seen[] = []
  let connections = 0
  const server = createServer(async (incoming, outgoing) => {
    try {
      const chunks: Buffer[] = []
      for await (const chunk of incoming) chunks.push(chunk as Buffer)
      const text = Buffer.concat(chunks).toString()
      const { headers, method = 'GET', url: path = '/' } = incoming
      const seen = { headers, json: parseJson(text), method, path, text }
      requests.push(seen)
      await send(outgoing, await handler(seen, requests.length))
    } catch {
      incoming.socket.destroy()
    }
  })
  server.on('connection', () => (connections += 1))
  const { dispose, origin, port } = await listen(server)
  return {
    /** Connections accepted so far. */
    connections: () => connections,
    /** Drops connections that wait for a request. */
    closeIdle: () => server.closeIdleConnections(),
    origin,
    port,
    requests,
    url: origin,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await dispose()
    },
  }
}

/** Hands every connection to a function, byte by byte. Counts them. */
export async function serveSockets(handler: (socket: Socket, count: number) => void) {
  const open = new Set<Socket>()
  let connections = 0
  const server = createSocketServer((socket) => {
    connections += 1
    open.add(socket)
    socket.on('error', () => {}) // the other side may be gone
    socket.on('close', () => open.delete(socket))
    handler(socket, connections)
  })
  const { dispose, origin, port } = await listen(server)
  return {
    connections: () => connections,
    origin,
    port,
    url: origin,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      await dispose()
    },
  }
}

/** Answers every request with the same bytes, and keeps the connection. Counts whole requests. */
export async function serveBytes(answer: string | ((socket: Socket, count: number) => void)) {
  let requests = 0
  const server = await serveSockets((socket) => {
    let buffered = ''
    socket.on('data', (chunk) => {
      buffered += chunk.toString('latin1')
      for (let end = endOf(buffered); end > 0; end = endOf(buffered)) {
        buffered = buffered.slice(end)
        requests += 1
        if (typeof answer === 'string') socket.write(answer)
        else answer(socket, requests)
      }
    })
  })
  return { ...server, requests: () => requests }
}

/** Where the first request in the buffer ends; 0 while it is incomplete. */
function endOf(buffered: string): number {
  const head = buffered.indexOf('\r\n\r\n')
  if (head < 0) return 0
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(buffered.slice(0, head))?.[1] ?? 0)
  const end = head + 4 + length
  return buffered.length >= end ? end : 0
}

async function send(outgoing: ServerResponse, reply: Reply): Promise<void> {
  const response = reply instanceof Response ? reply : Response.json(reply)
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  for await (const chunk of response.body ?? []) {
    if (outgoing.destroyed) return
    if (!outgoing.write(chunk))
      await new Promise<void>((resolve) => {
        const go = () => {
          outgoing.off('drain', go).off('close', go)
          resolve()
        }
        outgoing.once('drain', go).once('close', go)
      })
  }
  outgoing.end()
}

async function listen(server: Server | ReturnType<typeof createSocketServer>) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const dispose = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return { dispose, origin: `http://127.0.0.1:${port}`, port }
}
