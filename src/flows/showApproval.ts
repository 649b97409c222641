import { getBalance } from '../actions/getBalance.js'
import * as Errors from '../Errors.js'
import { printable } from '../internal/printable.js'
import type * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import type * as Video from '../Video.js'
import type { Zecchino } from './createZecchino.js'
import { payeeOf } from './payeeOf.js'

/** All that a person has to see before agreeing to a purchase. Money is micro-dollars. */
export type Shown = {
  approval: Ledger.Approval
  credit: bigint | undefined
  job: Job.Job
  payee: string | undefined
  payer: Zecchino['payer']
  request: Video.Request
}

/**
 * Gathers what an approval is about, by the approval's or the job's id.
 *
 * @throws {@link NoApprovalError} when none is open under this id.
 */
export async function showApproval(zecchino: Zecchino, id: string): Promise<Shown> {
  const { client, ledger } = zecchino
  const approval = (await ledger.findApproval(id)) ?? (await ledger.findApprovalOfJob(id))
  const isOver = approval && approval.expiresAt <= (await ledger.now())
  if (!approval || approval.status !== 'open' || isOver) {
    const next = approval && (await ledger.findApprovalOfJob(approval.jobId))
    throw new NoApprovalError({ approval, id, next })
  }
  const job = await ledger.findJob(approval.jobId)
  const quote = job && (await ledger.findQuote(job.quoteId))
  if (!job || !quote) throw new NoApprovalError({ approval, id })
  const credit = await getBalance(client).then(
    ({ balanceUsd }) => balanceUsd,
    () => undefined, // shown as unknown; the decision does not depend on it
  )
  const payee = zecchino.payer === 'key' ? undefined : await payeeOf(zecchino)
  const request = JSON.parse(quote.body) as Video.Request
  return { approval, credit, job, payee, payer: zecchino.payer, request }
}

/** What is agreed to, in lines for the person who decides; nothing in them can forge a line. */
export function linesOf({ approval, credit, job, payee, payer, request }: Shown): string[] {
  const { model, prompt, ...rest } = request
  const media = JSON.stringify(rest, (_key, value: unknown) =>
    typeof value === 'string' ? printable(value, 80) : value,
  )
  return [
    `Model     ${printable(model, 100)}`,
    `Prompt    ${printable(prompt ?? '(none)')}`,
    `Request   ${media}`,
    `Price     ${Money.display(job.price)}`,
    ...(payer === 'key'
      ? ['Paid by   the account behind the API key, whose credit is not shown to it']
      : [
          `Top-up    ${Money.display(approval.topUp)} USDC${payee ? ` to ${payee}` : ' to the payee seen first'}`,
          `Credit    ${credit === undefined ? 'unknown' : Money.display(credit)}`,
        ]),
    `Until     ${approval.expiresAt.toISOString()}, once`,
  ]
}

/** No approval is open under this id. */
export class NoApprovalError extends Errors.BaseError {
  override readonly code = 'INVALID_INPUT'
  override readonly name = 'NoApprovalError'

  constructor(options: {
    approval: Ledger.Approval | undefined
    id: string
    /** The approval of the same job that counts. */
    next?: Ledger.Approval | undefined
  }) {
    const { approval, id, next } = options
    const told = `ends at ${approval?.expiresAt.toISOString()}`
    super(`No approval is open under ${id.slice(0, 60)}.`, {
      facts: approval
        ? [
            next && next.id !== approval.id
              ? `It was superseded: the job is asked about as ${next.id}`
              : `It is ${approval.status}, and ${told}`,
          ]
        : [],
      hint: 'Run `zecchino wallet` for the open ones. Where one has expired, whoever wants the video calls `video_generate` (or `zecchino generate --quote`) again, and a new one opens.',
    })
  }
}
