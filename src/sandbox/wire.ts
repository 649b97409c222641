import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** What becomes of an answer on its way through the socket. */
export type Wire =
  | { kind: 'drip'; ms: number }
  | { kind: 'hang'; sent: 'half' | 'nothing' }
  | { kind: 'pause'; ms: number }
  | { kind: 'reset'; sent: 'half' | 'nothing' }
  /** Sends this share of the body, 0 to 1. */
  | { kind: 'truncate'; share: number }

const wires = new WeakMap<Response, Wire>()

/** Writes down what the socket has to do with this answer. */
export function setWire(response: Response, wire: Wire): Response {
  wires.set(response, wire)
  return response
}

/** What the socket has to do with an answer, if anything but sending it. */
export function wireOf(response: Response): Wire | undefined {
  return wires.get(response)
}

/** Sends an answer the bad way. The length it announces is always the whole one. */
export async function play(
  wire: Wire,
  response: Response,
  outgoing: ServerResponse,
): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer())
  const { socket } = outgoing
  if ((wire.kind === 'reset' || wire.kind === 'hang') && wire.sent === 'nothing') {
    if (wire.kind === 'reset') socket?.resetAndDestroy()
    return
  }
  const headers = Object.fromEntries(response.headers)
  outgoing.writeHead(response.status, { ...headers, 'content-length': body.length })
  if (wire.kind === 'drip') return drip(outgoing, body, wire.ms)

  const half = Math.floor(body.length * (wire.kind === 'truncate' ? wire.share : 0.5))
  await new Promise((resolve) => {
    outgoing.flushHeaders()
    outgoing.write(body.subarray(0, half), resolve)
  })
  if (wire.kind === 'pause') {
    await sleep(wire.ms)
    outgoing.end(body.subarray(half))
  }
  if (wire.kind === 'truncate') socket?.end()
  if (wire.kind === 'reset') socket?.resetAndDestroy()
}

async function drip(outgoing: ServerResponse, body: Buffer, ms: number): Promise<void> {
  const pieces = Math.max(1, Math.min(50, body.length))
  const size = Math.ceil(body.length / pieces)
  for (let start = 0; start < body.length && !outgoing.destroyed; start += size) {
    outgoing.write(body.subarray(start, start + size))
    await sleep(ms / pieces)
  }
  outgoing.end()
}
