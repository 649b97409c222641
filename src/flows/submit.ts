import { getBalance } from '../actions/getBalance.js'
import { type QueueOutcome, queueVideo } from '../actions/queueVideo.js'
import { requireVerified } from '../client/requireVerified.js'
import * as Clock from '../Clock.js'
import * as Errors from '../Errors.js'
import * as Issue from '../Issue.js'
import * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Venice from '../Venice.js'
import type * as Video from '../Video.js'
import { approvedQuote } from './approvedQuote.js'
import { leaveToOwner } from './awaitAnswer.js'
import { awaitRows } from './awaitRows.js'
import { checkSent, isSentSince } from './checkSent.js'
import type { Zecchino } from './createZecchino.js'
import { keepAnswer } from './keepAnswer.js'
import { keepTrying } from './keepTrying.js'
import { moveJob } from './moveJob.js'
import { noteSent } from './noteSent.js'
import { readCredit } from './readCredit.js'
import { refuseKey } from './refuseKey.js'
import { type Room, reserveRoom } from './reserveRoom.js'
import { serverIssues } from './serverIssues.js'

/** How often one worker presents a job that is refused for a passing reason. */
const maxRefusals = 6

/** Refusals that another minute may turn: sign-in, consent, too many, no capacity. */
const passing = new Set([401, 409, 429, 503])

/** What the owner can do about a refusal that no waiting mends. */
const advice: Record<number, string> = {
  403: 'The model may be blocked where this request came from; choose another one.',
  404: 'Venice has no such model, or not any more; `zecchino models` lists what it has.',
  410: 'Venice has retired what was asked for; choose another model, or look for an update of zecchino.',
}

/**
 * Queues a funded job: reserves room for the answer, marks it `sending`, sends the one paid call, and
 * keeps the answer before anything else happens. Only a complete refusal, or the proof that it was never read, lets it be
 * sent again, and only after the provider's rows show no charge since.
 */
export async function submit(
  zecchino: Zecchino,
  options: { job: Job.Job; signal: AbortSignal },
): Promise<void> {
  const { client, ledger } = zecchino
  const { signal } = options
  const quote = await approvedQuote(zecchino, options.job)
  if (!quote) return
  for (let [refusals, waits] = [0, 0]; ;) {
    signal.throwIfAborted()
    const job = await ledger.findJob(options.job.id)
    if (job?.status !== 'reserved') return
    if (isSentSince(zecchino, job)) return checkSent(zecchino)
    if (!(await awaitRows(zecchino, { job, signal }))) return
    // Nothing leaves on terms that were looked at too long ago: whoever calls asks the price again.
    if (Job.isStale(job, await ledger.now())) return
    requireVerified(client)
    const intent = await markSending(zecchino, job)
    if (!intent) {
      await refuseFrozen(ledger)
      // Another job of this wallet is in `sending`: one paid call at a time.
      await client.sleep(Math.min(250 * 1.5 ** waits++, 2_000), signal)
      continue
    }
    waits = 0
    const { room, sentAt, signedIn } = intent
    if (client.now().getTime() - intent.markedAt.getTime() > Clock.leaving) {
      // This process slept (a closed lid), and others may have judged the job: nothing leaves now.
      const detail = 'The process slept before it sent the request; nothing was sent.'
      room.remove()
      const patch = { detail, sealedSignIn: Job.voidSignIn }
      await moveSent(zecchino, { ...job, sentAt }, { patch, to: 'reserved' })
      continue
    }
    noteSent(zecchino, { id: job.id, sentAt })
    const outcome = await queueVideo(client, { body: bodyOf(quote, job), signedIn })
    if (outcome.kind === 'queued') {
      const { download_url: downloadUrl, queue_id: queueId } = outcome.queued
      const came = { downloadUrl, queueId, queuedAt: client.now() }
      await keepAnswer(zecchino, { answer: { ...came, jobId: job.id, sentAt }, room, signal })
      return
    }
    room.remove()
    if (outcome.kind === 'unknown') {
      if (zecchino.payer === 'key')
        return leaveToOwner(zecchino, { job: { ...job, sentAt }, reason: wordOf(outcome.reason) })
      const now = await ledger.findJob(job.id)
      if (now?.status === 'sending' && now.sentAt?.getTime() === sentAt.getTime())
        await ledger.noteJob(job.id, { detail: outcome.reason })
      return
    }
    const again = await settle(zecchino, { job: { ...job, sentAt }, quote, signal }, outcome)
    if (!again) return
    refusals += 1
    if (refusals >= maxRefusals) {
      const detail = `Venice refused it ${refusals} times: ${again}`
      await moveJob(zecchino, {
        from: 'reserved',
        jobId: job.id,
        patch: { detail },
        sentAt,
        to: 'rejected',
      })
      return
    }
    await client.sleep(Math.min(1_000 * 2 ** refusals, 30_000), signal)
    if (outcome.kind === 'refused' && outcome.status === 402) return
  }
}

/** The worker comes back later, and waits longer each time. */
async function refuseFrozen(ledger: Ledger.Ledger): Promise<void> {
  const { frozen } = await ledger.state()
  if (frozen) throw Ledger.stopped(frozen)
}

/**
 * Puts on record that the paid request is about to leave, and the sign-in that it leaves with: should
 * nobody hear of it again, the sign-in tells whether it arrived.
 */
async function markSending(zecchino: Zecchino, job: Job.Job): Promise<Intent | undefined> {
  const { client, ledger, seal } = zecchino
  // Before the wallet is asked to sign: its owner may have to press a button for it.
  if ((await ledger.jobs({ limit: 1, statuses: ['sending'] })).length > 0) return undefined
  // An API key would tell nothing afterwards, and has no place on record.
  const isKey = zecchino.payer === 'key'
  // Its charge will be held against the time at which it left, by the clock that dates the charge.
  if (!isKey && client.providerTime().within > Clock.slack) await getBalance(client)
  const signedIn = isKey ? undefined : await client.signIn(`${client.baseUrl}/video/queue`)
  const { at, within } = client.providerTime()
  const [markedAt, sentAt] = [client.now(), await ledger.now()]
  const patch = {
    detail: '', // what was said before is no word on the answer to this
    ...(within <= Clock.slack && { providerSentAt: at }),
    ...(signedIn && { sealedSignIn: seal.seal(JSON.stringify(signedIn)) }),
    sentAt,
  }
  const room = await makeRoom(zecchino, { job, sentAt })
  try {
    if (await moveJob(zecchino, { from: 'reserved', jobId: job.id, patch, to: 'sending' }))
      return { markedAt, room, sentAt, signedIn }
  } catch (error) {
    room.remove()
    throw error
  }
  room.remove()
  return undefined
}

/** Room for the answer. Without it nothing is sent, and the job says why. */
async function makeRoom(
  zecchino: Zecchino,
  { job, sentAt }: { job: Job.Job; sentAt: Date },
): Promise<Room> {
  try {
    return reserveRoom(zecchino, { jobId: job.id, sentAt })
  } catch (error) {
    const { hint, shortMessage } = Errors.from(error)
    const detail = [shortMessage, hint].filter(Boolean).join(' ')
    // Where that fails too, it is thrown all the same.
    if (detail !== job.detail) await zecchino.ledger.noteJob(job.id, { detail }).catch(() => {})
    throw error
  }
}

type Intent = {
  /** By our own clock. */
  markedAt: Date
  /** For the answer. */
  room: Room
  /** By the ledger's. */
  sentAt: Date
  signedIn: Record<string, string> | undefined
}

/** The body as it was quoted, with the consent that a person gave, if one did. */
function bodyOf({ body }: Ledger.Quote, { consent }: Job.Job): string {
  if (!consent?.confirmed_at) return body
  const request = JSON.parse(body) as Record<string, unknown>
  return JSON.stringify({ ...request, consents: { seedance: Venice.consents } })
}

/** Moves a job out of the `sending` that is known about: somebody may have sent it again since. */
function moveSent(
  zecchino: Zecchino,
  { id: jobId, sentAt }: Job.Job,
  { patch, to }: { patch: Ledger.JobPatch; to: Job.Status },
): Promise<boolean> {
  return moveJob(zecchino, { from: 'sending', jobId, patch, sentAt, to })
}

/** Books a refusal. Returns why it may be tried again; `undefined` ends it. */
async function settle(
  zecchino: Zecchino,
  { job, quote, signal }: { job: Job.Job; quote: Ledger.Quote; signal: AbortSignal },
  outcome: Exclude<QueueOutcome, { kind: 'queued' | 'unknown' }>,
): Promise<string | undefined> {
  // Nobody else has heard the refusal, and without it a person would be asked what became of the job.
  const move = (to: Job.Status, patch: Ledger.JobPatch) =>
    keepTrying(zecchino, { signal, write: () => moveSent(zecchino, job, { patch, to }) })
  const sealedSignIn = Job.untakenSignIn
  if (outcome.kind === 'needs_consent') {
    const { consent } = outcome
    const write = () => zecchino.ledger.noteJob(job.id, { consent })
    await keepTrying(zecchino, { signal, write })
    const detail = 'The provider wants a person to consent first; nothing was charged.'
    await move('needs_consent', { detail, sealedSignIn })
    return undefined
  }
  if (outcome.kind === 'unsent') {
    const detail = 'Venice could not be reached; nothing was sent.'
    await move('reserved', { detail, sealedSignIn: Job.voidSignIn })
    throw outcome.error
  }
  const { code, says, status, suggestion } = outcome
  const what = code && !says.includes(code) ? `${status} ${code}` : `${status}`
  const reason = says ? `${what}, saying (untrusted): ${says}` : `status ${what}`
  const saysUntaken = isAtTheDoor(outcome)
  if (zecchino.payer === 'key' && (await refuseKey(zecchino, { job, reason, saysUntaken, status })))
    return undefined
  if (status === 402) {
    // First of all the refusal: what comes after it may fail.
    const asks = `Venice asks for more credit (${reason}).`
    if (!(await move('reserved', { detail: asks, sealedSignIn }))) return undefined
    const detail = await uselessBecause(zecchino, job)
    if (!detail) return reason
    const { id: jobId, sentAt } = job
    await moveJob(zecchino, { from: 'reserved', jobId, patch: { detail }, sentAt, to: 'rejected' })
    return undefined
  }
  if (passing.has(status)) {
    const detail = `Venice refused it for now: ${reason}.`
    await move('reserved', { detail, ...(saysUntaken && { sealedSignIn }) })
    return reason
  }
  const request = JSON.parse(quote.body) as Video.Request
  const issues = serverIssues(request, outcome.issues).map((issue) => ` ${Issue.format(issue)}.`)
  const words = [
    `Venice refused the request with ${reason}. Nothing was charged.`,
    advice[status],
    suggestion,
  ]
  await move('rejected', { detail: words.filter(Boolean).join(' ') + issues.join('') })
  return undefined
}

/**
 * Whether Venice refused it before anybody looked at it, by its own words: sign-in, credit, or too many. What else
 * may pass (another 409, no capacity) it lists as a refusal, and says nowhere how far the request has got by
 * then: whether nothing was taken is for the rows to show.
 */
function isAtTheDoor({ code, says, status }: Extract<QueueOutcome, { kind: 'refused' }>): boolean {
  if (status === 429) return limitWords.test(`${code} ${says}`)
  return status === 401 || status === 402
}

const limitWords = /rate limit|too many|X402_CONCURRENCY_LIMIT/i

/** A sentence as part of another one. */
function wordOf(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '')
}

/** Why more credit would not help against a 402, if it would not. */
async function uselessBecause(zecchino: Zecchino, job: Job.Job): Promise<string | undefined> {
  if (zecchino.payer === 'key') return undefined
  const { balance, credit, fresh } = await readCredit(zecchino)
  const { balanceUsd, diemBalanceUsd } = balance
  if (diemBalanceUsd !== undefined)
    return 'Venice refused payment: the wallet is linked to an account whose DIEM is spent first, so a top-up does not help.'
  // What was credited lately need not have reached whoever refused it, and so may the balance.
  if (fresh || credit < job.price + Venice.floor) return undefined
  return `Venice asks for payment although the credit of ${Money.display(balanceUsd)} covers the price of ${Money.display(job.price)}.`
}
