import * as Money from '../Money.js'
import * as Venice from '../Venice.js'

/**
 * The smallest top-up that lets a job of this price through, in micro-dollars: the gap between
 * price plus floor and the credit, rounded up to a cent, at least the minimum. 0 when there is none.
 */
export function planTopUp({ credit, minimum, price }: planTopUp.Options): bigint {
  const gap = price + Venice.floor - credit
  if (gap <= 0n) return 0n
  const amount = Money.ceilToCent(gap)
  return amount > minimum ? amount : Money.ceilToCent(minimum)
}

export declare namespace planTopUp {
  type Options = { credit: bigint; minimum: bigint; price: bigint }
}
