import type { Response } from 'undici'

/** Milliseconds the server asks to wait, at most 30 s; `undefined` if it does not say. */
export function retryAfter(response: Response, now: Date): number | undefined {
  const after = response.headers.get('retry-after') ?? ''
  const reset = Number(response.headers.get('x-ratelimit-reset-requests') ?? Number.NaN)
  const until = Number.isNaN(Date.parse(after)) ? reset : Date.parse(after)
  const wish = /^\d+$/.test(after) ? Number(after) * 1000 : until - now.getTime()
  return Number.isFinite(wish) && wish >= 0 ? Math.min(wish, 30_000) : undefined
}
