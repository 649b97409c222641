import * as Clock from '../Clock.js'
import { clockTime } from '../internal/clockTime.js'
import * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import type { Zecchino } from './createZecchino.js'
import { refusedForms } from './refusedForms.js'

/**
 * Looks up what jobs that are bought wait for, and answers with a function that says it of one, in
 * sentences. Found on the ledger at each look and never stored, so that it is true whichever process
 * works on them; a few small reads, and none of them asks the provider.
 */
export async function readWaits(zecchino: Zecchino): Promise<readWaits.ReturnType> {
  const { ledger } = zecchino
  const [now, { frozen }, [payment], [sending], held, credit] = await Promise.all([
    ledger.now(),
    ledger.state(),
    ledger.payments({ limit: 1, statuses: Ledger.openPaymentStatuses }),
    ledger.jobs({ limit: 1, statuses: ['sending'] }),
    ledger.jobs({ leased: true, statuses: Job.active }),
    ledger.creditOf(0n),
  ])
  const refused = payment && (await refusedForms(zecchino, payment)) !== undefined
  const isHeld = ({ id }: Job.Job) => zecchino.worker.isAt(id) || held.some((one) => one.id === id)
  const sent = sending && { ...fateOf(zecchino, sending, now), isHeld: isHeld(sending), now }

  return (job) => {
    if (job.status === 'sending') return sent && wordsOfSent(job, sent)
    if (job.status === 'reserved') {
      if (frozen) return `It waits, because spending is stopped: ${frozen.reason}`
      if (payment) return wordsOfPayment(payment, { job, now, refused: refused === true })
      if (sending && sent) return wordsOfTurn(sending, sent)
      if (Job.mayBeTaken(job)) return wordsOfRefused(job, now)
      const error = zecchino.worker.errorOf(job.id)
      if (error) return `${error.shortMessage} It is tried again.`
    }
    if (!isActive(job)) return undefined
    if (!isHeld(job)) return wordsOfLeft(job)
    const before = held.filter((one) => one.status === 'reserved' && one.createdAt < job.createdAt)
    if (job.status !== 'reserved') return undefined
    if (before.length === 0) return wordsOfCredit(credit, job, now)
    const who = before.length === 1 ? `${before[0]?.id} was` : `${before.length} jobs were`
    return `It is not sent yet: ${who} bought before it, and not sent yet either.`
  }
}

export declare namespace readWaits {
  /** What a job waits for; nothing if it goes on, or needs nobody to. */
  type ReturnType = (job: Job.Job) => string | undefined
}

/** Statuses in which a job that nobody has in hand comes no further. */
function isActive({ status }: Job.Job): boolean {
  return status === 'reserved' || status === 'queued' || status === 'ready'
}

/** What is known of a paid call under way, by the ledger's clock. */
type Sent = { isHeld: boolean; isLost: boolean; now: Date; until: Date }

/**
 * Whether the answer to a paid call is lost, because its process said so or has waited longer than it
 * waits, and until when is found out what became of it: from the provider's rows, or, where an API key
 * is shown none, from whoever sent it.
 */
function fateOf({ payer }: Zecchino, job: Job.Job, now: Date): Pick<Sent, 'isLost' | 'until'> {
  const at = sentAt(job).getTime()
  return {
    isLost: Boolean(job.detail) || now.getTime() - at > Clock.awaiting,
    until: new Date(at + (payer === 'key' ? Clock.awaiting : Clock.horizon)),
  }
}

function wordsOfSent(job: Job.Job, { isHeld, isLost, now, until }: Sent): string {
  const at = clockTime(sentAt(job), now)
  if (!isHeld)
    return `The answer to its paid request, sent at ${at}, was lost, and no process looks for it: one that runs does within a minute, \`zecchino retrieve ${job.id}\` at once.`
  if (!isLost) return `Its paid request left at ${at}, and its answer is awaited.`
  const limit = until > now ? `Until ${clockTime(until, now)} at the latest` : 'Right now'
  return `The answer to its paid request, sent at ${at}, was lost. ${limit} it is being found out whether Venice took it, and nothing else is bought meanwhile; if that cannot be told, the owner decides.`
}

function wordsOfTurn(job: Job.Job, { isHeld, isLost, now, until }: Sent): string {
  const at = clockTime(sentAt(job), now)
  if (isHeld && !isLost)
    return `It waits for its turn: ${job.id} is being sent since ${at}, and one request of a wallet is made at a time.`
  const limit = until > now ? `, by ${clockTime(until, now)} at the latest` : ''
  return `It waits for the answer to ${job.id}, sent at ${at}, which was lost: before it is known what became of that${limit}, nothing else is bought.`
}

/** Refused, in words that do not say that nothing was taken. */
function wordsOfRefused(job: Job.Job, now: Date): string {
  const sent = sentAt(job)
  const until = new Date(sent.getTime() + Clock.horizon)
  const when = until > now ? `Until ${clockTime(until, now)} a charge` : 'A charge'
  return `Venice refused its paid request of ${clockTime(sent, now)} without saying that nothing was taken. ${when} for it may show: then its video is taken; if none does, it is sent again.`
}

function wordsOfPayment(
  payment: Ledger.Payment,
  { job, now, refused }: { job: Job.Job; now: Date; refused: boolean },
): string {
  const { amount, detail, jobId, status, validBefore } = payment
  const whose = jobId === undefined || jobId === job.id ? '' : ` for ${jobId}`
  const it = `the top-up of ${Money.display(amount)}${whose}`
  const until = clockTime(validBefore, now)
  if (status === 'paid_not_credited') return `It waits for the owner: ${detail ?? `${it} was paid`}`
  if (refused && validBefore > now)
    return `Venice refused ${it} in every form. In case it was paid all the same, nothing else is signed until it has expired unspent, at ${until} or a little later.`
  if (status !== 'unknown') return `It waits until ${it} has settled.`
  if (validBefore > now)
    return `It waits until ${it} is confirmed${detail ? ` (${detail})` : ''}: that is asked again until ${until}, and nothing else is signed meanwhile.`
  return `It waits until it is proven whether ${it}, which expired at ${until}, was paid; nothing else is signed meanwhile.`
}

/** A credit that the balance may not show yet, or the queue not know of. */
function wordsOfCredit(
  { fresh, isBooked }: Ledger.Credit,
  { sentAt }: Job.Job,
  now: Date,
): string | undefined {
  if (!fresh) return undefined
  const it = `the ${Money.display(fresh.amount)} that Venice credited at ${clockTime(fresh.updatedAt, now)}`
  const end = new Date(fresh.updatedAt.getTime() + Clock.showing)
  const until = `until ${clockTime(end, now)} at the latest; nothing more is paid meanwhile`
  if (sentAt && sentAt >= fresh.updatedAt)
    return `Venice asked for more credit at ${clockTime(sentAt, now)} although ${it} has to be there: it is asked again, ${until}.`
  return isBooked ? undefined : `It waits for ${it} to show in the balance, ${until}.`
}

function wordsOfLeft({ id, status }: Job.Job): string {
  const stands = status === 'reserved' ? 'It is not paid for yet' : 'It is paid for'
  return `${stands}, and no process has it in hand: one that runs takes it up within a minute, \`zecchino retrieve ${id}\` at once.`
}

function sentAt(job: Job.Job): Date {
  return job.sentAt ?? job.updatedAt
}
