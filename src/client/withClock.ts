import type { Fetch } from './createWire.js'

/** A clock that shows another time than these is broken, or a trick. */
const [earliest, latest] = [Date.UTC(2020), Date.UTC(2100)]

/**
 * Learns how far the server's clock is ahead of ours from the `Date` of its answers, so that
 * sign-ins and authorizations are dated by the clock that judges them. A `Date` is whole seconds,
 * so differences under two seconds count as none.
 */
export function withClock(fetch: Fetch, { now }: { now: () => Date }) {
  let skew = 0
  const wrapped: Fetch = async (url, init) => {
    const response = await fetch(url, init)
    const told = Date.parse(response.headers.get('date') ?? '')
    if (told > earliest && told < latest) {
      const difference = told + 500 - now().getTime()
      skew = Math.abs(difference) < 2_000 ? 0 : difference
    }
    return response
  }
  return { fetch: wrapped, skew: () => skew }
}
