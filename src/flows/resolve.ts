import * as Charges from '../Charges.js'
import * as Clock from '../Clock.js'
import * as Errors from '../Errors.js'
import { printable } from '../internal/printable.js'
import * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Verdict from '../Verdict.js'
import { chargesSince } from './chargesSince.js'
import type { Zecchino } from './createZecchino.js'
import { linkUsage, wordsOfLate } from './linkUsage.js'
import { lookAgain } from './lookAgain.js'
import { readCharges, type Shown } from './readCharges.js'
import { type Known, readProof } from './readProof.js'
import { patchOf, retryFrom } from './reconcileJob.js'
import { sinceSent } from './sinceSent.js'
import { syncRows } from './syncRows.js'

/** An unresolved payment or job, what is known of it, and the verdicts that fit it. */
export type Unresolved =
  | {
      kind: 'job'
      /** What fits it; `undefined` where the provider's rows cannot be read. */
      charges: readonly Shown[] | undefined
      job: Job.Job
      verdicts: readonly Verdict.Verdict[]
    }
  | {
      kind: 'payment'
      known: Known
      payment: Ledger.Payment
      verdicts: readonly Verdict.Verdict[]
    }

/**
 * Finds what an id names, with all that is known of it now and the verdicts that are open for it.
 *
 * @throws {@link NothingToResolveError} when there is nothing to decide about it.
 */
export async function findUnresolved(zecchino: Zecchino, id: string): Promise<Unresolved> {
  const { client, ledger } = zecchino
  const payment = await ledger.findPayment(id)
  if (payment) {
    if (Verdict.ofPayment(payment).length === 0)
      throw new NothingToResolveError({ id, status: payment.status })
    const known = await readProof(zecchino, payment)
    // The rows may just have shown its credit.
    const now = (await ledger.findPayment(id)) ?? payment
    const verdicts = Verdict.ofPayment(now, { mayBeUnpaid: known.paid === undefined })
    if (verdicts.length === 0) throw new NothingToResolveError({ id, status: now.status })
    return { kind: 'payment', known, payment: now, verdicts }
  }
  const job = await ledger.findJob(id)
  if (!job) throw new NothingToResolveError({ id, status: undefined })
  const isLost = job.status === 'ambiguous' || (job.status === 'abandoned' && job.sentAt)
  const charges = isLost ? await readCharges(zecchino, job).catch(() => undefined) : []
  const canLook = Job.canLookAgain(job, client.providerTime().at)
  const verdicts = Verdict.ofJob(job, { canLook, charges })
  if (verdicts.length === 0) throw nothingOf(job, charges)
  return { charges, job, kind: 'job', verdicts }
}

/** Why there is nothing to decide about a job, or not now. */
function nothingOf({ id, status }: Job.Job, charges: readonly Shown[] | undefined) {
  if (!charges)
    return new VerdictRefusedError({
      id,
      reason: 'Venice’s rows cannot be read now: ask again later.',
    })
  if (charges.length === 0) return new NothingToResolveError({ id, status })
  const reason = `It is ${status}, and Venice has no video that can be taken for its own.`
  return new VerdictRefusedError({ charges, id, reason })
}

/** What is known, in lines for the person who decides. */
export function factsOf(found: Unresolved): string[] {
  if (found.kind === 'payment') {
    const { amount, createdAt, detail, id, nonce, payTo, status, validBefore } = found.payment
    return [
      `Payment   ${id}: ${status}`,
      `Amount    ${Money.display(amount)} USDC to ${payTo}`,
      `Signed    ${createdAt.toISOString()}, could settle until ${validBefore.toISOString()}`,
      `Nonce     ${nonce}`,
      ...(detail ? [`Known     ${detail}`] : []),
      ...found.known.facts,
    ]
  }
  const { charges, job, verdicts } = found
  const { detail, id, model, price, sentAt, status } = job
  const none = charges ? 'none that fits has shown' : 'Venice’s rows cannot be read now'
  return [
    `Job       ${id}: ${status}`,
    `Price     ${Money.display(price)} for ${model}`,
    ...(sentAt ? [`Sent      ${sentAt.toISOString()}`] : []),
    ...(detail ? [`Known     ${detail}`] : []),
    ...(charges ?? []).map((one) => `Charge    ${wordsOf(one)}`),
    ...(sentAt && !charges?.length ? [`Charge    ${none}`] : []),
    ...(verdicts.includes('retry') && charges?.length
      ? ['Retry     leaves the charges above to nobody, and pays for the job again']
      : []),
  ]
}

const answered = {
  job: 'Venice has a video job of that name',
  nothing: 'Venice knows no video job of that name',
  unknown: 'Venice cannot say now what it is',
} as const

/** A charge and what is known of it, in words. */
function wordsOf({ answers, isOwn, isSeen, request, rival }: Shown): string {
  const at = new Date(request.first).toISOString()
  const what = request.id ? `names ${show(request.id)}: ${answered[answers]}` : 'names nothing'
  return [
    `${Money.display(request.charged)} at ${at} (row ${request.rows.map(({ id }) => id).join(', ')}), ${what}`,
    isOwn && 'it is tied to this job',
    isSeen && 'it was acknowledged as nobody’s',
    rival && `it may as well be for ${rival.id}`,
  ]
    .filter(Boolean)
    .join('; ')
}

/**
 * Carries out the owner's verdict. `retry` lets the paid request be sent once more, `unpaid` frees
 * the budgets: both can cost money twice if the verdict is wrong, so only a person may give them, and
 * what they were shown is looked at once more. `adopt` takes the video that is there, of this request if
 * several are. `look` decides nothing: it has a job that was given up looked at once more.
 */
export async function resolve(zecchino: Zecchino, options: Word): Promise<void> {
  const { found, verdict } = options
  const isNamed = verdict === 'adopt' && found.kind === 'job'
  // Why a video cannot be taken is said in its own words.
  if (!found.verdicts.includes(verdict) && !(isNamed && found.charges && found.job.sentAt))
    throw refusalOf(found, verdict)
  if (found.kind === 'payment') return resolvePayment(zecchino, { found, verdict })
  const { job } = found
  switch (verdict) {
    case 'adopt':
      return adopt(zecchino, { job, requestId: options.requestId })
    case 'look':
      await lookAgain(zecchino, { jobId: job.id })
      return
    case 'retry':
      return retry(zecchino, { charges: found.charges ?? [], job })
    default:
      return abandon(zecchino, { charges: found.charges ?? [], job })
  }
}

/** What the owner was shown, and says about it. */
type Word = {
  found: Unresolved
  /** Which video `adopt` takes. @default the only one that there is */
  requestId?: string | undefined
  verdict: Verdict.Verdict
}

type Found<kind> = Extract<Unresolved, { kind: kind }>

const words = (verdict: Verdict.Verdict) => `resolved by the owner: ${verdict}`

async function resolvePayment(
  zecchino: Zecchino,
  { found, verdict }: { found: Found<'payment'>; verdict: Verdict.Verdict },
): Promise<void> {
  const { id, status } = found.payment
  if (verdict === 'unpaid') {
    const { paid } = await readProof(zecchino, found.payment)
    if (paid !== undefined) throw refusalOf({ ...found, known: { facts: [], paid } }, verdict)
  }
  const to = { abandon: 'abandoned', credited: 'credited', unpaid: 'failed_unpaid' } as const
  const move = {
    from: status,
    patch: { detail: words(verdict) },
    to: to[verdict as keyof typeof to],
  }
  if (!(await zecchino.ledger.movePayment(id, move))) throw moved(id)
}

/** Takes the video that is there for the job's own, with the charge that names it. */
async function adopt(
  zecchino: Zecchino,
  { job, requestId }: { job: Job.Job; requestId: string | undefined },
): Promise<void> {
  const { client, ledger, worker } = zecchino
  const { id, sentAt, status } = job
  const other = requestId && (await ledger.findJobOfQueueId(requestId))
  if (other)
    throw new VerdictRefusedError({ id, reason: `${show(requestId)} is the video of ${other.id}.` })
  const { request } = chosen(await readCharges(zecchino, job), { id, requestId })
  const patch = { ...patchOf({ request }), badNews: null }
  const ties = request.rows.map((row) => ({ rowId: row.id, subject: id }))
  const word = { from: status, patch, sentAt, ties, to: 'queued' } as const
  // A charge of another price stops spending, as any other does.
  const tie = () => ledger.resolveJob(id, word)
  if (!(await linkUsage(zecchino, { job: { ...job, status: 'queued' }, rows: request.rows, tie })))
    throw moved(id)
  client.onEvent({ detail: patch.detail, jobId: id, status: 'queued', type: 'job.moved' })
  worker.start(id)
  // What names the same request, a refund say, is the job's from here on.
  await syncRows(zecchino).catch(() => {})
}

/** The charge whose video the owner takes. */
function chosen(
  charges: readonly Shown[],
  { id, requestId }: { id: string; requestId: string | undefined },
): Shown {
  const refuse = (reason: string) => new VerdictRefusedError({ charges, id, reason })
  if (requestId === undefined) {
    const answering = charges.filter(({ answers }) => answers === 'job')
    const [only, another] = answering.filter(Verdict.isFree)
    if (only && !another) return only
    if (another)
      throw refuse('Several charges that fit name a video: say which, --adopt <request id>.')
    const [claimed] = answering
    if (!claimed) throw refuse('No charge that fits names a video that Venice has.')
    throw refuse(claimedBy(claimed))
  }
  const named = charges.find(({ request }) => request.id === requestId)
  if (!named) throw refuse(`No charge that fits names ${show(requestId)}.`)
  if (named.answers !== 'job') throw refuse(`${show(requestId)}: ${answered[named.answers]}.`)
  if (!Verdict.isFree(named)) throw refuse(claimedBy(named))
  return named
}

function claimedBy({ request, rival }: Shown): string {
  return `The video of ${show(request.id)} may as well be that of ${rival?.id}: say first what became of that one. If it is abandoned, it can be taken back later.`
}

/** An id that somebody else made or typed. */
function show(id: string | null | undefined): string {
  return printable(id ?? '', 60)
}

/**
 * Lets the job be sent once more. The charges that were shown, and no other, are nobody's from here on: one that
 * has come since, or comes later, stops it as before.
 */
async function retry(
  zecchino: Zecchino,
  { charges, job }: { charges: readonly Shown[]; job: Job.Job },
): Promise<void> {
  const { client, ledger, payer } = zecchino
  const { id, sentAt, status } = job
  const ties: { rowId: string; subject: string }[] = []
  if (payer === 'wallet') {
    if ((await sinceSent(zecchino, job)) <= Clock.wordAfter)
      throw new VerdictRefusedError({
        id,
        reason: `A charge for it may show until ${retryFrom(job).toISOString()}: it is not sent again before.`,
      })
    const shown = rowsOf(charges)
    const now = await readCharges(zecchino, job)
    const since = await chargesSince(zecchino, job)
    const isNew = [...rowsOf(now), ...rowsOf(since.map((request) => ({ request })))].some(
      (rowId) => !shown.includes(rowId),
    )
    if (isNew)
      throw new VerdictRefusedError({
        charges: now,
        id,
        reason: 'A charge that fits it has shown since you looked.',
      })
    if (!Verdict.ofJob(job, { charges: now }).includes('retry'))
      throw refusalOf({ charges: now, job, kind: 'job', verdicts: [] }, 'retry')
    ties.push(...rowsOf(since.map((request) => ({ request }))).map(toNobody))
  }
  const patch = { detail: words('retry'), sealedSignIn: Job.untakenSignIn }
  if (!(await ledger.resolveJob(id, { from: status, patch, sentAt, ties, to: 'reserved' })))
    throw moved(id)
  client.onEvent({ detail: patch.detail, jobId: id, status: 'reserved', type: 'job.moved' })
}

function rowsOf(charges: readonly { request: Charges.Request }[]): string[] {
  return charges.flatMap(({ request }) => request.rows.map(({ id }) => id))
}

function toNobody(rowId: string) {
  return { rowId, subject: 'foreign' }
}

/** Gives the job up. Its own charge, if one of those shown is, is tied to it: it stays counted, and is no stranger's. */
async function abandon(
  zecchino: Zecchino,
  { charges, job }: { charges: readonly Shown[]; job: Job.Job },
): Promise<void> {
  const { client, ledger } = zecchino
  const { id, sentAt, status } = job
  const own = ownOf(charges, job)
  const late = own?.answers === 'job' ? [wordsOfLate(job, own.request.charged)] : []
  const patch = { detail: [`${words('abandon')}.`, ...late].join(' ') }
  const ties = own ? own.request.rows.map((row) => ({ rowId: row.id, subject: id })) : []
  if (!(await ledger.resolveJob(id, { from: status, patch, sentAt, ties, to: 'abandoned' })))
    throw moved(id)
  client.onEvent({ ...patch, jobId: id, status: 'abandoned', type: 'job.moved' })
}

/** The charge that is most likely the job's own, if there is one: it names a video, or alone it fits. */
function ownOf(charges: readonly Shown[], job: Job.Job): Shown | undefined {
  const free = charges.filter(({ isOwn, rival }) => !isOwn && !rival)
  const [named, other] = free.filter(({ answers }) => answers === 'job')
  if (named) return other ? undefined : named
  const [fit, another] = free.filter((one) => !one.isSeen && Charges.isAgreed({ job, ...one }))
  return another ? undefined : fit
}

/** Why a verdict is not open for what was found. */
function refusalOf(found: Unresolved, verdict: Verdict.Verdict): Errors.BaseError {
  const id = found.kind === 'payment' ? found.payment.id : found.job.id
  if (found.kind === 'payment' && verdict === 'unpaid' && found.known.paid !== undefined)
    return new VerdictRefusedError({
      id,
      reason: `It cannot be called unpaid: ${found.known.paid}.`,
    })
  if (found.kind === 'job' && verdict === 'retry' && found.job.status === 'ambiguous') {
    const { charges } = found
    const reason = !charges
      ? 'Venice’s rows cannot be read now, and nothing is sent again without them.'
      : charges.some(({ isOwn }) => isOwn)
        ? 'A charge is tied to it: it is not paid for again.'
        : charges.some(({ answers }) => answers === 'job')
          ? `Venice has a video that may be its own, and that is not paid for again: take it with --adopt, or --abandon it.`
          : 'Whether a charge that fits names a video cannot be told now: ask again later.'
    return new VerdictRefusedError({ charges, id, reason })
  }
  return new NothingToResolveError({ allowed: found.verdicts, id, status: undefined })
}

function moved(id: string): NothingToResolveError {
  return new NothingToResolveError({
    id,
    status: 'another status by now, or its rows are not as they were',
  })
}

/** There is nothing to decide about this id, or not in this way. */
export class NothingToResolveError extends Errors.BaseError {
  override readonly code = 'INVALID_INPUT'
  override readonly name = 'NothingToResolveError'

  constructor(options: {
    allowed?: readonly Verdict.Verdict[]
    id: string
    status: string | undefined
  }) {
    const { allowed, id, status } = options
    super(`There is nothing to resolve about ${id.slice(0, 60)} in this way.`, {
      facts: [
        ...(status ? [`It stands in: ${status}`] : []),
        ...(allowed ? [`Possible: ${allowed.map((verdict) => `--${verdict}`).join(', ')}`] : []),
      ],
      hint: 'Run `zecchino wallet` for what is unresolved.',
    })
  }
}

/** The verdict does not fit what is known now; nothing was written. */
export class VerdictRefusedError extends Errors.BaseError {
  override readonly code = 'INVALID_INPUT'
  override readonly name = 'VerdictRefusedError'

  constructor(options: { charges?: readonly Shown[] | undefined; id: string; reason: string }) {
    const { charges = [], id, reason } = options
    super(reason, {
      facts: charges.map((one) => `Charge: ${wordsOf(one)}`),
      hint: `Run \`zecchino resolve ${id}\` for what is known and what may be said about it.`,
    })
  }
}
