import type * as Job from '../../../src/Job.js'
import type * as Ledger from '../../../src/Ledger.js'

/** What a process says about its ledger, as JSON: money is text in micro-dollars. */
export type Told = {
  audit: { ok: boolean }
  jobs: ToldJob[]
  payments: ToldPayment[]
  /** Provider rows on record, with what they are tied to. */
  rows: { id: string; subject?: string }[]
  state: { frozen?: { reason: string }; payments: number }
  usage: { paid: string; perDay: string; topUpsPerDay: string; total: string }
}

/** A job, as it is told. */
export type ToldJob = Pick<
  Job.Job,
  'badNews' | 'detail' | 'file' | 'hash' | 'id' | 'model' | 'queueId' | 'quoteId' | 'status'
> & { price: string; refund?: string; sentAt?: string }

/** A payment, as it is told. */
export type ToldPayment = Pick<Ledger.Payment, 'detail' | 'id' | 'jobId' | 'nonce' | 'status'> & {
  amount: string
  createdAt: string
}
