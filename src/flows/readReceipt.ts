import * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Spending from '../Spending.js'
import type * as Venice from '../Venice.js'
import type { Zecchino } from './createZecchino.js'

/** The longest text of a request that is repeated in a receipt, in characters. */
const longest = 2_000

/**
 * Gathers what was quoted, paid, charged and received for a job, from the ledger alone. Money is
 * decimal USD. No signature, no link and no key is in it.
 *
 * @throws {@link Job.NotFoundError}
 */
export async function readReceipt(zecchino: Zecchino, jobId: string) {
  const { ledger, network } = zecchino
  const job = await ledger.findJob(jobId)
  if (!job) throw new Job.NotFoundError({ id: jobId })
  const [quote, approval, payments, rows] = await Promise.all([
    ledger.findQuote(job.quoteId),
    ledger.findApprovalOfJob(jobId),
    ledger.payments({ jobId }),
    ledger.linkedRows(jobId),
  ])
  const charged = Spending.charged(rows)
  return {
    job_id: job.id,
    status: job.status,
    ...(zecchino.payer === 'wallet'
      ? { wallet: zecchino.wallet.address, network: network.name }
      : { api_key: ledger.account }),
    model: job.model,
    request: quote && requestOf(quote),
    request_sha256: job.hash,
    quote: quote && {
      quote_id: quote.id,
      price_usd: Money.format(quote.price),
      estimate: quote.estimate,
      quoted_at: quote.createdAt.toISOString(),
    },
    price_usd: Money.format(job.price),
    /** What Venice's own ledger shows; absent until it has been read. */
    charged_usd: rows.length > 0 ? Money.format(charged) : undefined,
    refunded_usd: Money.format(job.refund ?? 0n),
    venice_rows: rows.map(rowOf),
    venice_queue_id: job.queueId,
    top_ups: payments.map((payment) => topUpOf(payment, network.name)),
    approval: approval && {
      approval_id: approval.id,
      status: approval.status,
      sha256: approval.hash,
    },
    consent: job.consent && {
      version: job.consent.consent.consent_version.slice(0, 100),
      confirmed_at: job.consent.confirmed_at ?? null,
    },
    created_at: job.createdAt.toISOString(),
    sent_at: job.sentAt?.toISOString(),
    queued_at: job.queuedAt?.toISOString(),
    file: job.file,
    detail: job.detail,
  }
}

/** The request that was priced, with media and long texts cut. */
function requestOf({ body }: Ledger.Quote): unknown {
  return JSON.parse(body, (_key, value: unknown) => {
    if (typeof value !== 'string' || value.length <= longest) return value
    const [kind = ''] = value.startsWith('data:') ? value.slice(0, 100).split(/[;,]/) : []
    return `${kind || value.slice(0, longest)}… (${value.length} characters)`
  })
}

/** A row as Venice has it, to the last decimal. */
function rowOf({ amount, createdAt, exact, id, requestId, type }: Venice.Transaction) {
  const usd = Money.formatExact(exact ?? Money.exact(amount))
  return { id, type, usd, at: createdAt, request_id: requestId }
}

function topUpOf(payment: Ledger.Payment, network: string) {
  const { amount, id, nonce, paymentId, payTo, sentAt, status, transaction } = payment
  return {
    payment_id: id,
    status,
    amount_usd: Money.format(amount),
    pay_to: payTo,
    network,
    nonce,
    transaction,
    venice_payment_id: paymentId,
    sent_at: sentAt?.toISOString(),
    valid_before: payment.validBefore.toISOString(),
    detail: payment.detail,
  }
}
