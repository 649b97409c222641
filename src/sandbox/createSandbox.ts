import { Hono } from 'hono'

import * as Network from '../Network.js'
import { createWorld } from './createWorld.js'
import { countFailure } from './limits.js'
import { Refusal } from './refuse.js'
import { serveBalance } from './routes/serveBalance.js'
import { serveComplete } from './routes/serveComplete.js'
import { serveControl } from './routes/serveControl.js'
import { serveDownload } from './routes/serveDownload.js'
import { serveModels } from './routes/serveModels.js'
import { serveQueue } from './routes/serveQueue.js'
import { serveQuote } from './routes/serveQuote.js'
import { serveRetrieve } from './routes/serveRetrieve.js'
import { serveTopUp } from './routes/serveTopUp.js'
import { serveTransactions } from './routes/serveTransactions.js'
import { runAgenda } from './runAgenda.js'
import type { Behavior, Limits, Renderer, Trace, World } from './world.js'

/** How many requests the log keeps. */
const logSize = 20_000

type Env = { Bindings: { trace: Trace } }

/** A local Venice: a `Request => Response` that checks every signature and keeps every promise. */
export type Sandbox = {
  /** Stops rendering. Requests are still answered, but no video is finished any more. */
  close(): Promise<void>
  /** Answers one request of the API, of the control API, or of the page. */
  fetch(request: Request, connection?: Connection): Promise<Response>
  readonly network: Network.Network
  readonly payTo: `0x${string}`
}

/** What is known about the connection a request came in on. */
export type Connection = {
  /** Resolves when the last byte of the answer is out. @default as soon as there is an answer */
  done?: Promise<void> | undefined
  /** Address of the caller, which some rate limits count by. @default 'local' */
  ip?: string | undefined
}

/**
 * Creates a local Venice. It serves the API under `/api/v1` and a control API under `/__sandbox`,
 * verifies sign-ins and payments for real, keeps USDC and credit to the micro-dollar in memory,
 * and makes playable videos.
 *
 * @example
 * ```ts
 * const sandbox = createSandbox({ network: 'base-sepolia' })
 * const response = await sandbox.fetch(new Request('http://127.0.0.1/api/v1/models?type=video'))
 * ```
 */
export function createSandbox(options: createSandbox.Options = {}): Sandbox {
  const { behavior = 'current', limits = 'venice', now: clock = () => new Date() } = options
  const { network = 'base-sepolia', origin, seed, speed = 20 } = options
  const known = typeof network === 'string' ? Network.networks[network] : network
  let renderer: Promise<Renderer> | undefined
  const start = () =>
    createWorld({
      behavior,
      clock,
      limits,
      network: known,
      origin,
      renderer: () => (renderer ??= startRenderer()),
      seed,
      speed,
    })
  let world = start()
  const app = createApp(
    () => world,
    () => {
      world = start()
    },
  )

  return {
    async close() {
      await (await renderer)?.close()
    },
    async fetch(request, connection = {}) {
      const url = new URL(request.url)
      const trace: Trace = {
        after: [],
        ip: connection.ip ?? 'local',
        origin: origin ?? url.origin,
        skew: 0,
      }
      const at = world
      runAgenda(at)
      const response = await app.fetch(request, { trace })
      response.headers.set('Date', new Date(at.now().getTime() + trace.skew).toUTCString())
      if (!isControl(url.pathname)) log(at, { request, response, trace })
      void (connection.done ?? Promise.resolve()).then(() => trace.after.forEach((end) => end()))
      return response
    },
    network: known,
    payTo: world.payTo,
  }
}

export declare namespace createSandbox {
  type Options = {
    /** @default 'current' */
    behavior?: Behavior | undefined
    /** `none` switches rate limits, requests in flight and the error budget off. @default 'venice' */
    limits?: Limits | undefined
    /** @default 'base-sepolia' */
    network?: Network.Name | Network.Network | undefined
    /** The real clock; the simulated one adds what was advanced. */
    now?: (() => Date) | undefined
    /** Where the sandbox is reached, for links and sign-in domains. @default the request's own */
    origin?: string | undefined
    /** Same seed, same ids and durations. @default random */
    seed?: number | string | undefined
    /** How many times faster than the real one jobs and settlements are. @default 20 */
    speed?: number | undefined
  }
}

function createApp(current: () => World, reset: () => void): Hono<Env> {
  const app = new Hono<Env>()
  const api = app.basePath('/api/v1')
  api.get('/models', (c) => serveModels(current(), c.req.raw, c.env.trace))
  api.post('/video/quote', (c) => serveQuote(current(), c.req.raw, c.env.trace))
  api.post('/video/queue', (c) => serveQueue(current(), c.req.raw, c.env.trace))
  api.post('/video/retrieve', (c) => serveRetrieve(current(), c.req.raw, c.env.trace))
  api.post('/video/complete', (c) => serveComplete(current(), c.req.raw, c.env.trace))
  api.post('/x402/top-up', (c) => serveTopUp(current(), c.req.raw, c.env.trace))
  api.get('/x402/balance/:wallet', (c) => serveBalance(current(), c.req.raw, c.env.trace))
  api.get('/x402/transactions/:wallet', (c) => serveTransactions(current(), c.req.raw, c.env.trace))
  app.on(['GET', 'DELETE'], '/storage/:token/video.mp4', (c) =>
    serveDownload(current(), c.req.raw, c.env.trace, c.req.param('token')),
  )
  app.route('/__sandbox', serveControl(current, reset))
  app.notFound((c) => {
    c.env.trace.verdict = 'no such route'
    return c.json({ error: 'Not found' }, 404)
  })
  app.onError((error, c) => {
    if (error instanceof Refusal) {
      c.env.trace.verdict = error.verdict
      return Response.json(error.body, { headers: error.headers, status: error.status })
    }
    c.env.trace.verdict = `the sandbox failed: ${error.message}`
    return c.json({ error: 'An unknown error occurred' }, 500)
  })
  return app
}

function log(world: World, options: { request: Request; response: Response; trace: Trace }): void {
  const { request, response, trace } = options
  const { pathname } = new URL(request.url)
  const { status } = response
  const isVideo = pathname.startsWith('/api/v1/video/')
  if (isVideo && status >= 400 && status < 500 && status !== 429) countFailure(world, trace)
  const last = world.requests.at(-1)
  world.requests.push({
    at: world.now().toISOString(),
    ...(trace.fault && { fault: trace.fault }),
    method: request.method,
    path: pathname.replace(/^\/storage\/.*/, '/storage/…').slice(0, 200),
    seq: (last?.seq ?? 0) + 1,
    ...(trace.nonce && { sign_in_nonce: trace.nonce }),
    status,
    verdict: trace.verdict ?? '',
    ...(trace.wallet && { wallet: trace.wallet }),
  })
  if (world.requests.length <= logSize) return
  world.requests.shift()
  world.requestsDropped += 1
}

function isControl(path: string): boolean {
  return path === '/' || path.startsWith('/__sandbox/')
}

async function startRenderer(): Promise<Renderer> {
  const { createRenderer } = await import('./render.js')
  return createRenderer()
}
