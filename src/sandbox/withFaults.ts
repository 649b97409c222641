import { setTimeout as sleep } from 'node:timers/promises'
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'

import type { FaultOf, Kind } from './faults.js'
import { wrongAnswer } from './outages.js'
import { takeFault } from './takeFault.js'
import { setWire } from './wire.js'
import type { Trace, World } from './world.js'

/** Kinds that spoil the answer, whatever the route. The others are known to the routes. */
const kinds = [
  'capacity',
  'content-type',
  'delay',
  'gzip-bomb',
  'hang',
  'huge-body',
  'malformed-json',
  'outage',
  'oversized-header',
  'rate-limited',
  'redirect',
  'reset',
  'slow-body',
  'status',
  'truncated',
  'unconfigured',
] as const satisfies readonly Kind[]

type Spoiler = FaultOf<(typeof kinds)[number]>
type Handler = () => Promise<Response>

/**
 * Answers a request, spoiled by the fault that is due for it. What only a socket can do (drop,
 * hang, drip) is written down on the response, and done by whoever holds the socket.
 */
export async function withFaults(world: World, trace: Trace, handle: Handler): Promise<Response> {
  const skew = takeFault(world, trace, 'clock-skew')
  if (skew) trace.skew = skew.ms
  const fault = takeFault(world, trace, ...kinds)
  if (fault) return spoil(trace, fault, handle)
  if (trace.route !== 'top-up-payment') return handle()

  const response = await handle()
  if (response.status !== 200) return response
  const after = takeFault(world, trace, 'settle-then-reset', 'settle-then-504')
  if (!after) return response
  if (after.kind === 'settle-then-reset')
    return setWire(response, { kind: 'reset', sent: 'nothing' })
  return Response.json(
    { error: 'SETTLEMENT_TIMEOUT', message: 'The settlement was not confirmed in time' },
    { status: 504 },
  )
}

async function spoil(trace: Trace, fault: Spoiler, handle: Handler): Promise<Response> {
  switch (fault.kind) {
    case 'reset':
    case 'hang': {
      const { kind, when } = fault
      if (when === 'before') return setWire(unanswered(trace), { kind, sent: 'nothing' })
      return setWire(await handle(), { kind, sent: when === 'mid-body' ? 'half' : 'nothing' })
    }
    case 'delay': {
      if (fault.when === 'mid-body') return setWire(await handle(), { kind: 'pause', ms: fault.ms })
      if (fault.when === 'before') await sleep(fault.ms)
      const response = await handle()
      if (fault.when === 'after') await sleep(fault.ms)
      return response
    }
    case 'status': {
      const { body, headers = {}, status, when } = fault
      if (when === 'after') await handle()
      else unanswered(trace)
      const empty = body === undefined || status === 204 || status === 304
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json'
      return new Response(empty ? null : text, {
        headers: { ...(!empty && { 'Content-Type': type }), ...headers },
        status,
      })
    }
    case 'outage':
      if (fault.when === 'after') await handle()
      else unanswered(trace)
      return wrongAnswer(fault)
    case 'rate-limited': {
      const { retry_after: wait } = fault
      unanswered(trace)
      return Response.json(
        { error: 'Rate limit exceeded' },
        { ...(wait !== undefined && { headers: { 'Retry-After': String(wait) } }), status: 429 },
      )
    }
    case 'capacity':
      unanswered(trace)
      return Response.json(
        { error: 'The model is at capacity. Please try again later.' },
        { status: 503 },
      )
    case 'unconfigured':
      unanswered(trace)
      return Response.json(
        { error: 'X402_NOT_CONFIGURED', message: 'x402 payments are not configured' },
        { status: 503 },
      )
    case 'redirect': {
      if (fault.when === 'after') await handle()
      else unanswered(trace)
      return new Response(null, { headers: { Location: fault.to }, status: fault.status })
    }
    case 'malformed-json': {
      const response = await handle()
      const bytes = Buffer.from(await response.arrayBuffer())
      return rebuild(response, bytes.subarray(0, Math.floor(bytes.length / 2)))
    }
    case 'truncated':
      return setWire(await handle(), { kind: 'truncate', share: fault.share })
    case 'slow-body':
      return setWire(await handle(), { kind: 'drip', ms: fault.ms })
    case 'oversized-header': {
      const response = await handle()
      response.headers.set('X-Padding', 'x'.repeat(fault.bytes))
      return response
    }
    case 'content-type': {
      const response = await handle()
      response.headers.set('Content-Type', fault.value)
      return response
    }
    case 'gzip-bomb': {
      unanswered(trace)
      const stream = Readable.from(blanks(fault.megabytes)).pipe(createGzip())
      const headers = { 'Content-Encoding': 'gzip', 'Content-Type': 'application/json' }
      return new Response(Readable.toWeb(stream) as ReadableStream<Uint8Array>, { headers })
    }
    case 'huge-body': {
      unanswered(trace)
      const body = ReadableStream.from(blanks(fault.megabytes)) as ReadableStream<Uint8Array>
      return new Response(body, { headers: { 'Content-Type': 'application/json' } })
    }
  }
}

/** The answer of a request that nobody looked at. */
function unanswered(trace: Trace): Response {
  trace.verdict = 'not processed'
  return new Response(null, { status: 200 })
}

function rebuild(response: Response, bytes: Uint8Array<ArrayBuffer>): Response {
  const headers = new Headers(response.headers)
  headers.set('Content-Length', String(bytes.length))
  return new Response(bytes, { headers, status: response.status })
}

function* blanks(megabytes: number): Generator<Uint8Array> {
  const chunk = new Uint8Array(65_536).fill(0x20)
  for (let sent = 0; sent < megabytes * 16; sent += 1) yield chunk
}
