import { type buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici'

import { failureOf } from '../internal/failureOf.js'
import type * as Proxies from '../Proxies.js'

/**
 * Opens a way to hosts behind a proxy: undici's own, by CONNECT only, so that the proxy passes bytes on and
 * has no request to read. A host that is reached without TLS is reached in the same way.
 *
 * Until the tunnel stands nothing of a request has left, whatever the proxy says: what goes wrong before is a
 * {@link TunnelError}, and nothing else is.
 */
export function openTunnel(via: Proxies.Via, options: openTunnel.Options): Dispatcher {
  const { connect, open } = options
  return new ProxyAgent({
    clientFactory(origin, proxyOptions) {
      const proxy = new Pool(origin, { ...proxyOptions, headersTimeout: patience })
      const ask = proxy.connect.bind(proxy) as (
        request: Dispatcher.ConnectOptions,
      ) => Promise<Dispatcher.ConnectData>
      const connect = async (request: Dispatcher.ConnectOptions) => {
        const answer = await ask(request).catch((cause: unknown) => {
          throw new TunnelError({ cause, host: request.path, step: 'reach', via })
        })
        const { socket, statusCode: status } = answer
        if (status === 200) return answer
        socket.on('error', () => {}).destroy() // whatever else it says is no word of the host
        throw new TunnelError({ host: request.path, status, step: 'ask', via })
      }
      return Object.assign(proxy, { connect })
    },
    factory(origin, { connect: tunnel }: { connect: buildConnector.connector }) {
      return open(new URL(origin).origin, (target, callback) =>
        tunnel(target, (...[cause, socket]) => {
          if (!cause) return callback(null, socket)
          const isKnown = cause instanceof TunnelError
          const late = () =>
            new TunnelError({ cause, host: target.host ?? '', step: 'encrypt', via })
          return callback(isKnown ? cause : late(), null)
        }),
      )
    },
    proxyTls: { timeout: 10_000 },
    requestTls: connect,
    uri: via.url,
    ...(via.authorization !== undefined && { token: via.authorization }),
  })
}

export declare namespace openTunnel {
  type Options = {
    /** How the host behind the tunnel is held against its certificate. */
    connect: buildConnector.BuildOptions
    /** Opens what sends requests, over connections that the connector makes. */
    open: (origin: string, connector: buildConnector.connector) => Dispatcher
  }
}

/** How long a proxy may take to say whether it connects, in milliseconds. */
const patience = 15_000

/** No connection was made through the proxy, so not a byte of a request has left. */
export class TunnelError extends Error {
  /** A short word, such as `PROXY_407` or `ECONNREFUSED`. */
  readonly code: string
  /** The next step. */
  readonly hint: string
  /** Whether it says no to whoever asks, so that asking again is of no use and may lock an account. */
  readonly isFinal: boolean
  override readonly name = 'TunnelError'
  /** One sentence. */
  readonly shortMessage: string
  /** What a connection that was never made is known by. */
  readonly syscall = 'connect'

  constructor(options: {
    cause?: unknown
    host: string
    status?: number
    step: 'ask' | 'encrypt' | 'reach'
    via: Proxies.Via
  }) {
    const { cause, host, status, step, via } = options
    super('there is no tunnel', cause ? { cause } : undefined)
    const { reason } = failureOf(cause)
    const { hint, says } = wordsOf({ host: host.replace(/:443$/, ''), reason, status, step, via })
    // undici takes errors by these names for its own: it goes on connecting, or wraps them.
    const lost = /^UND_ERR_(SOCKET|INFO)$/.test(reason)
      ? 'PROXY_HUNG_UP'
      : reason.replace('ERR_TLS_CERT_', 'CERT_')
    this.code = status === undefined ? lost : `PROXY_${status}`
    this.hint = hint
    this.isFinal = status !== undefined && /^4(?!08|29)/.test(String(status))
    this.shortMessage = says
  }
}

function wordsOf(options: {
  host: string
  reason: string
  status: number | undefined
  step: 'ask' | 'encrypt' | 'reach'
  via: Proxies.Via
}): { hint: string; says: string } {
  const { host, reason, status, step, via } = options
  const { from } = via
  const way = `or name ${host} in NO_PROXY where it can be reached without`
  const trust =
    'set NODE_EXTRA_CA_CERTS to the certificate of its authority (a PEM file) where this program is started'
  if (step === 'reach' && /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(reason))
    return {
      hint: `Check the name of the proxy in ${from}. If it is right, ${trust}, ${way}.`,
      says: 'The certificate of the proxy itself is not trusted, or is for another name.',
    }
  if (step === 'reach')
    return {
      hint: `Check ${from}; unset it where there is no proxy, ${way}.`,
      says: /timeout/i.test(reason)
        ? 'The proxy did not answer in time.'
        : 'The proxy cannot be reached, or hangs up.',
    }
  if (step === 'encrypt')
    return {
      hint: `If the proxy looks into connections, ${trust}, ${way}.`,
      says: `No safe connection to ${host} came about through the proxy.`,
    }
  if (status === 407)
    return {
      hint: `Set ${from} to http://user:password@host:port, with what is no letter or digit percent-encoded, ${way}.`,
      says:
        via.authorization === undefined
          ? 'The proxy asks for a user name and a password.'
          : 'The proxy does not take the user name and password that it was given.',
    }
  return {
    hint: `Ask whoever runs the proxy to allow ${host}, ${way}.`,
    says: `The proxy makes no connection to ${host}; its answer is status ${status}.`,
  }
}
