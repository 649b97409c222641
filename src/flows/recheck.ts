import { ApiRefusedError } from '../client/call.js'
import * as Errors from '../Errors.js'
import * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import * as Policy from '../Policy.js'
import type * as Video from '../Video.js'
import { approvedQuote } from './approvedQuote.js'
import { askAnew } from './askAnew.js'
import type { Zecchino } from './createZecchino.js'
import { findModel } from './findModel.js'
import { moveJob } from './moveJob.js'
import { planFunds } from './planFunds.js'
import { ownOf, policyOf } from './policyOf.js'
import { priceOf } from './priceOf.js'
import { errorOf } from './refusals.js'
import { ModelOfflineError } from './validate.js'

/**
 * Looks again at a job that was reserved and has waited, before anything is paid for it: a wallet was
 * frozen, a lid was closed, its owner let it be sent once more. The price is asked anew and held
 * against what was agreed to, and the policy and the budgets of now have to allow it. What no longer
 * fits ends here, frees what was set aside and says why; while the price cannot be asked, it waits.
 * `undefined`: it stands elsewhere now.
 *
 * @throws {@link Ledger.FrozenError}, or why the price cannot be asked: then it is tried again.
 */
export async function recheck(
  zecchino: Zecchino,
  { job }: { job: Job.Job },
): Promise<Job.Job | undefined> {
  const { ledger } = zecchino
  const now = await ledger.now()
  if (!Job.isStale(job, now)) return job
  const { frozen } = await ledger.state()
  if (frozen) throw Ledger.stopped(frozen)
  const quote = await approvedQuote(zecchino, job)
  if (!quote) return undefined
  const asked = await askAgain(zecchino, JSON.parse(quote.body) as Video.Request)
  const policy = await policyOf(zecchino)
  const approval = await ledger.findApprovalOfJob(job.id)
  // What a person agreed to may be more than the quote: they were asked anew.
  const quoted = approval ? job.price : quote.price
  const isTooMuch =
    'price' in asked && Policy.exceedsTolerance(policy, { now: asked.price, quoted })
  if ('refused' in asked || isTooMuch) {
    const why =
      'refused' in asked
        ? asked.refused
        : new Policy.PriceChangedError({ now: asked.price, quoted }).shortMessage
    return reject(zecchino, job, { now, why })
  }
  const held = await ledger.confirmJob(job.id, {
    caps: Ledger.capsOf(policy),
    own: ownOf(zecchino),
    price: asked.price,
  })
  if (!('refused' in held)) return held.job
  if (held.refused === 'moved') return undefined
  if (held.refused === 'frozen') throw errorOf(held)
  if (held.refused === 'approval') {
    const { price } = asked
    const { topUp } = await planFunds(zecchino, price)
    const anew = await askAnew(zecchino, { approval, job, price, topUp })
    if (!('refused' in anew) || anew.refused === 'moved') return undefined
  }
  return reject(zecchino, job, { now, why: errorOf(held).shortMessage })
}

/** The price of now, or why it is not sold like this any more. Throws where nobody can tell. */
async function askAgain(
  { client }: Zecchino,
  request: Video.Request,
): Promise<{ price: bigint } | { refused: string }> {
  try {
    const { model, models } = await findModel(client, request.model)
    if (model.model_spec.offline) throw new ModelOfflineError({ model, models })
    const { price } = await priceOf(client, request)
    return { price }
  } catch (error) {
    const { code, shortMessage } = Errors.from(error)
    const isRefused = error instanceof ApiRefusedError && refusals.has(error.status)
    if (isRefused || final.has(code)) return { refused: shortMessage }
    throw error
  }
}

/** Answers to a quote by which Venice does not sell it; others say nothing about the request. */
const refusals = new Set([400, 404, 410, 422])

const final = new Set<Errors.Code>([
  'INVALID_INPUT',
  'MODEL_OFFLINE',
  'MODEL_UNAVAILABLE',
  'UNKNOWN_MODEL',
])

/** Ends the job: nothing was paid for it, and a new quote starts over. */
async function reject(
  zecchino: Zecchino,
  job: Job.Job,
  { now, why }: { now: Date; why: string },
): Promise<undefined> {
  const minutes = Math.round((now.getTime() - job.createdAt.getTime()) / 60_000)
  const waited = minutes < 1 ? '' : ` after ${minutes} minutes`
  const detail = `It was looked at again${waited} before it was sent. ${why} It was not bought; quote it again.`
  await moveJob(zecchino, { from: 'reserved', jobId: job.id, patch: { detail }, to: 'rejected' })
  return undefined
}
