import type { Kysely, Selectable } from 'kysely'
import type { Address, Hex } from 'viem'

import * as Ledger from '../Ledger.js'
import { date } from './engine.js'
import type { Schema } from './schema.js'

/** Reads a payment. */
export async function find(
  db: Kysely<Schema>,
  account: string,
  id: string,
): Promise<Ledger.Payment | undefined> {
  const row = await db
    .selectFrom('payment')
    .selectAll()
    .where('account', '=', account)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && toPayment(row)
}

/** Payments of the wallet, newest first. */
export async function list(
  db: Kysely<Schema>,
  account: string,
  options: {
    jobId?: string | undefined
    limit?: number | undefined
    statuses?: readonly Ledger.PaymentStatus[] | undefined
  } = {},
): Promise<Ledger.Payment[]> {
  const { jobId, limit = 10_000, statuses = Ledger.paymentStatuses } = options
  const rows = await db
    .selectFrom('payment')
    .selectAll()
    .where('account', '=', account)
    .where('status', 'in', statuses)
    .$if(jobId !== undefined, (query) => query.where('job_id', '=', jobId ?? ''))
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toPayment)
}

function toPayment(row: Selectable<Schema['payment']>): Ledger.Payment {
  return {
    agreed: row.agreed ?? undefined,
    amount: row.amount,
    createdAt: date(row.created_at),
    detail: row.detail ?? undefined,
    id: row.id,
    jobId: row.job_id ?? undefined,
    nonce: row.nonce as Hex,
    payTo: row.pay_to as Address,
    paymentId: row.payment_id ?? undefined,
    sealedTransfer: row.sealed_header ?? undefined,
    sentAt: row.sent_at === null ? undefined : date(row.sent_at),
    status: row.status as Ledger.PaymentStatus,
    transaction: row.settlement ?? undefined,
    updatedAt: date(row.updated_at),
    validBefore: date(row.valid_before),
  }
}
