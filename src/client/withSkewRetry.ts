import type { Fetch } from './createWire.js'

/**
 * Signs in once more when a refusal has just told that our clock is off: the first request of a
 * process cannot know it. Only requests that are harmless to repeat, and only once.
 */
export function withSkewRetry(fetch: Fetch, { skew }: { skew: () => number }): Fetch {
  return async (url, init) => {
    const before = skew()
    const response = await fetch(url, init)
    const learned = Math.abs(skew() - before) >= 2_000
    if (response.status !== 401 || !init.signIn || !init.repeatable || !learned) return response
    await response.body?.cancel()
    return fetch(url, init)
  }
}
