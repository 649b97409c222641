import { call, codeOf } from '../client/call.js'
import type { Client } from '../client/createClient.js'
import { issuesOf } from '../client/issuesOf.js'
import * as Venice from '../Venice.js'

/**
 * What a sign-in tells about the paid request that it was made for.
 *
 * - `unread`: the request was never read, and from now on whoever reads it refuses it.
 * - `perhaps_read`: the sign-in is not good any more, for whatever reason.
 * - `no_answer`: nothing is known; asking again tells, unless this has used it up.
 */
export type SignInOutcome = 'no_answer' | 'perhaps_read' | 'unread'

/**
 * Uses up the sign-in of a queue request whose answer is missing. A nonce is good once per wallet, even
 * for a request that fails; so an empty request, which buys nothing, is made with it, twice.
 *
 * Both halves are asked of the route that was paid for, and not assumed: the first has to get past
 * the sign-in, to be told that it names no model, and the second has to be refused as used.
 *
 * @param options.signedIn The headers that the request left with.
 * @throws {@link UnreachableError} when no answer came.
 */
export async function spendSignIn(
  client: Client,
  options: { signedIn: Record<string, string> },
): Promise<SignInOutcome> {
  const empty = { body: {}, headers: options.signedIn, path: '/video/queue', signIn: false }
  const first = await call(client, { ...empty, repeatable: false })
  if (first.status === 401) return 'perhaps_read'
  if (first.status !== 400 || !issuesOf(first).some(({ field }) => field === 'model'))
    return 'no_answer'
  const second = await call(client, empty)
  const isUsed = second.status === 401 && codeOf(second) === Venice.nonceReused
  return isUsed ? 'unread' : 'perhaps_read'
}
