import type { Address, Hex } from 'viem'

import type * as Ledger from '../../src/Ledger.js'
import type * as Venice from '../../src/Venice.js'

/** Caps that leave room: $10 of credit and a day, $50 in total, $100 paid, two top-ups a day. */
export const caps: Ledger.Caps = {
  credit: 10_000_000n,
  paid: 100_000_000n,
  perDay: 10_000_000n,
  topUpsPerDay: 2n,
  total: 50_000_000n,
}

/** One dollar. */
export const price = 1_000_000n

const payTo: Address = '0x00000000000000000000000000000000000000bb'

/** A quote, by its id. */
export function quoteOf(id: string): Ledger.Quote {
  return {
    body: '{"model":"m"}',
    createdAt: new Date('2026-01-01T00:00:00Z'),
    estimate: false,
    // Later than any clock of a test: an expired quote that nobody bought goes away.
    expiresAt: new Date('2100-01-01T00:15:00Z'),
    hash: 'request-hash',
    id,
    model: 'm',
    price,
  }
}

/** The job of a quote, by the quote's id. */
export function jobOf(quoteId: string, options: { id?: string; price?: bigint } = {}) {
  const { hash, model } = quoteOf(quoteId)
  return { hash, id: `job_${quoteId}`, model, price, quoteId, ...options }
}

/** Sets a new job's price aside and returns its id. */
export async function reserve(
  ledger: Ledger.Ledger,
  quoteId: string,
  options: { caps?: Ledger.Caps; price?: bigint } = {},
): Promise<string> {
  const { price: asked = price } = options
  await ledger.saveQuote(quoteOf(quoteId))
  const job = jobOf(quoteId, { price: asked })
  const result = await ledger.reserveJob({ caps: options.caps ?? caps, job })
  if ('refused' in result) throw new Error(`refused: ${result.refused}`)
  return result.job.id
}

/** Opens the approval of a new job. */
export async function ask(
  ledger: Ledger.Ledger,
  quoteId: string,
  options: { topUp?: bigint } = {},
) {
  await ledger.saveQuote(quoteOf(quoteId))
  const expiresAt = new Date((await ledger.now()).getTime() + 15 * 60_000)
  const { topUp = 5_000_000n } = options
  return ledger.requestApproval({
    approval: { expiresAt, hash: `shown-${quoteId}`, id: `approval_${quoteId}`, topUp },
    job: jobOf(quoteId),
  })
}

/** What `reservePayment` takes: $5 without credit, first of the wallet. */
export function paymentOf(
  id: string,
  options: Partial<Ledger.Payment> & {
    caps?: Ledger.Caps
    credit?: bigint
    payments?: number
    /** By the clock of the ledger. @default now */
    at?: Date
  } = {},
): Parameters<Ledger.Ledger['reservePayment']>[0] {
  const { at = new Date(), caps: allowed = caps, credit = 0n, payments = 0, ...payment } = options
  const nonce: Hex = `0x${Buffer.from(id).toString('hex').padStart(64, '0')}`
  const validBefore = new Date(at.getTime() + 300_000)
  const { amount = 5_000_000n, jobId } = payment
  return {
    // A ledger without a policy pays nothing that nobody has agreed to.
    agreed: jobId === undefined ? amount : undefined,
    caps: allowed,
    credit,
    payment: { amount: 5_000_000n, id, nonce, payTo, validBefore, ...payment },
    payments,
  }
}

/** Takes a payment from nothing to a status. */
export async function pay(
  ledger: Ledger.Ledger,
  id: string,
  options: { to?: Ledger.PaymentStatus } & Parameters<typeof paymentOf>[1] = {},
): Promise<void> {
  const { to = 'sent', ...rest } = options
  const result = await ledger.reservePayment(paymentOf(id, { at: await ledger.now(), ...rest }))
  if ('refused' in result) throw new Error(`refused: ${result.refused}`)
  const way = ['intent', 'signed', 'sent', to] as const
  for (const [index, from] of way.entries()) {
    const next = way[index + 1]
    if (from === to || !next) return
    const patch = next === 'signed' ? { sealedTransfer: `sealed-${id}` } : {}
    if (!(await ledger.movePayment(id, { from, patch, to: next })))
      throw new Error(`${from} → ${next} was refused`)
  }
}

/** A row of the provider's own ledger. */
export function rowOf(id: string, options: Partial<Venice.Transaction> = {}): Venice.Transaction {
  return {
    amount: -price,
    balanceAfter: 0n,
    createdAt: '2026-01-01T00:00:05.000Z',
    id,
    modelId: 'm',
    requestId: null,
    type: 'CHARGE',
    ...options,
  }
}
