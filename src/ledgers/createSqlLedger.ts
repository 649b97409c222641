import type { Selectable } from 'kysely'
import type { Address } from 'viem'

import type * as Ledger from '../Ledger.js'
import * as approvals from './approvals.js'
import * as budgets from './budgets.js'
import { date, type Engine, ms, Rollback, type Write } from './engine.js'
import * as events from './events.js'
import * as jobs from './jobs.js'
import * as payments from './payments.js'
import * as rows from './rows.js'
import type { Schema } from './schema.js'
import * as wallets from './wallets.js'

/** The ledger over an engine: every operation of {@link Ledger.Ledger}, written once for both. */
export function createSqlLedger(
  engine: Engine,
  { account, now }: createSqlLedger.Options,
): Ledger.Ledger {
  const { db } = engine

  async function write<result>(run: (write: Write) => Promise<result>): Promise<result> {
    return engine.write(account, async (transaction) => {
      const at = now ? now() : await engine.clock(transaction)
      const write = { account, at, db: transaction }
      await wallets.touch(write)
      return run(write)
    })
  }

  /** A write that the database may refuse; the refusal becomes the value. */
  async function guarded<result>(
    run: (write: Write) => Promise<result>,
    onDuplicate: Ledger.Refused,
  ): Promise<result | Ledger.Refused> {
    try {
      return await write(run)
    } catch (error) {
      if (error instanceof Rollback) return error.result as Ledger.Refused
      if (engine.isDuplicate(error)) return onDuplicate
      throw error
    }
  }

  return {
    account,
    close: () => engine.close(),
    now: async () => (now ? now() : engine.clock(db)),

    saveQuote: (quote) =>
      write(async (write) => {
        await write.db.insertInto('quote').values(fromQuote(account, quote)).execute()
      }),
    async findQuote(id) {
      const row = await db
        .selectFrom('quote')
        .selectAll()
        .where('account', '=', account)
        .where('id', '=', id)
        .executeTakeFirst()
      return row && toQuote(row)
    },

    requestApproval: (options) => write((write) => jobs.requestApproval(write, options)),
    findApproval: (id) => approvals.find(db, account, id),
    findApprovalOfJob: (jobId) => approvals.ofJob(db, account, jobId),
    approvals: async () => approvals.listOpen(db, account, now ? now() : await engine.clock(db)),
    decideApproval: (options) => write((write) => approvals.decide(write, options)),

    reserveJob: (options) => guarded((write) => jobs.reserve(write, options), { refused: 'moved' }),
    findJob: (id) => jobs.find(db, account, { id }),
    findJobOfQuote: (quoteId) => jobs.find(db, account, { quoteId }),
    jobs: (options) => jobs.list(db, account, options),
    async moveJob(id, move) {
      const moved = await guarded((write) => jobs.move(write, id, move), { refused: 'moved' })
      return moved === true
    },
    noteJob: (id, patch) => write((write) => jobs.note(write, id, patch)),
    claimJob: (id, options) => write((write) => jobs.claim(write, id, options)),
    releaseJob: (id, owner) => write((write) => jobs.unclaim(write, id, owner)),

    reservePayment: (options) =>
      guarded((write) => payments.reserve(write, options), { refused: 'open_payment' }),
    findPayment: (id) => payments.find(db, account, id),
    payments: (options) => payments.list(db, account, options),
    movePayment: (id, move) => write((write) => payments.move(write, id, move)),

    recordRows: (found) => write((write) => rows.record(write, found)),
    linkRow: (rowId, subject) => write((write) => rows.link(write, rowId, subject)),
    unlinkedRows: () => rows.list(db, account, undefined),
    newestRow: () => rows.newest(db, account),
    linkedRows: (subject) => rows.list(db, account, subject),

    state: () => wallets.state(db, account),
    async usage() {
      const at = now ? now() : await engine.clock(db)
      const used = (scope: keyof Ledger.Caps) =>
        budgets.read(db, { account, scope, slot: budgets.slotOf(scope, at) })
      return {
        perDay: await used('perDay'),
        topUpsPerDay: await used('topUpsPerDay'),
        total: await used('total'),
      }
    },
    freeze: (reason) => write((write) => wallets.freeze(write, reason)),
    unfreeze: (note) => write((write) => wallets.unfreeze(write, note)),
    pinPayee: (payee) => write((write) => wallets.pinPayee(write, payee)),
    trustPayee: (payee: Address) => write((write) => wallets.trustPayee(write, payee)),

    events: (options = {}) => events.list(db, account, options.limit),
    appendEvent: (event) => write((write) => events.append(write, event)),
  }
}

export declare namespace createSqlLedger {
  type Options = {
    /** CAIP-10 name of the wallet, lower case. */
    account: string
    /** Replaces the database's clock, for simulated time. */
    now?: (() => Date) | undefined
  }
}

function fromQuote(account: string, quote: Ledger.Quote): Selectable<Schema['quote']> {
  const { body, createdAt, estimate, expiresAt, hash, id, model, price } = quote
  return {
    account,
    body,
    created_at: ms(createdAt),
    estimate: estimate ? 1n : 0n,
    expires_at: ms(expiresAt),
    hash,
    id,
    model,
    price,
  }
}

function toQuote(row: Selectable<Schema['quote']>): Ledger.Quote {
  const { body, created_at, estimate, expires_at, hash, id, model, price } = row
  return {
    body,
    createdAt: date(created_at),
    estimate: estimate === 1n,
    expiresAt: date(expires_at),
    hash,
    id,
    model,
    price,
  }
}
