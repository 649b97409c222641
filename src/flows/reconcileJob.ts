import type { SignInOutcome } from '../actions/spendSignIn.js'
import * as Charges from '../Charges.js'
import * as Clock from '../Clock.js'
import * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Verdict from '../Verdict.js'
import { awaitAnswer } from './awaitAnswer.js'
import type { Zecchino } from './createZecchino.js'
import { type Candidate, findCandidates } from './findCandidates.js'
import { moveJob } from './moveJob.js'
import { readArrival } from './readArrival.js'
import { sinceSent } from './sinceSent.js'
import { syncRows } from './syncRows.js'

/**
 * Finds out what became of a paid call whose answer is missing. A call that the provider has provably
 * never read is made again. Any other is not: a charge of our model that answers to its request id
 * is adopted; none within the horizon, or several, is for the owner to decide.
 */
export async function reconcileJob(
  zecchino: Zecchino,
  options: { job: Job.Job; signal: AbortSignal },
): Promise<void> {
  if (zecchino.payer === 'key') return awaitAnswer(zecchino, options)
  const { client, ledger } = zecchino
  const { job, signal } = options
  const move = (to: Job.Status, patch: Ledger.JobPatch) =>
    moveJob(zecchino, { from: 'sending', jobId: job.id, patch, sentAt: job.sentAt, to })
  let arrival: SignInOutcome = 'no_answer'
  const began = client.now().getTime()
  for (let round = 0; ; round += 1) {
    if (arrival === 'no_answer') arrival = await readArrival(zecchino, { job, signal })
    if (arrival === 'unread') {
      const detail = 'The paid request never reached Venice; nothing was charged.'
      const waited = (await ledger.now()).getTime() - job.createdAt.getTime()
      if (await move('reserved', { detail, sealedSignIn: Job.voidSignIn }))
        await client.sleep(Math.min(waited / 2, 60_000), signal)
      return
    }
    await syncRows(zecchino)
    const passed = await sinceSent(zecchino, job)
    const candidates = await lookAt(zecchino, { anyPrice: passed > Clock.horizon, job })
    // The process that sent it may have been slow, not dead, and has had its answer meanwhile.
    if ((await ledger.findJob(job.id))?.status !== 'sending') return

    const adopted = adoptable(candidates)
    if (adopted) {
      // The rows are tied as any other is: one that charges another price stops spending.
      if (await move('queued', patchOf(adopted))) await syncRows(zecchino)
      return
    }
    const several = candidates.filter((one) => one.answers === 'job' && !one.rival).length > 1
    // Whoever comes late, after a night, has not heard more than one answer yet.
    const looked = Math.min(passed - Clock.horizon, client.now().getTime() - began)
    const waits = candidates.some(isOpen) && looked <= Clock.patience
    if (several || (passed > Clock.horizon && !waits)) {
      await move('ambiguous', { detail: wordsOf(job, candidates) })
      return
    }
    await client.sleep(Math.min(2_000 * 2 ** round, 30_000), signal)
  }
}

/** Charges that may be this job's: those of the price agreed to, or if none answers, those of any. */
async function lookAt(
  zecchino: Zecchino,
  { anyPrice, job }: { anyPrice: boolean; job: Job.Job },
): Promise<Candidate[]> {
  const agreed = await findCandidates(zecchino, { isAsked: Charges.isAgreed, job })
  if (!anyPrice || agreed.some(({ answers }) => answers === 'job')) return agreed
  const isAsked = (fit: Charges.Fit) => !Charges.isAgreed(fit)
  return [...agreed, ...(await findCandidates(zecchino, { isAsked, job }))]
}

/** The one candidate that answers as a video job, while no other may, and no other job claims it. */
export function adoptable(candidates: readonly Candidate[]): Candidate | undefined {
  const [found, ...others] = candidates.filter(({ answers }) => answers === 'job')
  return others.length === 0 && !candidates.some(isOpen) ? found : undefined
}

/** What a job is told that takes a candidate's video for its own. */
export function patchOf({ request }: Pick<Candidate, 'request'>): Ledger.JobPatch {
  const detail = `adopted by Venice's row ${request.rows[0]?.id}`
  return { detail, queueId: request.id ?? undefined, queuedAt: new Date(request.first) }
}

/** Whether it cannot be told now whether a charge is this job's. */
function isOpen({ answers, rival }: Candidate): boolean {
  return answers === 'unknown' || (answers === 'job' && rival !== undefined)
}

/** Why a person has to decide about a job, and how. */
export function wordsOf(job: Job.Job, candidates: readonly Candidate[]): string {
  const at = (job.providerSentAt ?? job.sentAt ?? job.updatedAt).toISOString()
  const found = candidates.filter(({ answers }) => answers === 'job').length
  const mute = candidates.filter(
    (one) => one.answers === 'nothing' && Charges.isAgreed({ job, ...one }),
  )
  const rival = candidates.find((one) => one.answers === 'job' && one.rival)?.rival
  const what = rival
    ? `a charge that fits it may as well be for ${rival.id}`
    : candidates.some(isOpen)
      ? 'whether a charge that fits is for it cannot be told now (it is asked again by itself)'
      : found > 1
        ? `${found} charges fit it`
        : mute.length > 0
          ? `${mute.length === 1 ? 'a charge fits' : `${mute.length} charges fit`} it, without naming a job`
          : 'no charge for it has shown since'
  const verdicts = Verdict.ofJob({ status: 'ambiguous' }, { charges: candidates })
  const command = Verdict.command(job.id, verdicts, { retryFrom: retryFrom(job) })
  return `The paid request for ${Money.display(job.price)} left at ${at} without an answer, and ${what}; compare \`zecchino transactions\`, then run: ${command}.`
}

/** From when on a person's word may have a job sent again: then all of its charge has shown, if there is one. */
export function retryFrom(job: Job.Job): Date {
  const { at, within } = Clock.sentAt(job)
  return new Date(at.getTime() + within + Clock.wordAfter)
}
