import * as Clock from '../Clock.js'
import type * as Ledger from '../Ledger.js'
import type { Zecchino } from './createZecchino.js'
import { formsOf } from './formsOf.js'

/** The codes by which the server refused every form of a payment, if it refused them all. */
export async function refusedForms(
  zecchino: Zecchino,
  payment: Ledger.Payment,
): Promise<string[] | undefined> {
  const { codes, left } = await formsOf(zecchino, payment)
  return codes.length > 0 && left.length === 0 ? codes : undefined
}

/**
 * The last payment of more than the least, if every form of it was refused within a day: until then
 * larger sums are not tried again, because payments of the least are known to be taken.
 */
export async function refusedAbove(
  zecchino: Zecchino,
  least: bigint,
): Promise<Ledger.Payment | undefined> {
  const { ledger } = zecchino
  const payments = await ledger.payments({ limit: 100 })
  const last = payments.find(({ amount }) => amount > least)
  if (last?.status !== 'failed_unpaid') return undefined
  const age = (await ledger.now()).getTime() - last.updatedAt.getTime()
  return age < Clock.remembering && (await refusedForms(zecchino, last)) ? last : undefined
}
