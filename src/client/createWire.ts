import { Agent, fetch, type RequestInit, type Response } from 'undici'

/** A `fetch` of this package: plain strings and init, and an undici response. */
export type Fetch = (url: string, init: Init) => Promise<Response>

/** What a request may say. `wallet` and `repeatable` are read by wrappers and go no further. */
export type Init = {
  body?: string | undefined
  /** Milliseconds for the whole exchange, the body included. */
  deadline: number
  headers?: Record<string, string> | undefined
  method: 'DELETE' | 'GET' | 'POST'
  /** Whether sending it twice does no harm. */
  repeatable: boolean
  signal?: AbortSignal | undefined
  /** Whether it is signed in. */
  signIn: boolean
}

/** Connections to the API: undici with its own limits. Redirects are never followed. */
export function createWire(options: createWire.Options = {}) {
  const { connect } = options
  const dispatcher = new Agent({
    bodyTimeout: 60_000,
    connections: 16,
    headersTimeout: 180_000,
    keepAliveTimeout: 10_000,
    ...(connect && { connect }),
  })
  const wireFetch: Fetch = async (url, { body, deadline, headers, method, signal }) => {
    const limit = AbortSignal.timeout(deadline)
    const init: RequestInit = {
      dispatcher,
      headers: { accept: 'application/json, video/mp4', ...headers },
      method,
      redirect: 'manual',
      signal: signal ? AbortSignal.any([limit, signal]) : limit,
      ...(body !== undefined && { body }),
    }
    return fetch(url, init)
  }
  return { close: () => dispatcher.destroy(), fetch: wireFetch }
}

export declare namespace createWire {
  type Options = { connect?: Agent.Options['connect'] }
}
