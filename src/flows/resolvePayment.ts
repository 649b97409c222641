import { readAuthorization } from '../actions/readAuthorization.js'
import * as Errors from '../Errors.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import type { WalletZecchino } from './createZecchino.js'
import { presentPayment } from './presentPayment.js'
import { syncRows } from './syncRows.js'

/** An intent this old has no signer any more, in milliseconds. */
const staleIntent = 120_000

/** Time that must be left for a first presentation, in milliseconds. */
const margin = 30_000

/** How long a payment that the chain has seen may wait for its credit, in milliseconds. */
const creditHorizon = 600_000

/**
 * Brings an open payment one step nearer to an end, without ever signing: presents the same bytes
 * while they are valid, looks for the provider's row, and asks the chain once they have expired.
 * What cannot be proved stays open.
 */
export async function resolvePayment(
  zecchino: WalletZecchino,
  payment: Ledger.Payment,
): Promise<void> {
  const { client, ledger } = zecchino
  const now = client.now().getTime() + client.skew()
  const left = payment.validBefore.getTime() - now
  switch (payment.status) {
    case 'intent':
      // Its signature, if there ever was one, was not committed and so never sent.
      if (now - payment.createdAt.getTime() > staleIntent)
        await end(zecchino, payment, { detail: 'never signed', to: 'failed_unpaid' })
      return
    case 'signed':
      // What is not on record as sent has not left: once it has expired, no proof is needed.
      if (left >= margin) await presentPayment(zecchino, payment.id)
      else if (left < 0)
        await end(zecchino, payment, {
          detail: 'it expired before it was sent',
          to: 'failed_unpaid',
        })
      return
    case 'sent':
    case 'unknown': {
      if (left > 0) {
        const { status } = await presentPayment(zecchino, payment.id)
        if (status === 'credited') return
      }
      await syncRows(zecchino)
      const fresh = await ledger.findPayment(payment.id)
      if (!fresh || !Ledger.canMovePayment(fresh.status, 'failed_unpaid')) return
      if (!(await creditLinked(zecchino, fresh))) await proveUnpaid(zecchino, fresh)
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
  await end(zecchino, payment, { detail: `credited by Venice's row ${row.id}`, to: 'credited' })
  return true
}

/** Asks the chain for proof: spent, or expired unspent. */
async function proveUnpaid(zecchino: WalletZecchino, payment: Ledger.Payment): Promise<void> {
  const { client, ledger, network, rpc, wallet } = zecchino
  if (!rpc) return
  const { nonce } = payment
  const seen = await readAuthorization(rpc, { from: wallet.address, network, nonce }).catch(
    (error: unknown) => {
      client.onEvent({ message: Errors.from(error).shortMessage, type: 'warning' })
    },
  )
  if (!seen) return
  if (!seen.used) {
    if (seen.at > payment.validBefore)
      await end(zecchino, payment, {
        detail: payment.detail ?? 'it expired unspent',
        to: 'failed_unpaid',
      })
    return
  }
  const since = (payment.sentAt ?? payment.createdAt).getTime()
  if (seen.at.getTime() - since < creditHorizon) return
  const amount = Money.display(payment.amount)
  const detail = `${amount} left the wallet on ${network.title} at about ${new Date(since).toISOString()}, and Venice shows no credit for it.`
  await end(zecchino, payment, { detail, to: 'paid_not_credited' })
  await ledger.freeze(`${detail} Run: zecchino resolve ${payment.id} --credited or --abandon.`)
}

/** Ends a payment from whichever status leads there. */
async function end(
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
