import { type SignInOutcome, spendSignIn } from '../actions/spendSignIn.js'
import * as Errors from '../Errors.js'
import type * as Job from '../Job.js'
import * as Siwx from '../Siwx.js'
import type { Zecchino } from './createZecchino.js'

/** How long a request may be under way, and its nonce on the way to every store, in milliseconds. */
const arriving = 5_000

/**
 * Asks what became of a paid request whose answer is missing, by the sign-in that it left with. An
 * old one, or one that is not on record, says nothing.
 */
export async function readArrival(
  zecchino: Zecchino,
  { job, signal }: { job: Job.Job; signal: AbortSignal },
): Promise<SignInOutcome> {
  const { client, seal } = zecchino
  const { sealedSignIn, sentAt } = job
  if (!sealedSignIn || !sentAt) return 'perhaps_read'
  const age = client.now().getTime() - sentAt.getTime()
  if (age < arriving) await client.sleep(Math.min(arriving - age, arriving), signal)
  if (age > Siwx.lifetime) return 'perhaps_read'
  try {
    const signedIn = JSON.parse(seal.open(sealedSignIn)) as Record<string, string>
    return await spendSignIn(client, { signedIn })
  } catch (error) {
    client.onEvent({ message: Errors.from(error).shortMessage, type: 'warning' })
    return 'no_answer'
  }
}
