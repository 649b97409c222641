import * as Errors from '../Errors.js'
import * as Siwx from '../Siwx.js'
import type { Wallet } from '../Wallet.js'
import type { Fetch } from './createWire.js'

/** Makes the headers that sign one request in, to this URL. */
export type SignIn = (url: string) => Promise<Record<string, string>>

/** Signs in each request that asks for it. */
export function withSignIn(fetch: Fetch, { signIn }: { signIn: SignIn }): Fetch {
  return async (url, init) => {
    if (!init.signIn) return fetch(url, init)
    return fetch(url, { ...init, headers: { ...init.headers, ...(await signIn(url)) } })
  }
}

/**
 * Creates what signs in: with a fresh nonce each time, because Venice consumes a nonce as soon as
 * the signature verifies, whatever becomes of the request. With a wallet no Bearer key is ever sent.
 * What it makes throws {@link UnsignedError} when the wallet did not sign.
 */
export function createSignIn(options: createSignIn.Options): SignIn {
  const { apiKey, chainId, domain, headerName, issuedAt, nonce, wallet } = options
  if (apiKey !== undefined) checkApiKey(apiKey)
  return async (url) => {
    if (!wallet) return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
    const fields = { chainId, domain, issuedAt: issuedAt(), nonce: nonce(), uri: uriOf(url) }
    const proof = await wallet.signIn(fields).catch((cause: unknown) => {
      throw cause instanceof Errors.BaseError ? cause : new UnsignedError({ cause })
    })
    return { [headerName]: Siwx.encode(proof) }
  }
}

export declare namespace createSignIn {
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

/**
 * Refuses what cannot be a Bearer token (RFC 6750): a header would refuse it too, with an error that
 * repeats it, and a key with quotation marks around it is only refused by Venice.
 *
 * @throws {@link InvalidApiKeyError}
 */
export function checkApiKey(apiKey: string): void {
  if (!/^[\w.~+/-]+=*$/.test(apiKey)) throw new InvalidApiKeyError()
}

/** A URL as the signed text may hold it: RFC 3986 is stricter than what a URL may contain. */
function uriOf(url: string): string {
  const { origin, pathname, search } = new URL(url)
  const rest = (pathname + search)
    .replaceAll(/[^\w\-.~:/?@!$&'()*+,;=%]/gu, encodeURIComponent)
    .replaceAll(/%(?![0-9a-fA-F]{2})/g, '%25')
  return origin + rest
}

/** The wallet did not sign the sign-in: its service failed, or its owner refused. */
export class UnsignedError extends Errors.BaseError {
  override readonly code = 'SIGN_IN_REFUSED'
  override readonly name = 'UnsignedError'
  /** Nothing of the request has left. */
  readonly sent = false

  constructor({ cause }: { cause: unknown }) {
    super('The wallet did not sign the sign-in, so nothing was sent.', {
      cause,
      hint: 'Check the service or device that holds the key, then try again.',
    })
  }
}

/** The API key has characters that no key has. The value is not repeated. */
export class InvalidApiKeyError extends Errors.BaseError {
  override readonly code = 'INVALID_KEY'
  override readonly name = 'InvalidApiKeyError'

  constructor() {
    super('The API key is not usable.', {
      hint: 'Correct VENICE_API_KEY: a key alone, without spaces, line breaks, quotation marks or the word Bearer.',
    })
  }
}
