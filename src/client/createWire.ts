import {
  Agent,
  buildConnector,
  type Dispatcher,
  fetch,
  Pool,
  type RequestInit,
  type Response,
} from 'undici'

import * as Proxies from '../Proxies.js'
import { type Line, openLine } from './openLine.js'
import { openTunnel } from './openTunnel.js'

/** A `fetch` of this package: plain strings and init, and an undici response. */
export type Fetch = (url: string, init: Init) => Promise<Response>

/** What a request may say. `signIn` is read by a wrapper and goes no further. */
export type Init = {
  body?: string | Uint8Array | undefined
  /** Milliseconds for the whole exchange, the body included. */
  deadline: number
  /** Milliseconds until the head of the answer. @default the deadline, and never more than 180_000 */
  headDeadline?: number | undefined
  headers?: Record<string, string> | undefined
  method: 'DELETE' | 'GET' | 'POST'
  /** Called once when the exchange is over: the last byte is here, or none will come. */
  onEnd?: (() => void) | undefined
  /** Whether sending it twice does no harm. Answers to those are small, and read at once. */
  repeatable: boolean
  signal?: AbortSignal | undefined
  /** Whether it is signed in. */
  signIn: boolean
  /** While it waits for its turn: whoever has the greatest goes first. @default 0 */
  urgency?: (() => number) | undefined
}

/**
 * How long whoever is asked about a job or for its file may be silent before the answer begins, in
 * milliseconds. While it is, nobody else looks at a job that is paid for: no longer than two minutes,
 * with a pause. The file itself may take as long as it takes. Decided here.
 */
export const silence = 100_000

const limits = { bodyTimeout: 60_000, headersTimeout: 180_000 }
const shares = { ...limits, connections: 16, keepAliveTimeout: 10_000 }

/**
 * Connections to the API: undici with its own limits. Redirects are never followed, and nothing is
 * sent twice behind the caller's back.
 *
 * What must not be repeated gets a connection of its own, also through a proxy: on one that waited,
 * the request may meet the server's goodbye, and then nobody knows whether it was read.
 */
export function createWire(options: createWire.Options = {}) {
  const { proxies } = options
  const connect = { timeout: 10_000, ...options.connect }
  const connector = buildConnector(connect)
  const lines = new Set<Line>()
  const shared = new Agent({ ...shares, connect: connector })
  const tunnels = new Map<string, Dispatcher>()
  let open = true

  const sharedBy = (via: Proxies.Via | undefined): Dispatcher => {
    if (!via) return shared
    const known = tunnels.get(via.from)
    if (known) return known
    const tunnel = openTunnel(via, {
      connect,
      open: (origin, own) => new Pool(origin, { ...shares, connect: own }),
    })
    tunnels.set(via.from, tunnel)
    return tunnel
  }

  const wireFetch: Fetch = async (url, init) => {
    const { body, deadline, headDeadline, headers, method, onEnd, repeatable, signal } = init
    const via = Proxies.viaOf(proxies, url)
    const line = repeatable
      ? undefined
      : via
        ? lineThrough(via, connect)
        : openLine(new URL(url).origin, { connector, limits })
    if (line) lines.add(line)
    if (!open) await close()
    const exchange = startExchange({
      deadline,
      headDeadline,
      flow: line ?? { pause() {}, resume() {} },
      onEnd() {
        if (line) lines.delete(line)
        // Not at once: the parser may be at work further up the stack.
        queueMicrotask(() => void line?.dispatcher.destroy())
        onEnd?.()
      },
      signal,
    })
    const request: RequestInit = {
      dispatcher: (line?.dispatcher ?? sharedBy(via)).compose(exchange.interceptor),
      headers: { accept: 'application/json, video/mp4', ...headers },
      method,
      redirect: 'manual',
      signal: exchange.signal,
      ...(body !== undefined && { body }),
    }
    try {
      return await fetch(url, request)
    } catch (error) {
      exchange.end()
      throw error
    }
  }
  const close = async () => {
    open = false
    const dispatchers = [
      shared,
      ...tunnels.values(),
      ...[...lines].map(({ dispatcher }) => dispatcher),
    ]
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.destroy()))
  }
  return { close, fetch: wireFetch }
}

export declare namespace createWire {
  type Options = {
    connect?: buildConnector.BuildOptions | undefined
    /** What leads out of this network. @default nothing: every host is reached directly */
    proxies?: Proxies.Proxies | undefined
  }
}

/** A connection of its own for one exchange, through a tunnel of its own. */
function lineThrough(via: Proxies.Via, connect: buildConnector.BuildOptions): Line {
  let line: Line | undefined
  const dispatcher = openTunnel(via, {
    connect,
    open(origin, connector) {
      line = openLine(origin, { connector, limits })
      return line.dispatcher
    },
  })
  return { dispatcher, pause: () => line?.pause(), resume: () => line?.resume() }
}

/**
 * Follows one request to its end, within its deadline, and lets no second one through: the fetch
 * standard sends again by itself after a 421, with the same sign-in or payment on it.
 *
 * The clock is our own: in Node 20 a signal that combines others is swept away by the garbage
 * collector, and its time-out with it.
 */
function startExchange(options: {
  deadline: number
  headDeadline: number | undefined
  flow: { pause(): void; resume(): void }
  onEnd: () => void
  signal: AbortSignal | undefined
}) {
  const { deadline, flow, headDeadline, onEnd, signal } = options
  const own = new AbortController()
  let [ended, sent] = [false, false]
  const leave = () => own.abort(signal?.reason)
  const giveUp = () => own.abort(new DOMException('The deadline has passed.', 'TimeoutError'))
  // The connection keeps the process alive as long as it should be.
  const timer = setTimeout(giveUp, deadline).unref()
  const headTimer =
    headDeadline === undefined ? undefined : setTimeout(giveUp, headDeadline).unref()
  const end = () => {
    if (ended) return
    ended = true
    clearTimeout(timer)
    clearTimeout(headTimer)
    signal?.removeEventListener('abort', leave)
    onEnd()
  }
  if (signal?.aborted) leave()
  else signal?.addEventListener('abort', leave)

  const interceptor: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (target, handler) => {
    if (sent) throw Object.assign(new Error('it would be sent again'), { code: 'STATUS_421' })
    sent = true
    return dispatch(target, {
      onRequestStart: (...args) => handler.onRequestStart?.(...args),
      onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
      onResponseStart(controller, status, ...rest) {
        if (status >= 200) clearTimeout(headTimer)
        const reader = status < 200 ? controller : readerOf(controller, flow)
        handler.onResponseStart?.(reader, status, ...rest)
      },
      onResponseData: (controller, chunk) =>
        handler.onResponseData?.(readerOf(controller, flow), chunk),
      onResponseEnd(...args) {
        end()
        handler.onResponseEnd?.(...args)
      },
      onResponseError(...args) {
        end()
        handler.onResponseError?.(...args)
      },
    })
  }
  return { end, interceptor, signal: own.signal }
}

/** The controller of an exchange, that holds the connection back and never the parser. */
function readerOf(
  controller: Dispatcher.DispatchController,
  { pause, resume }: { pause(): void; resume(): void },
): Dispatcher.DispatchController {
  const { aborted, reason } = controller
  return {
    abort: (cause) => controller.abort(cause),
    aborted,
    pause,
    paused: false,
    reason,
    resume,
  }
}
