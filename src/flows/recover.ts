import * as Errors from '../Errors.js'
import * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import type { Zecchino } from './createZecchino.js'
import { checkForeign } from './checkForeign.js'
import { resolvePayment } from './resolvePayment.js'
import { reviewLost } from './reviewLost.js'
import { syncRows } from './syncRows.js'
import { takeAnswers } from './takeAnswers.js'

/**
 * Takes up what an earlier process left behind: puts answers to paid calls on record, presents open
 * payments again, and hands unfinished jobs to the worker. Idempotent; it signs nothing and queues
 * nothing anew.
 */
export async function recover(zecchino: Zecchino): Promise<void> {
  const { client, ledger, worker } = zecchino
  // Before anything is judged by its absence.
  await takeAnswers(zecchino)
  if (zecchino.payer === 'wallet')
    for (const payment of await ledger.payments({ statuses: Ledger.openPaymentStatuses }))
      await resolvePayment(zecchino, payment).catch((error: unknown) => {
        // It stays open, and an open payment keeps any other from being signed.
        client.onEvent({ message: Errors.from(error).shortMessage, type: 'warning' })
      })
  // What is paid for goes on at once; what is not yet waits for the rest of this.
  for (const job of await ledger.jobs({ statuses: Job.active })) worker.start(job.id)
  void reviewLost(zecchino)
  // Without the provider's rows nobody knows who else spends: then recovery has failed.
  await syncRows(zecchino)
  await checkForeign(zecchino)
}
