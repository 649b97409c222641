import { Agent, type Dispatcher, fetch, type RequestInit, type Response } from 'undici'

/** A `fetch` of this package: plain strings and init, and an undici response. */
export type Fetch = (url: string, init: Init) => Promise<Response>

/** What a request may say. `signIn` is read by a wrapper and goes no further. */
export type Init = {
  body?: string | Uint8Array | undefined
  /** Milliseconds for the whole exchange, the body included. */
  deadline: number
  headers?: Record<string, string> | undefined
  method: 'DELETE' | 'GET' | 'POST'
  /** Called once when the exchange is over: the last byte is here, or none will come. */
  onEnd?: (() => void) | undefined
  /** Whether sending it twice does no harm. */
  repeatable: boolean
  signal?: AbortSignal | undefined
  /** Whether it is signed in. */
  signIn: boolean
}

/**
 * Connections to the API: undici with its own limits. Redirects are never followed, and nothing is
 * sent twice behind the caller's back.
 *
 * What must not be repeated gets a connection of its own: on one that waited, the request may meet
 * the server's goodbye, and then nobody knows whether it was read.
 */
export function createWire(options: createWire.Options = {}) {
  const { connect } = options
  const agent = (pipelining: 0 | 1) =>
    new Agent({
      bodyTimeout: 60_000,
      connections: 16,
      headersTimeout: 180_000,
      keepAliveTimeout: 10_000,
      pipelining,
      ...(connect && { connect }),
    })
  const [fresh, shared] = [agent(0), agent(1)]
  const wireFetch: Fetch = async (url, options) => {
    const { body, deadline, headers, method, onEnd, repeatable, signal } = options
    const exchange = startExchange({ deadline, onEnd, signal })
    const init: RequestInit = {
      dispatcher: (repeatable ? shared : fresh).compose(exchange.interceptor),
      headers: { accept: 'application/json, video/mp4', ...headers },
      method,
      redirect: 'manual',
      signal: exchange.signal,
      ...(body !== undefined && { body }),
    }
    try {
      return await fetch(url, init)
    } catch (error) {
      exchange.end()
      throw error
    }
  }
  const close = async () => {
    await Promise.all([fresh.destroy(), shared.destroy()])
  }
  return { close, fetch: wireFetch }
}

export declare namespace createWire {
  type Options = { connect?: Agent.Options['connect'] }
}

/**
 * Follows one request to its end, within its deadline, and lets no second one through: the fetch
 * standard sends again by itself after a 421, with the same sign-in or payment on it.
 *
 * The clock is our own: in Node 20 a signal that combines others is swept away by the garbage
 * collector, and its time-out with it.
 */
function startExchange({ deadline, onEnd, signal }: Pick<Init, 'deadline' | 'onEnd' | 'signal'>) {
  const own = new AbortController()
  let request: Dispatcher.DispatchController | undefined
  let [ended, sent] = [false, false]
  const abort = (reason: Error) => {
    own.abort(reason)
    request?.abort(reason)
  }
  const leave = () => abort(signal?.reason as Error)
  const timer = setTimeout(
    () => abort(new DOMException('The deadline has passed.', 'TimeoutError')),
    deadline,
  ).unref() // the connection keeps the process alive as long as it should be
  const end = () => {
    if (ended) return
    ended = true
    clearTimeout(timer)
    signal?.removeEventListener('abort', leave)
    onEnd?.()
  }
  if (signal?.aborted) leave()
  else signal?.addEventListener('abort', leave)

  const interceptor: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
    if (sent) throw Object.assign(new Error('it would be sent again'), { code: 'STATUS_421' })
    sent = true
    return dispatch(options, {
      onRequestStart(controller, context) {
        request = controller
        handler.onRequestStart?.(controller, context)
      },
      onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
      onResponseStart: (...args) => handler.onResponseStart?.(...args),
      onResponseData: (controller, chunk) =>
        handler.onResponseData?.(unpausable(controller), chunk),
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

/**
 * The controller of an exchange, without the means to pause it. undici 7 ends the whole process
 * when a server closes the connection while a body waits for its reader. Whoever reads here reads
 * at once and keeps to a cap, so nothing has to wait.
 */
function unpausable(controller: Dispatcher.DispatchController): Dispatcher.DispatchController {
  return {
    abort: (reason) => controller.abort(reason),
    aborted: controller.aborted,
    pause: () => {},
    paused: false,
    reason: controller.reason,
    resume: () => {},
  }
}
