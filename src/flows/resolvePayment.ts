import * as Clock from '../Clock.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import type * as Venice from '../Venice.js'
import { askChain } from './askChain.js'
import type { WalletZecchino } from './createZecchino.js'
import { presentPayment } from './presentPayment.js'
import { syncRows } from './syncRows.js'

/**
 * Brings an open payment one step nearer to an end, without ever signing: presents the same bytes
 * while they are valid, looks for the provider's row, and asks the chain once they have expired.
 * What cannot be proved stays open, and says why.
 *
 * It is over only when our own clock and the ledger's say so, and for proof the chain's as well. The
 * provider's clock, one header of an answer, keeps a payment alive and never ends one.
 */
export async function resolvePayment(
  zecchino: WalletZecchino,
  payment: Ledger.Payment,
): Promise<void> {
  const { client, ledger } = zecchino
  const end = payment.validBefore.getTime()
  const [ours, ledgers] = [client.now().getTime(), (await ledger.now()).getTime()]
  const least = Math.min(ours, ledgers)
  switch (payment.status) {
    case 'intent':
      // Its signature, if there ever was one, was not committed and so never sent.
      if (ledgers - payment.createdAt.getTime() > Clock.signing)
        await conclude(zecchino, payment, { detail: 'never signed', to: 'failed_unpaid' })
      return
    case 'signed':
      // What is not on record as sent has not left: once it has expired, no proof is needed.
      if (end - (ours + client.skew()) >= Clock.presenting)
        await presentPayment(zecchino, payment.id)
      else if (least > end)
        await conclude(zecchino, payment, {
          detail: 'it expired before it was sent',
          to: 'failed_unpaid',
        })
      return
    case 'sent':
    case 'unknown': {
      if (Math.min(ours, ours + client.skew()) < end) {
        const { status } = await presentPayment(zecchino, payment.id)
        if (status === 'credited') return
      }
      await syncRows(zecchino)
      const fresh = await ledger.findPayment(payment.id)
      if (!fresh || !Ledger.canMovePayment(fresh.status, 'failed_unpaid')) return
      if (await creditLinked(zecchino, fresh)) return
      if (least > end + Clock.settled) await prove(zecchino, { now: least, payment: fresh })
      return
    }
    case 'paid_not_credited':
      await creditLinked(zecchino, payment)
  }
}

/** Credits a payment whose row was tied to it by a process that died before writing the rest. */
async function creditLinked(zecchino: WalletZecchino, payment: Ledger.Payment): Promise<boolean> {
  const [row] = await zecchino.ledger.linkedRows(payment.id)
  if (!row) return false
  await conclude(zecchino, payment, {
    detail: `credited by Venice's row ${row.id}`,
    to: 'credited',
  })
  return true
}

type Expired = {
  /** By the slowest of our clocks, in unix milliseconds. */
  now: number
  payment: Ledger.Payment
}

/** Ends a payment by proof of the chain: spent, or expired unspent. Else it says what is missing. */
async function prove(zecchino: WalletZecchino, { now, payment }: Expired): Promise<void> {
  const row = (await zecchino.ledger.unlinkedRows()).find((row) => mayCredit(row, payment))
  if (row) {
    const what = `Venice's row ${row.id} of ${Money.display(row.amount)}`
    return doubt(zecchino, payment, `${what} may be its credit`)
  }
  const proof = await askChain(zecchino, payment)
  switch (proof.kind) {
    case 'nothing':
      return doubt(zecchino, payment, proof.doubt)
    case 'unspent': {
      const detail = causeOf(payment) ?? 'it expired unspent'
      return conclude(zecchino, payment, { detail, to: 'failed_unpaid' })
    }
    case 'spent': {
      const since = (payment.sentAt ?? payment.createdAt).getTime()
      if (Math.min(now, proof.at.getTime()) - since < Clock.crediting) return
      const amount = Money.display(payment.amount)
      const detail = `${amount} left the wallet on ${zecchino.network.title} at about ${new Date(since).toISOString()}, and Venice shows no credit for it.`
      // It freezes the wallet.
      await conclude(zecchino, payment, { detail, to: 'paid_not_credited' })
    }
  }
}

/** Whether a row that belongs to nothing may be the payment's, whatever the clocks say. */
export function mayCredit(
  row: Venice.Transaction,
  { amount, createdAt, validBefore }: Ledger.Payment,
) {
  if (row.type !== 'TOP_UP') return false
  const at = Date.parse(row.createdAt)
  const isSince = at >= createdAt.getTime() - Clock.apart
  const isBefore = at <= validBefore.getTime() + Clock.posting + Clock.apart
  return row.amount === amount || (isSince && isBefore)
}

const unproven = '; whether it was paid is not proven: '

/** What was said of a payment before anybody doubted. */
function causeOf({ detail }: Ledger.Payment): string | undefined {
  return detail?.split(unproven)[0]?.replace(/\.$/, '')
}

/** Leaves a payment open, with the reason in its words. */
async function doubt(
  { client, ledger }: WalletZecchino,
  payment: Ledger.Payment,
  reason: string,
): Promise<void> {
  const detail = `${causeOf(payment) ?? 'it was not answered'}${unproven}${reason}`
  if (detail === payment.detail) return
  await ledger.notePayment(payment.id, { detail })
  client.onEvent({ message: `${payment.id}: ${detail}.`, type: 'warning' })
}

/** Ends a payment from whichever status leads there. */
async function conclude(
  zecchino: WalletZecchino,
  payment: Ledger.Payment,
  { detail, to }: { detail: string; to: 'credited' | 'failed_unpaid' | 'paid_not_credited' },
): Promise<void> {
  const { client, ledger } = zecchino
  const moved = await ledger.movePayment(payment.id, {
    from: payment.status,
    patch: { detail },
    to,
  })
  if (moved) client.onEvent({ detail, paymentId: payment.id, status: to, type: 'topup.moved' })
}
