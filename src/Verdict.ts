import type * as Job from './Job.js'
import type * as Ledger from './Ledger.js'

/** What the owner may say about money that nobody else can account for. */
export const verdicts = ['adopt', 'credited', 'unpaid', 'retry', 'look', 'abandon'] as const
export type Verdict = (typeof verdicts)[number]

/** What is known of a charge that may be for a job whose answer is missing. */
export type Charge = {
  /** Whether it names a video job. `unknown`: the provider cannot say now. */
  answers: 'job' | 'nothing' | 'unknown'
  /** Whether it is tied to the job. */
  isOwn?: boolean | undefined
  /** Another job that it fits just as well. */
  rival?: Pick<Job.Job, 'status'> | undefined
}

/**
 * The verdicts that are open for a job. `charges`: those that fit it; `undefined` where they cannot be read.
 * Whatever names a video is there to be taken, and is never paid for again: then there is no `retry`.
 */
export function ofJob(
  { status }: Pick<Job.Job, 'status'>,
  { canLook = false, charges }: { canLook?: boolean; charges?: readonly Charge[] | undefined },
): readonly Verdict[] {
  const adopt = charges?.some(isFree) ? (['adopt'] as const) : []
  switch (status) {
    case 'needs_approval':
    case 'needs_consent':
      return ['abandon']
    case 'ambiguous': {
      const keeps = ({ answers, isOwn }: Charge) => answers !== 'nothing' || isOwn
      const retry = charges && !charges.some(keeps) ? (['retry'] as const) : []
      return [...adopt, ...retry, 'abandon']
    }
    case 'abandoned':
      return adopt
    default:
      return canLook ? ['look'] : []
  }
}

/** Whether a charge names a video that no other job may claim. What its owner has given up claims nothing. */
export function isFree({ answers, rival }: Charge): boolean {
  return answers === 'job' && (!rival || rival.status === 'abandoned')
}

/** The verdicts that are open for a payment. `mayBeUnpaid`: nothing shows that it was paid, or can be. */
export function ofPayment(
  { status }: Pick<Ledger.Payment, 'status'>,
  { mayBeUnpaid = false }: { mayBeUnpaid?: boolean } = {},
): readonly Verdict[] {
  if (status === 'paid_not_credited') return ['credited', 'abandon']
  if (status !== 'sent' && status !== 'unknown') return []
  return mayBeUnpaid ? ['credited', 'unpaid'] : ['credited']
}

/** The command by which the owner gives one of these, as part of a sentence. */
export function command(
  id: string,
  open: readonly Verdict[],
  { retryFrom }: { retryFrom?: Date | undefined } = {},
): string {
  const words = open.map((one) =>
    one === 'retry' && retryFrom ? `--retry (from ${retryFrom.toISOString()} on)` : `--${one}`,
  )
  const last = words.at(-1) ?? ''
  const list = words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${last}` : last
  return `zecchino resolve ${id} ${list}`.trimEnd()
}
