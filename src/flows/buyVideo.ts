import { createHash } from 'node:crypto'

import { canonicalJson } from '../internal/canonicalJson.js'
import type * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Policy from '../Policy.js'
import type * as Video from '../Video.js'
import { refuseChanged } from './approvedQuote.js'
import { caps } from './caps.js'
import type { Zecchino } from './createZecchino.js'
import { planFunds } from './planFunds.js'
import { ownOf, policyOf } from './policyOf.js'
import { priceOf } from './priceOf.js'
import { ApprovalRequiredError, errorOf } from './refusals.js'
import { requireRoom } from './requireRoom.js'

/**
 * Buys the video of a quote: the same quote always gives the same job. Sets the price aside and
 * hands the job to the worker, which pays (at most once), queues (once), downloads and saves. It
 * does not wait for any of that.
 *
 * @throws {@link Ledger.QuoteNotFoundError} {@link Ledger.QuoteExpiredError}
 * {@link Policy.RefusedError} {@link Policy.PriceChangedError} {@link Policy.BudgetExceededError}
 * {@link Ledger.FrozenError} {@link NoRoomError}: in each case nothing was set aside, signed or sent.
 */
export async function buyVideo(
  zecchino: Zecchino,
  options: buyVideo.Options,
): Promise<buyVideo.ReturnType> {
  const { ledger, worker } = zecchino
  const { maxPrice, quoteId } = options
  const quote = await ledger.findQuote(quoteId)
  if (!quote) throw new Ledger.QuoteNotFoundError({ id: quoteId })
  await zecchino.ready()

  const existing = await ledger.findJobOfQuote(quoteId)
  if (existing && existing.status !== 'needs_approval' && existing.status !== 'needs_consent') {
    worker.start(existing.id)
    return { job: existing }
  }
  if (existing?.status === 'needs_consent' && !existing.consent?.confirmed_at)
    return { job: existing }
  // A person may take longer to read a policy than a quote lives: the price is asked again anyway.
  const isConfirmed = existing?.status === 'needs_consent'
  if (!isConfirmed && quote.expiresAt <= (await ledger.now()))
    throw new Ledger.QuoteExpiredError({ expiredAt: quote.expiresAt, id: quoteId })
  await requireRoom(zecchino)
  await refuseChanged(zecchino, { hash: existing?.hash ?? quote.hash, quote })
  const policy = await policyOf(zecchino)
  const { price, topUp } = await checkPrice(zecchino, { maxPrice, policy, quote })

  const job: Ledger.NewJob = {
    hash: quote.hash,
    id: `job_${zecchino.client.randomHex(10)}`,
    model: quote.model,
    price,
    quoteId,
  }
  if (!existing && Policy.needsApproval(policy, { price, topUp })) {
    const expiresAt = new Date((await ledger.now()).getTime() + Policy.quoteLifetime)
    const id = `approval_${zecchino.client.randomHex(8)}`
    const hash = approvalHash(zecchino, { job, topUp })
    return ledger.requestApproval({ approval: { expiresAt, hash, id, topUp }, job })
  }
  const approval = existing && (await ledger.findApprovalOfJob(existing.id))
  // Credit and policy may have changed since nobody had to agree to it.
  if (isConfirmed && !approval && Policy.needsApproval(policy, { price, topUp }))
    throw new ApprovalRequiredError({
      hint: `A new quote asks the owner: when the job ${existing.id} was made, nobody had to agree to it.`,
    })
  if (existing?.status === 'needs_approval' && approval?.status !== 'approved')
    return { approval, job: existing }
  if (existing && price > existing.price)
    throw new Policy.PriceChangedError({ now: price, quoted: existing.price })

  const wanted = existing ? { ...job, price: existing.price } : job
  const reserved = await ledger.reserveJob({
    // Computed anew: what the person agreed to has to be what is bought now.
    approvalHash: approval && approvalHash(zecchino, { job: wanted, topUp: approval.topUp }),
    caps: caps(policy),
    job: wanted,
    lease: worker.lease,
    own: ownOf(zecchino),
  })
  if ('refused' in reserved) {
    // Another process made the job of this quote in the same moment.
    const other = reserved.refused === 'moved' && (await ledger.findJobOfQuote(quoteId))
    if (isConfirmed && reserved.refused === 'approval')
      throw new ApprovalRequiredError({
        hint: `The owner runs \`zecchino consent ${existing.id}\` again: approval and consent are older than fifteen minutes.`,
      })
    if (!other) throw errorOf(reserved)
    return { job: other }
  }
  worker.start(reserved.job.id)
  return { job: reserved.job }
}

export declare namespace buyVideo {
  type Options = {
    /** Refuses a higher price, in micro-dollars. */
    maxPrice?: bigint | undefined
    quoteId: string
  }
  type ReturnType = {
    /** Present while a person has to agree. */
    approval?: Ledger.Approval | undefined
    job: Job.Job
  }
}

/** Asks the price again, holds it against quote and policy, and plans the top-up. */
async function checkPrice(
  zecchino: Zecchino,
  options: { maxPrice: bigint | undefined; policy: Policy.Policy; quote: Ledger.Quote },
) {
  const { client } = zecchino
  const { maxPrice, policy, quote } = options
  const request = JSON.parse(quote.body) as Video.Request
  const { price: now } = await priceOf(client, request)
  if (Policy.exceedsTolerance(policy, { now, quoted: quote.price }))
    throw new Policy.PriceChangedError({ now, quoted: quote.price })
  const price = now > quote.price ? now : quote.price
  const refusal = Policy.refusalOf(policy, { model: quote.model, price })
  if (refusal) throw new Policy.RefusedError(refusal)
  if (maxPrice !== undefined && price > maxPrice)
    throw new Policy.RefusedError({
      asked: Money.display(price),
      limit: Money.display(maxPrice),
      rule: 'max_usd',
    })
  const { topUp } = await planFunds(zecchino, price)
  return { price, topUp }
}

/** What an approval is bound to: wallet or key, model, exact request, maximum price and its top-up. */
function approvalHash(
  { ledger }: Zecchino,
  { job, topUp }: { job: Ledger.NewJob; topUp: bigint },
): string {
  const text = canonicalJson({
    account: ledger.account,
    model: job.model,
    price_usd: Money.format(job.price),
    request_sha256: job.hash,
    top_up_usd: Money.format(topUp),
  })
  return createHash('sha256').update(text).digest('hex')
}
