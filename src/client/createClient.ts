import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'

import type * as Clock from '../Clock.js'
import type { Event } from '../Event.js'
import * as Network from '../Network.js'
import * as Proxies from '../Proxies.js'
import * as Siwx from '../Siwx.js'
import * as Venice from '../Venice.js'
import type { Wallet } from '../Wallet.js'
import { hideSecret } from '../internal/hideSecret.js'
import { createWire, type Fetch } from './createWire.js'
import { withClock } from './withClock.js'
import { withEvents } from './withEvents.js'
import { withLimits } from './withLimits.js'
import { withOriginGuard } from './withOriginGuard.js'
import { withRetry } from './withRetry.js'
import { createSignIn, type SignIn, withSignIn } from './withSignIn.js'
import { withSkewRetry } from './withSkewRetry.js'
import { withWindow } from './withWindow.js'

/** Everything an action may touch besides its arguments. */
export type Client = {
  /** Without a trailing slash. */
  baseUrl: string
  /** Ends the connections. */
  close(): Promise<void>
  fetch: Fetch
  /** Whether an API key was given. With a wallet beside it, it is never sent. */
  hasKey: boolean
  /** Takes the API key, and a proxy’s password, out of somebody else’s words. */
  hide(text: string): string
  /** A pause between rounds in which nothing is under way: it keeps no process alive. */
  idle(ms: number, signal?: AbortSignal): Promise<void>
  network: Network.Network
  now(): Date
  onEvent(event: Event): void
  /** What leads out of this network; none: every host is reached directly. */
  readonly proxies: Proxies.Proxies | undefined
  /** What time the server's clock shows, as far as its answers have told. */
  providerTime(): Clock.Reading
  /** Random bytes as lower-case hex. */
  randomHex(bytes: number): string
  /** Signs a request in ahead of sending it: for a URL of this API, once, within five minutes. */
  signIn: SignIn
  /** How far the server's clock is ahead of ours, in milliseconds, learned from its answers. */
  skew(): number
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Sees every exchange behind a link to a file. */
  tapDownload(fetch: Fetch): Fetch
  /** Signs no authorization outside its window, as {@link withWindow} has it. */
  wallet: Wallet | undefined
}

/**
 * Creates a client of Venice's API. The defaults here are the only place where real time, chance
 * and network come in.
 *
 * Wrapper order is meaning. Sign-in is innermost, so that each send has a fresh nonce, unless the
 * caller has signed it in ahead; limits and the origin guard are outside it, retry outside those and
 * only for requests that are harmless to repeat. Payment is no wrapper: it is a flow, with a ledger
 * under it.
 *
 * @example
 * ```ts
 * const client = createClient({ wallet: privateKeyWallet(key) })
 * const balance = await getBalance(client)
 * ```
 */
export function createClient(options: createClient.Options = {}): Client {
  const {
    apiKey,
    baseUrl = Venice.apiUrl,
    idle = (ms, signal) => setTimeout(ms, undefined, { ref: false, ...(signal && { signal }) }),
    network = Network.networks.base,
    now = () => new Date(),
    onEvent = () => {},
    proxies,
    randomHex = (bytes) => randomBytes(bytes).toString('hex'),
    signInDomain = new URL(baseUrl).host,
    signInHeader = Siwx.headers.canonical,
    sleep = (ms, signal) => setTimeout(ms, undefined, signal && { signal }),
    // Simulated time has only one clock.
    steady = options.now ? () => now().getTime() : () => performance.now(),
    tap = (fetch) => fetch,
    tapDownload = (fetch) => fetch,
    wallet,
  } = options
  const { origin } = new URL(baseUrl)
  const wire = createWire({ proxies })
  const clock = withClock(withEvents(tap(wire.fetch), { now, onEvent }), { now, steady })

  const signIn = createSignIn({
    apiKey,
    chainId: network.chainId,
    domain: signInDomain,
    headerName: signInHeader,
    issuedAt: () => new Date(now().getTime() + clock.skew()),
    nonce: () => randomHex(16),
    wallet,
  })
  const limited = withLimits(withSignIn(clock.fetch, { signIn }), { now, sleep })
  const guarded = withOriginGuard(withSkewRetry(limited, clock), { origin })
  return {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    close: wire.close,
    fetch: withRetry(guarded, { now, onEvent, sleep }),
    hasKey: apiKey !== undefined,
    hide: hideAll([apiKey, ...Proxies.secretsOf(proxies)]),
    idle,
    network,
    now,
    onEvent,
    providerTime: clock.providerTime,
    proxies,
    randomHex,
    signIn,
    skew: clock.skew,
    sleep,
    tapDownload,
    wallet: wallet && withWindow(wallet, { now, providerTime: clock.providerTime }),
  }
}

function hideAll(secrets: readonly (string | undefined)[]): (text: string) => string {
  const hides = secrets.map((secret) => hideSecret(secret))
  return (text) => hides.reduce((rest, hide) => hide(rest), text)
}

export declare namespace createClient {
  type Options = Partial<
    Pick<
      Client,
      'baseUrl' | 'idle' | 'network' | 'now' | 'onEvent' | 'randomHex' | 'sleep' | 'wallet'
    >
  > & {
    /** Bearer key, used only when there is no wallet: with both, the wallet would win. */
    apiKey?: string | undefined
    /**
     * Host that sign-ins are for. Another than the API's own lets whoever answers there sign in at
     * that host: only for a proxy that its owner trusts. @default the host of `baseUrl`
     */
    signInDomain?: string | undefined
    /** Milliseconds by a clock that nobody puts right. @default the system's, or `now` if given */
    steady?: (() => number) | undefined
    /**
     * Sees every exchange with the API as it is on the wire, credentials included: only for what
     * keeps them to itself.
     */
    tap?: ((fetch: Fetch) => Fetch) | undefined
    /**
     * Sees every exchange behind a link to a file. Whoever has the link has the file: only for what
     * keeps it to itself.
     */
    tapDownload?: ((fetch: Fetch) => Fetch) | undefined
    /** What leads out of this network. @default nothing: every host is reached directly */
    proxies?: Proxies.Proxies | undefined
    /** @default 'SIGN-IN-WITH-X' */
    signInHeader?: Siwx.HeaderName | undefined
  }
}
