import type * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Venice from '../Venice.js'
import type { WalletZecchino } from './createZecchino.js'
import { refusedForms } from './refusedForms.js'
import { syncRows } from './syncRows.js'

/** Why another top-up would not help a job, if it would not: a sentence for whoever wanted it. */
export async function uselessBecause(
  zecchino: WalletZecchino,
  options: { balance: Venice.Balance; job: Job.Job; larger: Ledger.Payment | undefined },
): Promise<string | undefined> {
  const { balance, job, larger } = options
  if (balance.diemBalanceUsd !== undefined)
    return 'The wallet is linked to a Venice account whose DIEM is spent first, so a top-up does not help.'
  const [earlier] = await zecchino.ledger.payments({ jobId: job.id, limit: 1 })
  const least = Money.display(balance.minimumTopUpUsd)
  const way = `Payments of ${least} are known to be taken: raise the credit to ${Money.display(job.price + Venice.floor)} with several of them first, each within the owner’s caps.`
  if (!earlier)
    return larger
      ? `It needs a top-up of more than ${least}, and Venice has refused ${Money.display(larger.amount)} in every form (${larger.detail}). ${way}`
      : undefined
  const paid = Money.display(earlier.amount)
  const has = Money.display(balance.balanceUsd)
  if (earlier.status !== 'failed_unpaid')
    return (await isBooked(zecchino, earlier))
      ? `Its one top-up of ${paid} is spent, and the credit of ${has} is still short.`
      : `Its one top-up of ${paid} was taken at ${earlier.updatedAt.toISOString()}, but neither the credit of ${has} nor Venice’s own rows show it; compare with \`zecchino transactions\`.`
  const why = earlier.detail ? ` (${earlier.detail})` : ''
  const isForm = earlier.amount > balance.minimumTopUpUsd && (await refusedForms(zecchino, earlier))
  return `Its top-up of ${paid} did not settle${why}, and nothing was paid.${isForm ? ` ${way}` : ''}`
}

/** Whether Venice's own rows show a payment, as of now. */
async function isBooked(zecchino: WalletZecchino, { id }: Ledger.Payment): Promise<boolean> {
  const { ledger } = zecchino
  if ((await ledger.linkedRows(id)).length > 0) return true
  await syncRows(zecchino)
  return (await ledger.linkedRows(id)).length > 0
}
