import * as Clock from '../Clock.js'
import type { Fetch } from './createWire.js'

/** A clock that shows another time than these is broken, or a trick. */
const [earliest, latest] = [Date.UTC(2020), Date.UTC(2100)]

/** The longest that an answer may have lain in a cache on its way here, in seconds. */
const oldest = 86_400

/**
 * Learns how far the server's clock is ahead of ours from the `Date` of its answers, so that
 * sign-ins and authorizations are dated by the clock that judges them. A `Date` is whole seconds,
 * so differences under two seconds count as none. What lay in a cache is as much older as its `Age`.
 */
export function withClock(fetch: Fetch, { now, steady }: withClock.Options) {
  let heard: Clock.Heard | undefined
  const ours = () => ({ steady: steady(), wall: now() })
  const wrapped: Fetch = async (url, init) => {
    const response = await fetch(url, init)
    const told = Date.parse(response.headers.get('date') ?? '')
    if (told > earliest && told < latest) {
      const { steady, wall } = ours()
      const difference = told + ageOf(response) + 500 - wall.getTime()
      const skew = Math.abs(difference) < 2_000 ? 0 : difference
      heard = { provider: new Date(wall.getTime() + skew), steady, wall }
    }
    return response
  }
  return {
    fetch: wrapped,
    providerTime: () => Clock.providerTime(heard, ours()),
    skew: () => (heard ? heard.provider.getTime() - heard.wall.getTime() : 0),
  }
}

export declare namespace withClock {
  type Options = {
    now: () => Date
    /** Milliseconds by a clock that nobody puts right. */
    steady: () => number
  }
}

function ageOf({ headers }: Awaited<ReturnType<Fetch>>): number {
  const seconds = Number(headers.get('age') ?? 0)
  return seconds > 0 && seconds <= oldest ? seconds * 1_000 : 0
}
