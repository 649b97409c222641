import { randomBytes } from 'node:crypto'

import * as Network from '../Network.js'
import type * as Proxies from '../Proxies.js'
import * as Siwx from '../Siwx.js'
import * as Venice from '../Venice.js'
import type { Wallet } from '../Wallet.js'
import { createWire, type Init } from './createWire.js'
import { withClock } from './withClock.js'
import { withOriginGuard } from './withOriginGuard.js'
import { createSignIn, withSignIn } from './withSignIn.js'

/** Headers of the caller that do not travel: an SDK's placeholder key, and another's sign-in. */
const dropped = ['authorization', ...Object.values(Siwx.headers)]

/**
 * Creates a `fetch` that signs every request in with a wallet, at one pinned origin: it plugs into
 * any SDK that takes a custom `fetch`. It never pays; a 402 comes back as it is. Bodies are sent
 * whole, so a stream is read first.
 *
 * @example
 * ```ts
 * const openai = new OpenAI({ apiKey: 'none', baseURL: Venice.apiUrl, fetch: createWalletFetch({ wallet }) })
 * ```
 * @throws {@link RedirectRefusedError} for another origin, before anything is signed.
 */
export function createWalletFetch(options: createWalletFetch.Options): typeof globalThis.fetch {
  const { baseUrl = Venice.apiUrl, network = Network.networks.base, proxies, wallet } = options
  const { host, origin } = new URL(baseUrl)
  const now = () => new Date()
  const clock = withClock(createWire({ proxies }).fetch, { now, steady: () => performance.now() })
  const signIn = createSignIn({
    chainId: network.chainId,
    domain: host,
    headerName: Siwx.headers.canonical,
    issuedAt: () => new Date(Date.now() + clock.skew()),
    nonce: () => randomBytes(16).toString('hex'),
    wallet,
  })
  const guarded = withOriginGuard(withSignIn(clock.fetch, { signIn }), { origin })
  const walletFetch = async (input: Request | string | URL, init: RequestInit = {}) => {
    const request = new Request(input instanceof URL ? input.href : input, {
      ...init,
      ...(init.body instanceof ReadableStream && { duplex: 'half' }),
    } as RequestInit)
    const { headers, method, signal } = request
    for (const name of dropped) headers.delete(name)
    const body = request.body ? new Uint8Array(await request.arrayBuffer()) : undefined
    return guarded(request.url, {
      body,
      deadline: 10 * 60_000,
      headers: Object.fromEntries(headers),
      method: method as Init['method'],
      repeatable: false,
      signal,
      signIn: true,
    })
  }
  // undici's own answer is what the caller's `fetch` gives, whichever types that was declared with.
  return walletFetch as unknown as typeof globalThis.fetch
}

export declare namespace createWalletFetch {
  type Options = {
    /** @default Venice's API */
    baseUrl?: string | undefined
    /** @default Base */
    network?: Network.Network | undefined
    /** What leads out of this network. @default nothing: every host is reached directly */
    proxies?: Proxies.Proxies | undefined
    wallet: Wallet
  }
}
