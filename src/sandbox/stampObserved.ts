import * as Fixture from '../Fixture.js'
import * as Money from '../Money.js'
import * as X402 from '../X402.js'
import type { Trace, World } from './world.js'

/**
 * Gives an answer the headers that a live service was found to send, and takes those that it was
 * found not to. Without fixtures our own choices stand.
 */
export function stampObserved(world: World, trace: Trace, response: Response): void {
  const { headers, status } = response
  const facts = world.observed?.facts ?? {}
  if ((facts.balance_header ?? world.behavior === 'documented') && status === 200 && trace.account)
    headers.set('X-Balance-Remaining', Money.formatExact(trace.account.credit))
  if (facts.payment_response === false && status === 200) headers.delete(X402.headers.response)
  const route = trace.route.startsWith('top-up') ? 'top-up' : trace.route
  const names = facts.rate_headers?.[route as Fixture.Route]
  if (!names) return
  for (const name of Array.from(headers.keys()))
    if (Fixture.isRateHeader(name) && !names.includes(name)) headers.delete(name)
  for (const name of names) if (status === 200 && !headers.has(name)) headers.set(name, '1')
}
