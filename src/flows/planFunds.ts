import type { Zecchino } from './createZecchino.js'
import { planTopUp } from './planTopUp.js'
import { readCredit } from './readCredit.js'

/**
 * Looks at the credit, and plans the top-up that a purchase of this price needs. All in
 * micro-dollars. Of the account behind an API key nothing is known, and nothing is topped up.
 */
export async function planFunds(zecchino: Zecchino, price: bigint): Promise<planFunds.ReturnType> {
  if (zecchino.payer === 'key') return { credit: undefined, topUp: 0n }
  const { balance, credit } = await readCredit(zecchino)
  return { credit, topUp: planTopUp({ credit, minimum: balance.minimumTopUpUsd, price }) }
}

export declare namespace planFunds {
  type ReturnType = { credit: bigint | undefined; topUp: bigint }
}
