import { requireVerified } from '../client/requireVerified.js'
import type * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Policy from '../Policy.js'
import type * as Video from '../Video.js'
import { refuseChanged } from './approvedQuote.js'
import { approvalHash, approvalOf, askAnew } from './askAnew.js'
import type { Zecchino } from './createZecchino.js'
import { moveJob } from './moveJob.js'
import { payeeOf } from './payeeOf.js'
import { planFunds } from './planFunds.js'
import { ownOf, policyOf } from './policyOf.js'
import { priceOf } from './priceOf.js'
import { ApprovalRequiredError, errorOf } from './refusals.js'
import { requireRoom } from './requireRoom.js'

/** How often a purchase is looked at anew because somebody else was faster. */
const maxLooks = 4

/**
 * Buys the video of a quote: the same quote always gives the same job. Sets the price aside and
 * hands the job to the worker, which pays (at most once), queues (once), downloads and saves. It
 * does not wait for any of that.
 *
 * A job that waits for a person is asked about anew where it costs more by now than they were shown, or
 * where their word is too old: under another approval, never under two.
 *
 * @throws {@link Ledger.QuoteNotFoundError} {@link Ledger.QuoteExpiredError}
 * {@link Policy.RefusedError} {@link Policy.PriceChangedError} {@link Policy.BudgetExceededError}
 * {@link Ledger.FrozenError} {@link NoRoomError} {@link UnverifiedError}: in each case nothing was set aside, signed or sent.
 */
export async function buyVideo(
  zecchino: Zecchino,
  options: buyVideo.Options,
): Promise<buyVideo.ReturnType> {
  const { ledger } = zecchino
  const { maxPrice, quoteId } = options
  requireVerified(zecchino.client)
  const quote = await ledger.findQuote(quoteId)
  if (!quote) throw new Ledger.QuoteNotFoundError({ id: quoteId })
  await zecchino.ready()
  for (let looks = 0; looks < maxLooks; looks += 1) {
    const job = await ledger.findJobOfQuote(quoteId)
    const bought = job
      ? await goOn(zecchino, { job, maxPrice, quote })
      : await begin(zecchino, { maxPrice, quote })
    if (bought) return bought
  }
  throw new ApprovalRequiredError()
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

type Wanted = { maxPrice: bigint | undefined; quote: Ledger.Quote }
type Bought = Promise<buyVideo.ReturnType | undefined>

/** Buys what nobody has asked for yet. `undefined`: somebody has by now. */
async function begin(zecchino: Zecchino, { maxPrice, quote }: Wanted): Bought {
  const { client, ledger } = zecchino
  if (quote.expiresAt <= (await ledger.now()))
    throw new Ledger.QuoteExpiredError({ expiredAt: quote.expiresAt, id: quote.id })
  await requireRoom(zecchino)
  await refuseChanged(zecchino, { hash: quote.hash, quote })
  const policy = await policyOf(zecchino)
  const price = await priceNow(zecchino, quote)
  refuseMore({ now: price, policy, quoted: quote.price })
  refuseAbove({ maxPrice, model: quote.model, policy, price })
  const { topUp } = await planFunds(zecchino, price)
  const { hash, id: quoteId, model } = quote
  const job = { hash, id: `job_${client.randomHex(10)}`, model, price, quoteId }
  if (!Policy.needsApproval(policy, { price, topUp }))
    return reserve(zecchino, { approval: undefined, job, policy })
  return ledger.requestApproval({ approval: await approvalOf(zecchino, { job, topUp }), job })
}

/**
 * Goes on with a job, which may wait for a person. `undefined`: it was another one's turn, or a word
 * ran out in this very moment, and all is to be looked at again.
 */
async function goOn(
  zecchino: Zecchino,
  { job, maxPrice, quote }: Wanted & { job: Job.Job },
): Bought {
  const { ledger, worker } = zecchino
  const isConfirmed = job.status === 'needs_consent' && job.consent?.confirmed_at !== undefined
  if (job.status !== 'needs_approval' && !isConfirmed) {
    if (job.status !== 'needs_consent') worker.start(job.id)
    return { job }
  }
  const approval = await ledger.findApprovalOfJob(job.id)
  const at = await ledger.now()
  const isAlive = approval !== undefined && Ledger.goodUntil(approval, job) > at
  if (approval?.status === 'denied') return abandon(zecchino, job)
  const policy = await policyOf(zecchino)
  if (approval?.status === 'open' && isAlive) {
    refuseAbove({ maxPrice, model: job.model, policy, price: job.price })
    return { approval, job }
  }
  if (!isConfirmed && approval && at.getTime() - approval.createdAt.getTime() > Policy.waitLifetime)
    throw new Ledger.QuoteExpiredError({ expiredAt: approval.expiresAt, id: quote.id })

  await requireRoom(zecchino)
  await refuseChanged(zecchino, { hash: job.hash, quote })
  const now = await priceNow(zecchino, quote)
  const price = now > job.price ? now : job.price
  refuseAbove({ maxPrice, model: job.model, policy, price })
  const { topUp } = await planFunds(zecchino, price)
  if (!approval && !Policy.needsApproval(policy, { price, topUp })) {
    // Whoever consented was shown this price, and nobody else is asked.
    if (price > job.price) throw new Policy.PriceChangedError({ now: price, quoted: job.price })
    return reserve(zecchino, { approval, job, policy })
  }
  const most =
    approval && (approval.topUp > policy.approveAboveUsd ? approval.topUp : policy.approveAboveUsd)
  const isCovered = price <= job.price && most !== undefined && topUp <= most
  const isSame = approval && approval.hash === (await hashOf(zecchino, { approval, job }))
  if (approval && isAlive && isCovered && isSame)
    return reserve(zecchino, { approval, job, policy })
  const asked = await askAnew(zecchino, { approval, job, price, topUp })
  if (!('refused' in asked)) return asked
  if (asked.refused === 'moved') return undefined
  throw new ApprovalRequiredError({
    hint: `The owner was asked ${Policy.mostAsked.job} times about ${job.id}. Quote it again.`,
  })
}

/** Sets the price aside, and starts. `undefined`: what was looked at is not so any more. */
async function reserve(
  zecchino: Zecchino,
  options: { approval: Ledger.Approval | undefined; job: Ledger.NewJob; policy: Policy.Policy },
): Bought {
  const { ledger, worker } = zecchino
  const { approval, job, policy } = options
  const { hash, id, model, price, quoteId } = job
  const reserved = await ledger.reserveJob({
    // Computed anew: what the person agreed to has to be what is bought now.
    approvalHash: approval && (await hashOf(zecchino, { approval, job })),
    caps: Ledger.capsOf(policy),
    job: { hash, id, model, price, quoteId },
    lease: worker.lease,
    own: ownOf(zecchino),
  })
  if (!('refused' in reserved)) {
    worker.start(reserved.job.id)
    return { job: reserved.job }
  }
  // Another process made the job of this quote in the same moment, or a word has just run out.
  if (reserved.refused === 'moved' || reserved.refused === 'approval') return undefined
  throw errorOf(reserved)
}

/** What a person would be shown about a job now, in their approval's terms. */
async function hashOf(
  zecchino: Zecchino,
  { approval: { topUp }, job }: { approval: Ledger.Approval; job: Ledger.NewJob },
): Promise<string> {
  return approvalHash(zecchino, { job, payee: await payeeOf(zecchino), topUp })
}

/** Carries out a no that was recorded by a process which then ended. */
async function abandon(zecchino: Zecchino, { id }: Job.Job): Bought {
  await moveJob(zecchino, {
    from: 'needs_approval',
    jobId: id,
    patch: { detail: 'denied by the owner' },
    to: 'abandoned',
  })
  const job = await zecchino.ledger.findJob(id)
  return job && { job }
}

/** Asks the price again, and holds it against the one that was quoted. */
async function priceNow({ client }: Zecchino, quote: Ledger.Quote): Promise<bigint> {
  const { price } = await priceOf(client, JSON.parse(quote.body) as Video.Request)
  return price > quote.price ? price : quote.price
}

/** Refuses a price that rose, where no person is asked about it. */
function refuseMore(options: { now: bigint; policy: Policy.Policy; quoted: bigint }): void {
  const { now, policy, quoted } = options
  if (Policy.exceedsTolerance(policy, { now, quoted }))
    throw new Policy.PriceChangedError({ now, quoted })
}

/** Refuses what is above the caps of the owner or of the caller. */
function refuseAbove(options: {
  maxPrice: bigint | undefined
  model: string
  policy: Policy.Policy
  price: bigint
}): void {
  const { maxPrice, model, policy, price } = options
  const refusal = Policy.refusalOf(policy, { model, price })
  if (refusal) throw new Policy.RefusedError(refusal)
  if (maxPrice !== undefined && price > maxPrice)
    throw new Policy.RefusedError({
      asked: Money.display(price),
      limit: Money.display(maxPrice),
      rule: 'max_usd',
    })
}
