import * as Clock from '../Clock.js'
import * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import type { WalletZecchino, Zecchino } from './createZecchino.js'
import { resolvePayment } from './resolvePayment.js'
import { reviewLost } from './reviewLost.js'
import { takeAnswers } from './takeAnswers.js'

/** How many jobs that are not paid for yet are taken up at once: they are sent one at a time. */
const most = 10

/**
 * In one of so many rounds a payment is asked about that cannot settle any more and of which nothing
 * is proven, and jobs that were given up.
 */
const seldom = 12

/**
 * Takes up what dead processes have left: answers to paid calls are put on record, jobs that nobody
 * has in hand go to the worker, and an open payment that nobody presents is brought a step nearer to
 * its end. Signs nothing, and writes nothing where there is nothing to take up.
 *
 * @throws what keeps recovery from its end, such as {@link UnreachableError}: what is paid for has
 * been taken up all the same, and the next round tries again.
 */
export async function sweep(zecchino: Zecchino, options: sweep.Options): Promise<void> {
  const { ledger, worker } = zecchino
  await takeAnswers(zecchino) // a ledger that takes nothing else may take these
  if (ledger.readOnly) return
  const left = await ledger.jobs({ leased: false, statuses: Job.active })
  const reserved = left.filter(({ status }) => status === 'reserved')
  for (const { id, status } of left) if (status !== 'reserved') worker.offer(id)
  if (options.round % seldom === seldom - 1) void reviewLost(zecchino)
  await zecchino.ready()
  if (zecchino.payer === 'wallet') await present(zecchino, options)
  // While the wallet is frozen they cannot go on, whoever has them in hand.
  if (reserved.length > 0 && !(await ledger.state()).frozen)
    for (const { id } of reserved.slice(-most)) worker.offer(id) // the oldest first
}

export declare namespace sweep {
  type Options = {
    /** How many rounds there were before. */
    round: number
  }
}

async function present(zecchino: WalletZecchino, { round }: sweep.Options): Promise<void> {
  const { ledger } = zecchino
  const [open] = await ledger.payments({ limit: 1, statuses: Ledger.openPaymentStatuses })
  if (!open) return
  const now = (await ledger.now()).getTime()
  // Whoever signed it may be presenting it.
  if (now - open.updatedAt.getTime() < Clock.handOver) return
  if (open.validBefore.getTime() + seldomAfter < now && round % seldom !== 0) return
  await resolvePayment(zecchino, open)
}

/** How long after its end a payment is asked about in every round, in milliseconds. */
const seldomAfter = 10 * 60_000
