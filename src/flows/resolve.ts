import * as Errors from '../Errors.js'
import * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import type { Zecchino } from './createZecchino.js'
import { lookAgain } from './lookAgain.js'

/** What the owner may say about money that nobody else can account for. */
export const verdicts = ['credited', 'unpaid', 'retry', 'look', 'abandon'] as const
export type Verdict = (typeof verdicts)[number]

/** An unresolved payment or job, and the verdicts that fit it. */
export type Unresolved =
  | { kind: 'job'; job: Job.Job; verdicts: readonly Verdict[] }
  | { kind: 'payment'; payment: Ledger.Payment; verdicts: readonly Verdict[] }

/**
 * Finds what an id names, with the verdicts that are open for it.
 *
 * @throws {@link NothingToResolveError} when there is nothing to decide about it.
 */
export async function findUnresolved(
  { client, ledger }: Zecchino,
  id: string,
): Promise<Unresolved> {
  const payment = await ledger.findPayment(id)
  if (payment) {
    const open: readonly Verdict[] =
      payment.status === 'paid_not_credited'
        ? ['credited', 'abandon']
        : payment.status === 'sent' || payment.status === 'unknown'
          ? ['credited', 'unpaid']
          : []
    if (open.length > 0) return { kind: 'payment', payment, verdicts: open }
    throw new NothingToResolveError({ id, status: payment.status })
  }
  const job = await ledger.findJob(id)
  if (job?.status === 'ambiguous') return { job, kind: 'job', verdicts: ['retry', 'abandon'] }
  if (job?.status === 'needs_approval' || job?.status === 'needs_consent')
    return { job, kind: 'job', verdicts: ['abandon'] }
  if (job && Job.canLookAgain(job, client.providerTime().at))
    return { job, kind: 'job', verdicts: ['look'] }
  throw new NothingToResolveError({ id, status: job?.status })
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
    ]
  }
  const { detail, id, model, price, sentAt, status } = found.job
  return [
    `Job       ${id}: ${status}`,
    `Price     ${Money.display(price)} for ${model}`,
    ...(sentAt ? [`Sent      ${sentAt.toISOString()}`] : []),
    ...(detail ? [`Known     ${detail}`] : []),
  ]
}

/**
 * Carries out the owner's verdict. `retry` lets the paid request be sent once more, `unpaid` frees
 * the budgets: both can cost money twice if the verdict is wrong, so only a person may give them.
 * `look` decides nothing: it has a job that was given up looked at once more.
 */
export async function resolve(
  zecchino: Zecchino,
  options: { found: Unresolved; verdict: Verdict },
): Promise<void> {
  const { ledger } = zecchino
  const { found, verdict } = options
  if (!found.verdicts.includes(verdict))
    throw new NothingToResolveError({ allowed: found.verdicts, id: idOf(found), status: undefined })
  const detail = `resolved by the owner: ${verdict}`
  if (found.kind === 'payment') {
    const { id, status } = found.payment
    const to = { abandon: 'abandoned', credited: 'credited', unpaid: 'failed_unpaid' } as const
    if (verdict !== 'retry' && verdict !== 'look')
      await moved(ledger.movePayment(id, { from: status, patch: { detail }, to: to[verdict] }), id)
    return
  }
  const { id, status } = found.job
  if (verdict === 'look') {
    await lookAgain(zecchino, { jobId: id })
    return
  }
  const to = verdict === 'retry' ? 'reserved' : 'abandoned'
  await moved(ledger.moveJob(id, { from: status, patch: { detail }, to }), id)
}

async function moved(move: Promise<boolean>, id: string): Promise<void> {
  if (!(await move)) throw new NothingToResolveError({ id, status: 'another status by now' })
}

function idOf(found: Unresolved): string {
  return found.kind === 'payment' ? found.payment.id : found.job.id
}

/** There is nothing to decide about this id, or not in this way. */
export class NothingToResolveError extends Errors.BaseError {
  override readonly code = 'INVALID_INPUT'
  override readonly name = 'NothingToResolveError'

  constructor(options: { allowed?: readonly Verdict[]; id: string; status: string | undefined }) {
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
