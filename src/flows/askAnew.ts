import { createHash } from 'node:crypto'

import { canonicalJson } from '../internal/canonicalJson.js'
import type * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Policy from '../Policy.js'
import type { Zecchino } from './createZecchino.js'
import { pinnedPayeeOf } from './payeeOf.js'

/** What a person is asked to agree to, in micro-dollars. */
type Amounts = { price: bigint; topUp: bigint }

/**
 * Asks the owner anew about a job: under an approval of its own, for what it costs by now, in place of
 * whatever they were asked or have said before. Nothing is bought here, and what was set aside is freed.
 */
export async function askAnew(
  zecchino: Zecchino,
  options: askAnew.Options,
): Promise<{ approval: Ledger.Approval; job: Job.Job } | Ledger.Refused> {
  const { client, ledger } = zecchino
  const { approval: before, job, price, topUp } = options
  const isOver = before && Ledger.goodUntil(before, job) <= (await ledger.now())
  const detail = wordsOf(before && { isOver, price: job.price, topUp: before.topUp }, {
    price,
    topUp,
  })
  const asked = await ledger.askAgain({
    approval: await approvalOf(zecchino, { job: { ...job, price }, topUp }),
    detail,
    from: job.status as 'reserved',
    jobId: job.id,
    price,
    replaces: before?.id,
  })
  if (!('refused' in asked))
    client.onEvent({ detail, jobId: job.id, status: 'needs_approval', type: 'job.moved' })
  return asked
}

export declare namespace askAnew {
  type Options = Amounts & {
    /** The approval that counted until now, if there was one. */
    approval: Ledger.Approval | undefined
    /** In `needs_approval`, `needs_consent` or `reserved`. */
    job: Job.Job
  }
}

/** What has changed since the owner was asked, if they were. */
function wordsOf(
  before: (Amounts & { isOver?: boolean | undefined }) | undefined,
  now: Amounts,
): string {
  const top = Money.display(now.topUp)
  if (!before)
    return `Nobody had to agree to it before; it costs ${Money.display(now.price)}${now.topUp > 0n ? ` and needs a top-up of ${top}` : ''} by now, so the owner is asked. Nothing was bought.`
  const changes = [
    now.price !== before.price &&
      `its price is ${Money.display(now.price)} by now, and was ${Money.display(before.price)}`,
    now.topUp > before.topUp &&
      `it needs a top-up of ${top} by now, and ${Money.display(before.topUp)} was shown`,
  ].filter((change) => change !== false)
  const why =
    changes.length > 0
      ? changes.join('; ')
      : before.isOver
        ? 'what was asked before has expired'
        : 'payments go to another payee by now'
  return `The owner is asked anew: ${why}. Nothing was bought.`
}

/** A new approval of a job: what its owner is shown, and for how long they may think about it. */
export async function approvalOf(
  zecchino: Zecchino,
  options: { job: Ledger.NewJob; topUp: bigint },
): Promise<Omit<Ledger.Approval, 'createdAt' | 'jobId' | 'status'>> {
  const { client, ledger } = zecchino
  const payee = options.topUp > 0n ? await pinnedPayeeOf(zecchino) : undefined
  return {
    expiresAt: new Date((await ledger.now()).getTime() + Policy.quoteLifetime),
    hash: approvalHash(zecchino, { ...options, payee }),
    id: `approval_${client.randomHex(8)}`,
    topUp: options.topUp,
  }
}

/**
 * What an approval is bound to: wallet or key, model, exact request, maximum price, and its top-up with
 * whom it goes to.
 */
export function approvalHash(
  { ledger }: Zecchino,
  { job, payee, topUp }: { job: Ledger.NewJob; payee: string | undefined; topUp: bigint },
): string {
  const text = canonicalJson({
    account: ledger.account,
    model: job.model,
    ...(topUp > 0n && { payee }),
    price_usd: Money.format(job.price),
    request_sha256: job.hash,
    top_up_usd: Money.format(topUp),
  })
  return createHash('sha256').update(text).digest('hex')
}
