import * as Errors from '../Errors.js'
import { failureOf } from '../internal/failureOf.js'
import type * as Proxies from '../Proxies.js'
import { TunnelError } from './openTunnel.js'

/** No complete answer came from the API. */
export class UnreachableError extends Errors.BaseError {
  override readonly code: 'API_TIMEOUT' | 'API_UNREACHABLE'
  override readonly name = 'UnreachableError'
  /** Whether bytes of the request may have left before it failed. */
  readonly sent: boolean

  constructor(options: {
    baseUrl: string
    cause: unknown
    /** Whether something was asked before, and led here. @default false */
    isReached?: boolean
    path: string
    via?: Proxies.Via | undefined
  }) {
    const { baseUrl, cause, isReached = false, path, via } = options
    const { connected, reason } = failureOf(cause)
    const timeout = /timeout/i.test(reason)
    const tunnel = tunnelErrorOf(cause)
    const says = timeout ? 'The API did not answer in time.' : 'The API cannot be reached.'
    super(tunnel?.shortMessage ?? says, {
      cause,
      facts: [
        `Host: ${new URL(baseUrl).host}`,
        `Path: ${path.split('?')[0]}`,
        `Reason: ${reason}`,
        ...(via ? [`Proxy: ${via.shown}, from ${via.from}`] : []),
      ],
      hint: tunnel?.hint ?? hintOf({ baseUrl, reason, via }),
    })
    this.code = timeout ? 'API_TIMEOUT' : 'API_UNREACHABLE'
    this.sent = connected || isReached
  }
}

/** What kept a tunnel from standing, if that is what an error of the network comes from. */
export function tunnelErrorOf(thrown: unknown): TunnelError | undefined {
  if (thrown instanceof TunnelError) return thrown
  const { cause } = Object(thrown) as { cause?: unknown }
  return cause === undefined ? undefined : tunnelErrorOf(cause)
}

function hintOf(options: {
  baseUrl: string
  reason: string
  via: Proxies.Via | undefined
}): string {
  const { baseUrl, reason, via } = options
  if (/^http:\/\/(127\.|localhost|\[::1\])/.test(baseUrl))
    return 'Is the sandbox running? Start it with `zecchino sandbox`, then try again.'
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(reason))
    return 'Something on the way shows a certificate of its own. If that is your network, set NODE_EXTRA_CA_CERTS to the certificate of its authority (a PEM file) where this program is started.'
  if (via) return `Check the network and the proxy in ${via.from}, then try again.`
  return 'Check the network, then try again. Where only a proxy leads out, set HTTPS_PROXY.'
}
