import * as Clock from '../Clock.js'
import type * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import type { WalletZecchino } from './createZecchino.js'
import { resolvePayment } from './resolvePayment.js'

/**
 * Brings the wallet's open payment, if there is one, a step nearer to its end before a job may need
 * another. Reads how many payments there were first, so that one look at the credit leads to one.
 *
 * @throws {@link Ledger.FrozenError} while spending is stopped, or money is missing.
 */
export async function settleOpen(
  zecchino: WalletZecchino,
  job: Job.Job,
): Promise<settleOpen.ReturnType> {
  const { ledger } = zecchino
  const { frozen, payments } = await ledger.state()
  const [open] = await ledger.payments({ limit: 1, statuses: Ledger.openPaymentStatuses })
  if (open && !(await isAtWork(zecchino, { job, payment: open })))
    await resolvePayment(zecchino, open)
  const left = open && (await ledger.findPayment(open.id))
  const stuck = left?.status === 'paid_not_credited' ? left.detail : undefined
  if (frozen) throw Ledger.stopped(frozen)
  if (stuck !== undefined) throw new Ledger.FrozenError({ reason: stuck })
  return { open: open && (left && Ledger.isOpen(left.status) ? 'waits' : 'ended'), payments }
}

export declare namespace settleOpen {
  type ReturnType = {
    /** What became of a payment that was open: then all is to be read anew. */
    open: 'ended' | 'waits' | undefined
    /** {@link Ledger.State.payments} */
    payments: number
  }
}

/** Whether another process signed it so lately that it is still presenting it. */
async function isAtWork(
  { ledger }: WalletZecchino,
  { job, payment }: { job: Job.Job; payment: Ledger.Payment },
): Promise<boolean> {
  const age = (await ledger.now()).getTime() - payment.updatedAt.getTime()
  return payment.jobId !== job.id && age < Clock.handOver
}
