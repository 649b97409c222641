import { Hono } from 'hono'

import { page } from './page.js'
import { Refusal, refuse } from './refuse.js'
import { paymentOf } from './routeOf.js'
import { serveBalance } from './routes/serveBalance.js'
import { serveComplete } from './routes/serveComplete.js'
import { serveControl } from './routes/serveControl.js'
import { serveDownload } from './routes/serveDownload.js'
import { serveModels } from './routes/serveModels.js'
import { serveQueue } from './routes/serveQueue.js'
import { serveQuote } from './routes/serveQuote.js'
import { serveRetired } from './routes/serveRetired.js'
import { serveRetrieve } from './routes/serveRetrieve.js'
import { serveTopUp } from './routes/serveTopUp.js'
import { serveTraits } from './routes/serveTraits.js'
import { serveTransactions } from './routes/serveTransactions.js'
import type { Trace, World } from './world.js'

/** Venice's routes for other things than video and wallets. */
const elsewhere =
  /^\/api\/v1\/(api_keys|audio|augment|batches|billing|characters|chat|crypto|embeddings|files|images?|responses|support-bot|tee)(\/|$)/

/**
 * 404, as for any route that is not there: clients take that for final, where they try a 501 again and again.
 */
const notHere =
  'This sandbox is Venice’s video and wallet API: that route is for other things, and not served here'

/** What a route gets to know besides the request. */
export type Env = { Bindings: { reset: () => void; trace: Trace; world: World } }

type Handler = (world: World, request: Request, trace: Trace) => Promise<Response> | Response

/** Routes a request to what answers it. Refusals become answers here, and so do our own bugs. */
export function createApp(): Hono<Env> {
  const app = new Hono<Env>()
  const get = (path: string, handler: Handler) =>
    app.get(path, (c) => handler(c.env.world, c.req.raw, c.env.trace))
  const post = (path: string, handler: Handler) =>
    app.post(path, (c) => handler(c.env.world, c.req.raw, c.env.trace))

  app.use('/api/v1/*', (c, next) => {
    if (!c.req.path.endsWith('/x402/top-up')) refusePayment(c.req.raw)
    return next()
  })
  get('/api/v1/models', serveModels)
  get('/api/v1/models/traits', serveTraits)
  get('/api/v1/models/compatibility_mapping', serveTraits)
  post('/api/v1/video/quote', serveQuote)
  post('/api/v1/video/queue', serveQueue)
  post('/api/v1/video/retrieve', serveRetrieve)
  post('/api/v1/video/complete', serveComplete)
  post('/api/v1/video/transcriptions', serveRetired)
  post('/api/v1/x402/top-up', serveTopUp)
  get('/api/v1/x402/balance/:wallet', serveBalance)
  get('/api/v1/x402/transactions/:wallet', serveTransactions)
  app.on(['GET', 'DELETE'], '/storage/:token/video.mp4', (c) =>
    serveDownload(c.env.world, c.req.raw, c.env.trace),
  )
  app.route('/__sandbox', serveControl())
  app.get('/', (c) => c.html(page(), 200, { 'X-Frame-Options': 'DENY' }))

  app.notFound((c) => {
    c.env.trace.verdict = 'no such route'
    return c.json({ error: elsewhere.test(c.req.path) ? notHere : 'Not found' }, 404)
  })
  app.onError((error, c) => {
    const { trace } = c.env
    if (error instanceof Refusal) {
      trace.verdict = error.verdict
      return Response.json(error.body, { headers: error.headers, status: error.status })
    }
    const left = c.req.raw.signal.aborted
    trace.verdict = left ? 'the client went away' : `the sandbox failed: ${error.message}`
    return c.json({ error: 'An unknown error occurred' }, 500)
  })
  return app
}

/** Payments are taken in one place only. */
function refusePayment(request: Request): void {
  if (paymentOf(request) === undefined) return
  refuse(
    400,
    {
      code: 'PAYMENT_HEADER_NOT_ACCEPTED',
      error: 'Payment headers are accepted at POST /api/v1/x402/top-up only',
    },
    'a payment was sent to a route that takes none; it was not used',
  )
}
