import { call, errorOf, MalformedAnswerError } from '../client/call.js'
import type { Client } from '../client/createClient.js'
import * as X402 from '../X402.js'

/**
 * Asks what a top-up wants to be paid: the same POST without a payment, answered with 402. Nothing
 * is signed for a payment here, and nothing moves. Entries of this host have been seen without a
 * scheme: then it is `exact`.
 *
 * @throws {@link MalformedAnswerError} when the 402 names no requirements.
 */
export async function discoverTopUp(client: Client): Promise<X402.Requirements> {
  const path = '/x402/top-up'
  const answer = await call(client, { body: {}, path, signIn: false })
  if (answer.status !== 402) {
    if (answer.status >= 400) throw errorOf(answer)
    throw new MalformedAnswerError({ path })
  }
  const { headers, text } = answer
  const demand = X402.demandOf({ defaults: { scheme: 'exact' }, headers, sent: 'nothing', text })
  if (!('requirements' in demand) || !demand.requirements) throw new MalformedAnswerError({ path })
  return demand.requirements
}
