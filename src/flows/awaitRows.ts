import * as Clock from '../Clock.js'
import * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import { chargesSince } from './chargesSince.js'
import type { Zecchino } from './createZecchino.js'
import { moveJob } from './moveJob.js'
import { sinceSent } from './sinceSent.js'

/**
 * Whether a job may be sent as far as the provider's rows tell, if it was sent before. A charge that fits it
 * is looked into first. Where nobody has said that nothing was taken, only rows can: they have to show no
 * charge for as long as one may take. `false`: it was waited for a moment, and all is to be looked at again.
 *
 * @throws {@link Ledger.FrozenError}: while spending is stopped nothing leaves, whatever the rows say, and they
 * are not looked at for it.
 */
export async function awaitRows(
  zecchino: Zecchino,
  options: { job: Job.Job; signal: AbortSignal },
): Promise<boolean> {
  const { ledger, payer } = zecchino
  const { job } = options
  // An API key is shown no rows: what it has sent is sent again by the owner's word, or not at all.
  if (!job.sentAt || payer === 'key') return true
  const { frozen } = await ledger.state()
  if (frozen) throw Ledger.stopped(frozen)
  // Before they are read: a charge may show in between.
  const age = await sinceSent(zecchino, job)
  if ((await chargesSince(zecchino, job)).length > 0) {
    await doubt(zecchino, options)
    return false
  }
  if (!Job.mayBeTaken(job)) return true
  if (age <= Clock.horizon) {
    await pause(zecchino, options, Clock.horizon - age)
    return false
  }
  if ((await ledger.now()).getTime() - job.createdAt.getTime() <= Clock.refusing) return true
  const detail = `${job.detail ?? ''} It was refused for ${Clock.refusing / 3_600_000} hours, and Venice’s rows show that nothing was charged.`
  await moveJob(zecchino, {
    from: 'reserved',
    jobId: job.id,
    patch: { detail: detail.trimStart() },
    sentAt: job.sentAt,
    to: 'rejected',
  })
  return false
}

/**
 * There is a charge that fits a job of which nothing was taken. A refusal was not the whole truth:
 * let the rows decide. After a proof it is more likely another job's, and has time to find it.
 */
async function doubt(
  zecchino: Zecchino,
  options: { job: Job.Job; signal: AbortSignal },
): Promise<void> {
  const { client } = zecchino
  const { job } = options
  const age = Clock.between(Clock.sentAt(job), client.providerTime()).least
  const waits = job.sealedSignIn === Job.voidSignIn && age < Clock.settling
  const move = { from: 'reserved', jobId: job.id, to: 'sending' } as const
  if (waits || !(await moveJob(zecchino, move))) await pause(zecchino, options, Infinity)
}

/** The longer it is ago that a job was sent, the less often anybody looks. */
async function pause(
  { client }: Zecchino,
  { job, signal }: { job: Job.Job; signal: AbortSignal },
  left: number,
): Promise<void> {
  const age = Clock.between(Clock.sentAt(job), client.providerTime()).least
  await client.sleep(Math.min(Math.max(age / 8, 2_000), 120_000, left + 1_000), signal)
}
