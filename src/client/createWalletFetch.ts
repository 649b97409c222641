import { randomBytes } from 'node:crypto'

import type { RequestInit, Response } from 'undici'

import * as Network from '../Network.js'
import * as Siwx from '../Siwx.js'
import * as Venice from '../Venice.js'
import type { Wallet } from '../Wallet.js'
import { createWire } from './createWire.js'
import { withClock } from './withClock.js'
import { withOriginGuard } from './withOriginGuard.js'
import { withSignIn } from './withSignIn.js'

/**
 * Creates a `fetch` that signs every request in with a wallet, at one pinned origin: it plugs into
 * any SDK that takes a custom `fetch`. It never pays; a 402 comes back as it is.
 *
 * @example
 * ```ts
 * const openai = new OpenAI({ apiKey: 'none', baseURL: Venice.apiUrl, fetch: createWalletFetch({ wallet }) })
 * ```
 * @throws {@link RedirectRefusedError} for another origin, before anything is signed.
 */
export function createWalletFetch(options: createWalletFetch.Options) {
  const { baseUrl = Venice.apiUrl, network = Network.networks.base, wallet } = options
  const { host, origin } = new URL(baseUrl)
  const now = () => new Date()
  const clock = withClock(createWire().fetch, { now })
  const guarded = withOriginGuard(
    withSignIn(clock.fetch, {
      chainId: network.chainId,
      domain: Network.isMainnet(network) ? Venice.signInDomains[0] : host,
      headerName: Siwx.headers.canonical,
      issuedAt: () => new Date(Date.now() + clock.skew()),
      nonce: () => randomBytes(16).toString('hex'),
      wallet,
    }),
    { origin },
  )
  return async (input: string | URL, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers as Record<string, string>)
    // An SDK's placeholder key must not travel beside the sign-in.
    headers.delete('authorization')
    return guarded(String(input), {
      body: init.body as string | undefined,
      deadline: 10 * 60_000,
      headers: Object.fromEntries(headers),
      method: (init.method ?? 'GET') as 'GET',
      repeatable: false,
      signal: (init.signal ?? undefined) as AbortSignal | undefined,
      signIn: true,
    })
  }
}

export declare namespace createWalletFetch {
  type Options = {
    /** @default Venice's API */
    baseUrl?: string | undefined
    /** @default Base */
    network?: Network.Network | undefined
    wallet: Wallet
  }
}
