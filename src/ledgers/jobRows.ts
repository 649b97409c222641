import { type ExpressionBuilder, type Kysely, type Selectable, sql, type Updateable } from 'kysely'

import type * as BadNews from '../BadNews.js'
import * as Clock from '../Clock.js'
import * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import { date, ms, stored } from './engine.js'
import type { Schema } from './schema.js'

/** A job as its table keeps it. */
export type Row = Selectable<Schema['job']>

/** Reads one job of the wallet, by a column that is unique. */
export async function find(
  db: Kysely<Schema>,
  account: string,
  column: 'id' | 'queue_id' | 'quote_id',
  value: string,
): Promise<Job.Job | undefined> {
  const row = await db
    .selectFrom('job')
    .selectAll()
    .where('account', '=', account)
    .where(column, '=', value)
    .executeTakeFirst()
  return row && toJob(row)
}

/** Jobs of the wallet, newest first. `at` is what leases are held against. */
export async function list(
  db: Kysely<Schema>,
  account: string,
  options: Parameters<Ledger.Ledger['jobs']>[0] & { at: Date },
): Promise<Job.Job[]> {
  const { at, hash, leased, limit = 10_000, sent, statuses = Job.statuses } = options
  const rows = await db
    .selectFrom('job')
    .selectAll()
    .where('account', '=', account)
    .where('status', 'in', statuses)
    .$if(hash !== undefined, (query) => query.where('hash', '=', hash ?? ''))
    .$if(leased !== undefined, (query) =>
      query.where((job) => (leased ? isLeased(job, at) : job.not(isLeased(job, at)))),
    )
    .$if(sent !== undefined, (query) =>
      query
        .where('sent_at', '>=', ms(sent?.from ?? at))
        .where('sent_at', '<=', ms(sent?.until ?? at)),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toJob)
}

/** Whether somebody has a job in hand: never `NULL`, so that it can be turned round. */
export function isLeased(job: ExpressionBuilder<Schema, 'job'>, at: Date) {
  const until = job.fn.coalesce('lease_until', sql<bigint>`0`)
  return job.and([
    job('lease_owner', 'is not', null),
    job(until, '>=', ms(at)),
    job(until, '<=', ms(at) + BigInt(Clock.leased)),
  ])
}

/** The columns that a patch sets. */
export function columns(patch: Ledger.JobPatch): Updateable<Schema['job']> {
  const { badNews, consent, detail, estimate, file, linkUses, queueId, queuedAt } = patch
  const { providerSentAt, sealedSignIn, sealedUrl, sentAt } = patch
  return {
    ...(badNews !== undefined && { bad_news: badNews && JSON.stringify(badNews) }),
    ...(consent !== undefined && { consent: JSON.stringify(consent) }),
    ...(detail !== undefined && { detail }),
    // A server's number: what no clock can show says nothing.
    ...(Number.isSafeInteger(Math.round(estimate ?? Number.NaN)) && {
      estimate: BigInt(Math.round(estimate ?? 0)),
    }),
    ...(file !== undefined && { file: JSON.stringify(file) }),
    ...(linkUses !== undefined && { link_uses: JSON.stringify(linkUses) }),
    ...(queueId !== undefined && { queue_id: queueId }),
    ...(queuedAt !== undefined && { queued_at: ms(queuedAt) }),
    ...(sealedSignIn !== undefined && { sealed_sign_in: sealedSignIn }),
    ...(sealedUrl !== undefined && { sealed_url: sealedUrl }),
    // A send has both: what is known of an earlier one says nothing about this.
    ...(sentAt !== undefined && {
      provider_sent_at: providerSentAt === undefined ? null : ms(providerSentAt),
      sent_at: ms(sentAt),
    }),
  }
}

/** The part of a patch that belongs in the audit log; sealed values never do. */
export function told({ detail, file, queueId }: Ledger.JobPatch): Record<string, unknown> {
  return {
    detail,
    queue_id: queueId,
    sha256: file?.sha256,
  }
}

function toJob(row: Row): Job.Job {
  return {
    badNews: row.bad_news === null ? undefined : toBadNews(row.bad_news),
    checkedAt: row.checked_at === null ? undefined : date(row.checked_at),
    consent: row.consent === null ? undefined : stored<Job.Job['consent']>(row.consent),
    createdAt: date(row.created_at),
    detail: row.detail ?? undefined,
    estimate: row.estimate === null ? undefined : Number(row.estimate),
    file: row.file === null ? undefined : stored<Job.Job['file']>(row.file),
    hash: row.hash,
    id: row.id,
    linkUses: row.link_uses === null ? undefined : toUses(row.link_uses),
    model: row.model,
    price: row.price,
    providerSentAt: row.provider_sent_at === null ? undefined : date(row.provider_sent_at),
    queueId: row.queue_id ?? undefined,
    queuedAt: row.queued_at === null ? undefined : date(row.queued_at),
    quoteId: row.quote_id,
    refund: row.refund ?? undefined,
    sealedSignIn: row.sealed_sign_in ?? undefined,
    sealedUrl: row.sealed_url ?? undefined,
    sentAt: row.sent_at === null ? undefined : date(row.sent_at),
    status: row.status as Job.Status,
    updatedAt: date(row.updated_at),
  }
}

function toUses(text: string): Job.Job['linkUses'] {
  const { at, count } = stored<NonNullable<Job.Job['linkUses']>>(text)
  return { at: new Date(at), count }
}

function toBadNews(text: string): BadNews.BadNews {
  const { looked, since, ...news } = stored<BadNews.BadNews>(text)
  return { ...news, looked: new Date(looked), since: new Date(since) }
}
