import * as Clock from '../Clock.js'
import type * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import { askChain, type Proof } from './askChain.js'
import type { Zecchino } from './createZecchino.js'
import { mayCredit } from './resolvePayment.js'
import { syncRows } from './syncRows.js'

/** What is known of a payment, for the person who decides about it. */
export type Known = {
  /** Lines for a person. */
  facts: readonly string[]
  /** Why nobody may call it unpaid. `undefined`: nothing shows that it was paid, or can be. */
  paid: string | undefined
}

/**
 * Gathers what clocks, chain and the provider's rows say about a payment. As long as it can settle, or
 * anything shows that it has, it is not unpaid, whoever says so.
 */
export async function readProof(zecchino: Zecchino, payment: Ledger.Payment): Promise<Known> {
  const { client, ledger } = zecchino
  const isRead = await syncRows(zecchino).then(
    () => true,
    () => false,
  )
  const [tied] = await ledger.linkedRows(payment.id)
  const row = tied ?? (await ledger.unlinkedRows()).find((one) => mayCredit(one, payment))
  const end = payment.validBefore.getTime() + Clock.settled
  const now = Math.min(client.now().getTime(), (await ledger.now()).getTime())
  const proof = zecchino.payer === 'wallet' ? await askChain(zecchino, payment) : undefined
  const chain = proof && wordsOf(proof)
  const rows = row
    ? `row ${row.id} of ${Money.display(row.amount)} at ${row.createdAt} ${tied ? 'is' : 'may be'} its credit`
    : isRead
      ? 'no row that may be its credit'
      : 'its rows cannot be read now'
  const isPaid = proof?.kind === 'spent' || (proof?.kind === 'nothing' && proof.speaks)
  const reasons = [
    now <= end && `it can settle until ${new Date(end).toISOString()}`,
    isPaid && chain,
    (row || !isRead) && `Venice: ${rows}`,
  ]
  const [paid] = reasons.filter((reason) => typeof reason === 'string')
  return { facts: [...(chain ? [`Chain     ${chain}`] : []), `Venice    ${rows}`], paid }
}

function wordsOf(proof: Proof): string {
  if (proof.kind === 'nothing') return `nothing is proven: ${proof.doubt}`
  if (proof.kind === 'unspent') return 'it expired unspent, on every node that was asked'
  return `it was spent, as every node showed at ${proof.at.toISOString()}`
}
