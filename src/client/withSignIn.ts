import * as Siwx from '../Siwx.js'
import type { Wallet } from '../Wallet.js'
import type { Fetch } from './createWire.js'

/**
 * Signs in each request that asks for it, with a fresh nonce each time: Venice consumes a nonce as
 * soon as the signature verifies, whatever becomes of the request. With a wallet no Bearer key is
 * ever sent.
 */
export function withSignIn(fetch: Fetch, options: withSignIn.Options): Fetch {
  const { apiKey, chainId, domain, headerName, issuedAt, nonce, wallet } = options
  return async (url, init) => {
    if (!init.signIn) return fetch(url, init)
    if (!wallet) {
      const headers = { ...init.headers, ...(apiKey && { authorization: `Bearer ${apiKey}` }) }
      return fetch(url, { ...init, headers })
    }
    const fields = { chainId, domain, issuedAt: issuedAt(), nonce: nonce(), uri: url }
    const proof = Siwx.encode(await wallet.signIn(fields))
    return fetch(url, { ...init, headers: { ...init.headers, [headerName]: proof } })
  }
}

export declare namespace withSignIn {
  type Options = {
    apiKey?: string | undefined
    chainId: number
    domain: string
    headerName: Siwx.HeaderName
    issuedAt: () => Date
    /** 32 hex digits from a CSPRNG, fresh at each call. */
    nonce: () => string
    wallet: Wallet | undefined
  }
}
