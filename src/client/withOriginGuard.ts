import * as Errors from '../Errors.js'
import type { Fetch } from './createWire.js'

/**
 * Keeps credentials at one origin: a request to another is not sent, and a redirect is an error,
 * because Node's fetch would carry sign-ins and payments along.
 *
 * @throws {@link RedirectRefusedError}
 */
export function withOriginGuard(fetch: Fetch, { origin }: { origin: string }): Fetch {
  return async (url, init) => {
    if (new URL(url).origin !== origin) throw new RedirectRefusedError({ from: origin, to: url })
    const response = await fetch(url, init)
    if (response.status < 300 || response.status > 399) return response
    await response.body?.cancel()
    throw new RedirectRefusedError({ from: url, to: response.headers.get('location') ?? '' })
  }
}

/** The API tried to send a request with credentials elsewhere. */
export class RedirectRefusedError extends Errors.BaseError {
  override readonly code = 'REDIRECT_REFUSED'
  override readonly name = 'RedirectRefusedError'

  constructor({ from, to }: { from: string; to: string }) {
    const place = URL.canParse(to, from) ? new URL(to, from).origin : 'an unreadable place'
    super('A request with credentials may not leave its origin.', {
      facts: [`Pinned: ${new URL(from).origin}`, `Asked: ${place}`],
      hint: 'Check ZECCHINO_API_URL. Nothing was sent to the other place.',
    })
  }
}
