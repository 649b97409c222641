import { getBalance } from '../actions/getBalance.js'
import type * as Ledger from '../Ledger.js'
import type * as Venice from '../Venice.js'
import type { WalletZecchino } from './createZecchino.js'

/**
 * Reads the balance, and what credit there is with it: a payment of ours that was credited lately need
 * not show in it yet. Whatever is planned by the credit is planned by this, because paying again for
 * what is there already cannot be undone.
 */
export async function readCredit({
  client,
  ledger,
}: WalletZecchino): Promise<readCredit.ReturnType> {
  const balance = await getBalance(client)
  return { ...(await ledger.creditOf(balance.balanceUsd)), balance }
}

export declare namespace readCredit {
  type ReturnType = Ledger.Credit & { balance: Venice.Balance }
}
