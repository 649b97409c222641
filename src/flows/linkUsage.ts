import type * as Job from '../Job.js'
import * as Money from '../Money.js'
import * as Policy from '../Policy.js'
import * as Spending from '../Spending.js'
import type * as Venice from '../Venice.js'
import * as Verdict from '../Verdict.js'
import type { Zecchino } from './createZecchino.js'

/**
 * Ties a REFUND, or the CHARGE rows of one request, to the job that they are for, which books what they say.
 * More than was agreed to stops spending. `false`: they were tied already.
 */
export async function linkUsage(
  zecchino: Zecchino,
  options: { job: Job.Job; rows: readonly Venice.Transaction[]; tie: () => Promise<boolean> },
): Promise<boolean> {
  const { client, ledger, policy } = zecchino
  const { job, rows, tie } = options
  const ids = new Set(rows.map(({ id }) => id))
  // One request may be charged in several rows: what counts is what they come to. This one may have
  // been tied meanwhile, by another reader of the rows.
  const tied = (await ledger.linkedRows(job.id)).filter(
    ({ id, type }) => type === 'CHARGE' && !ids.has(id),
  )
  const isCharge = rows.some(({ type }) => type === 'CHARGE')
  const charged = Spending.charged([...tied, ...rows])
  // Before the row is tied: a process that dies in between leaves the row for the next one.
  if (isCharge && Policy.exceedsTolerance(policy, { now: charged, quoted: job.price }))
    await ledger.freeze(
      `Venice charged ${Money.display(charged)} at ${rows.at(-1)?.createdAt} for ${job.id}, which was priced ${Money.display(job.price)}; if that is right, run: zecchino unfreeze.`,
    )
  if (!(await tie())) return false
  if (!isCharge) return true
  const late = job.status === 'abandoned' ? wordsOfLate(job, charged) : undefined
  const differs = charged !== job.price || tied.length > 0
  const price = `Venice charged ${Money.display(charged)}; the price agreed to was ${Money.display(job.price)}.`
  const detail = [late, differs && price].filter(Boolean).join(' ')
  if (detail) await ledger.noteJob(job.id, { detail })
  if (late) client.onEvent({ message: `${job.id}: ${late}`, type: 'warning' })
  if (charged === job.price) return true
  client.onEvent({ message: `${job.id}: ${price}`, type: 'warning' })
  await ledger.appendEvent({
    data: { charged_usd: Money.format(charged), price_usd: Money.format(job.price) },
    subject: job.id,
    type: 'charge_differs',
  })
  return true
}

/** What an owner is told who has given up a job that was charged for all the same. */
export function wordsOfLate({ id }: Pick<Job.Job, 'id'>, charged: bigint): string {
  return `It was given up, and Venice charged ${Money.display(charged)} for it; if its video is there, take it: ${Verdict.command(id, ['adopt'])}.`
}
