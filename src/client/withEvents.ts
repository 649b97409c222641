import type { Event } from '../Event.js'
import type { Fetch } from './createWire.js'

/** Tells of every answer: method, path without query, status and time, and nothing it carried. */
export function withEvents(fetch: Fetch, options: withEvents.Options): Fetch {
  const { now, onEvent } = options
  return async (url, init) => {
    const began = now().getTime()
    const response = await fetch(url, init)
    const ms = now().getTime() - began
    const { method } = init
    const path = new URL(url).pathname
    onEvent({ method, ms, path, status: response.status, type: 'request.answered' })
    return response
  }
}

export declare namespace withEvents {
  type Options = { now: () => Date; onEvent: (event: Event) => void }
}
