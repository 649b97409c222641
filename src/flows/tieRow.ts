import * as Charges from '../Charges.js'
import * as Clock from '../Clock.js'
import { printable } from '../internal/printable.js'
import * as Job from '../Job.js'
import * as Money from '../Money.js'
import * as Spending from '../Spending.js'
import type * as Venice from '../Venice.js'
import type { Zecchino } from './createZecchino.js'
import { linkUsage } from './linkUsage.js'
import { NothingToResolveError, VerdictRefusedError } from './resolve.js'
import { syncRows } from './syncRows.js'

/** A row of the provider's, and the job that a person says it is for. */
export type Tie = { job: Job.Job; row: Venice.Transaction; subject: string | undefined }

/** Statuses in which a job waits to be sent, or is: its charge would hide from what keeps it from that. */
const unsent: ReadonlySet<Job.Status> = new Set([
  'intent',
  'needs_approval',
  'needs_consent',
  'reserved',
  'sending',
])

/**
 * Finds a row and the job that a person says it is for. One that they acknowledged as nobody's may turn out
 * somebody's; a tie to a job or a payment is for good.
 *
 * @throws {@link VerdictRefusedError} when it cannot be the job's.
 */
export async function findTie(
  { client, ledger }: Zecchino,
  { jobId, rowId }: { jobId: string; rowId: string },
): Promise<Tie> {
  const found = await ledger.findRow(rowId)
  if (!found) throw new NothingToResolveError({ id: rowId, status: undefined })
  const job = await ledger.findJob(jobId)
  if (!job) throw new Job.NotFoundError({ id: jobId })
  const { row, subject } = found
  const named = row.requestId === null ? undefined : await ledger.findJobOfQueueId(row.requestId)
  const tied = await ledger.linkedRows(jobId)
  const isDated = Clock.isDated(row, client.providerTime())
  const reason = reasonAgainst({ isDated, job, named, row, subject, tied })
  if (reason !== undefined) throw new VerdictRefusedError({ id: rowId, reason })
  return { job, row, subject }
}

/** Why a row cannot be a job's. */
function reasonAgainst(
  options: Tie & { isDated: boolean; named: Job.Job | undefined; tied: Rows },
): string | undefined {
  const { isDated, job, named, row, subject, tied } = options
  const charges = tied.filter(({ type }) => type === 'CHARGE')
  if (subject !== undefined && subject !== 'foreign' && subject !== 'history')
    return `It is tied to ${subject}, for good.`
  if (row.type !== 'CHARGE' && row.type !== 'REFUND') return `A ${row.type} is for no job.`
  if (row.modelId !== null && row.modelId !== job.model)
    return `It is for ${row.modelId}, and the job is of ${job.model}.`
  if (named && named.id !== job.id) return `It names ${named.id}.`
  if (!job.sentAt || unsent.has(job.status))
    return `${job.id} is ${job.status}: what it may yet be charged is not known before it has been sent.`
  if (isDated && Charges.timeOf(row) < Clock.sentAt(job).at.getTime() - Clock.apart)
    return 'It is from before the job was sent.'
  const isOther = charges.some(({ requestId }) => requestId === null || requestId !== row.requestId)
  if (row.type === 'CHARGE' && isOther) return `${job.id} has its charge: a job has one request.`
  const [charged, back] = [Spending.charged(charges), Spending.refunded([...tied, row])]
  if (row.type === 'REFUND' && back > charged)
    return `It would give back more than the ${Money.display(charged)} that ${job.id} was charged.`
  return undefined
}

type Rows = readonly Venice.Transaction[]

/** What is known, in lines for the person who decides. */
export function factsOfTie({ job, row, subject }: Tie): string[] {
  const { amount, createdAt, id, modelId, requestId, type } = row
  const names = requestId === null ? 'names nothing' : `names ${printable(requestId, 60)}`
  return [
    `Row       ${id}: a ${type} of ${Money.display(amount < 0n ? -amount : amount)} at ${createdAt}`,
    `For       ${modelId ?? 'no model'}, ${names}`,
    `Tied to   ${subject === undefined ? 'nothing' : 'nobody here'}`,
    `Job       ${job.id}: ${job.status}, ${Money.display(job.price)} for ${job.model}`,
  ]
}

/** Ties a row to the job that it is for by a person's word, and books what it says. Given again it changes nothing. */
export async function tieRow(zecchino: Zecchino, { job, row }: Tie): Promise<void> {
  const { from, id, sentAt } = { from: job.status, ...job }
  const ties = [{ rowId: row.id, subject: id }]
  const tie = () => zecchino.ledger.resolveJob(id, { from, sentAt, ties })
  if (!(await linkUsage(zecchino, { job, rows: [row], tie })))
    throw new NothingToResolveError({ id: row.id, status: 'another status by now' })
  // A refund ends what was given up.
  await syncRows(zecchino).catch(() => {})
}
