import { type SignInOutcome, spendSignIn } from '../actions/spendSignIn.js'
import * as Clock from '../Clock.js'
import * as Errors from '../Errors.js'
import * as Job from '../Job.js'
import * as Siwx from '../Siwx.js'
import type { Zecchino } from './createZecchino.js'

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
  if (!sealedSignIn || !sentAt || sealedSignIn === Job.untakenSignIn) return 'perhaps_read'
  const age = client.providerTime().at.getTime() - Clock.sentAt(job).at.getTime()
  const left = Math.min(Clock.arriving - age, Clock.arriving)
  if (left > 0) await client.sleep(left, signal)
  // By a clock that was never compared it may be younger than it seems: then the server is asked.
  if (Clock.between(Clock.sentAt(job), client.providerTime()).least > Siwx.lifetime)
    return 'perhaps_read'
  try {
    const signedIn = JSON.parse(seal.open(sealedSignIn)) as Record<string, string>
    return await spendSignIn(client, { signedIn })
  } catch (error) {
    client.onEvent({ message: Errors.from(error).shortMessage, type: 'warning' })
    return 'no_answer'
  }
}
