import { type Kysely, type Selectable, sql } from 'kysely'

import * as Errors from '../Errors.js'
import * as Ledger from '../Ledger.js'
import * as Policy from '../Policy.js'
import * as answers from './answers.js'
import * as approvals from './approvals.js'
import * as attempts from './attempts.js'
import * as budgets from './budgets.js'
import * as credits from './credits.js'
import { date, type Engine, ms, Rollback, type Write } from './engine.js'
import * as events from './events.js'
import * as jobRows from './jobRows.js'
import * as jobs from './jobs.js'
import * as leases from './leases.js'
import { readVersion, version, type Versions } from './migrations.js'
import * as paymentRows from './paymentRows.js'
import * as payments from './payments.js'
import * as policies from './policies.js'
import * as rows from './rows.js'
import type { Schema } from './schema.js'
import * as terms from './terms.js'
import { verifyEvents } from './verifyEvents.js'
import * as verdicts from './verdicts.js'
import * as wallets from './wallets.js'

/** The ledger over an engine: every operation of {@link Ledger.Ledger}, written once for both. */
export function createSqlLedger(
  engine: Engine,
  { now, ...options }: Ledger.Options,
): Ledger.Ledger {
  // One wallet, one set of budgets: a checksummed address is not another wallet.
  const account = options.account.toLowerCase()
  let { readOnly } = engine

  /** What cannot be read may be damaged, or another program's: only the version tells. */
  async function reasonOf(error: unknown): Promise<Errors.BaseError | undefined> {
    const known = error instanceof Errors.BaseError ? error : engine.errorOf(error)
    if (known && !(known instanceof Ledger.CorruptError)) return known
    const found = await readVersion(engine.db).catch(() => version)
    return found > version ? new Ledger.NewerError({ found, known: version }) : known
  }

  /** Lets no error of a driver out: each becomes one of ours, with the reason. */
  async function typed<result>(run: () => Promise<result>): Promise<result> {
    try {
      return await run()
    } catch (error) {
      const known = await reasonOf(error)
      if (known instanceof Ledger.CorruptError || known instanceof Ledger.NewerError)
        readOnly ??= known
      throw known ?? Errors.from(error)
    }
  }

  async function transact<result>(
    run: (write: Write) => Promise<result>,
    versions: Versions = 'known',
  ): Promise<result> {
    // Whether it is still newer is asked with each write: whoever made it so may have gone back. And
    // what may go into a newer one spends nothing: the database itself says whether it can be written.
    if (readOnly && !(readOnly instanceof Ledger.NewerError) && versions === 'known') throw readOnly
    const { clock } = engine
    const result = await engine.write(account, async (db) =>
      run(await wallets.meet(db, { account, clock, now, versions })),
    )
    if (versions === 'known') readOnly = undefined
    return result
  }

  const read = <result>(run: (db: Kysely<Schema>) => Promise<result>) => typed(() => run(engine.db))
  const write = <result>(run: (write: Write) => Promise<result>) => typed(() => transact(run))
  async function clock(db: Kysely<Schema>): Promise<Date> {
    if (now) return now()
    const { rows } = await sql<{ at: bigint }>`SELECT ${engine.clock} AS at`.execute(db)
    return date(rows[0]?.at ?? 0n)
  }

  /** A write that may be refused, by a budget or by an index; the refusal becomes the value. */
  function guarded<result>(
    run: (write: Write) => Promise<result>,
    refusalOf: (index: string) => Ledger.Refused = () => ({ refused: 'moved' }),
  ): Promise<result | Ledger.Refused> {
    return typed(async () => {
      try {
        return await transact(run)
      } catch (error) {
        if (error instanceof Rollback) {
          const { result } = error as Rollback<Ledger.Refused>
          // If the clock froze the wallet just now, that was rolled back too.
          if (result.refused === 'frozen') await transact(async () => {})
          return result
        }
        const index = engine.duplicateOf(error)
        if (index === undefined) throw error
        return refusalOf(index)
      }
    })
  }

  return {
    account,
    close: () => typed(() => engine.close()),
    folder: engine.folder,
    id: engine.id,
    get readOnly() {
      return readOnly
    },
    now: () => read(clock),

    saveQuote: (quote) =>
      write(async ({ at, db }) => {
        await forgetQuotes(db, { account, before: new Date(at.getTime() - remembered) })
        await db.insertInto('quote').values(fromQuote(account, quote)).execute()
      }),
    findQuote: (id) =>
      read(async (db) => {
        const row = await db
          .selectFrom('quote')
          .selectAll()
          .where('account', '=', account)
          .where('id', '=', id)
          .executeTakeFirst()
        return row && toQuote(row)
      }),

    requestApproval: (options) => write((write) => jobs.requestApproval(write, options)),
    askAgain: (options) => guarded((write) => jobs.askAgain(write, options)),
    findApproval: (id) => read((db) => approvals.find(db, account, id)),
    findApprovalOfJob: (jobId) => read((db) => approvals.ofJob(db, account, jobId)),
    approvals: () => read(async (db) => approvals.listOpen(db, account, await clock(db))),
    decideApproval: (options) => write((write) => approvals.decide(write, options)),

    reserveJob: (options) => guarded((write) => jobs.reserve(write, options)),
    confirmJob: (id, options) => guarded((write) => terms.confirm(write, id, options)),
    findJob: (id) => read((db) => jobRows.find(db, account, 'id', id)),
    findJobOfQueueId: (queueId) => read((db) => jobRows.find(db, account, 'queue_id', queueId)),
    findJobOfQuote: (quoteId) => read((db) => jobRows.find(db, account, 'quote_id', quoteId)),
    jobs: (options = {}) =>
      read(async (db) => {
        const at = options.leased === undefined ? new Date(0) : await clock(db)
        return jobRows.list(db, account, { ...options, at })
      }),
    moveJob: async (id, move) => (await guarded((write) => jobs.move(write, id, move))) === true,
    resolveJob: async (id, word) =>
      (await guarded((write) => verdicts.resolve(write, id, word))) === true,
    recordAnswer: (id, answer) =>
      typed(async () => {
        try {
          return await transact((write) => answers.record(write, id, answer), 'newer')
        } catch (error) {
          if (engine.duplicateOf(error) === undefined) throw error
          return false // another job has this queue id
        }
      }),
    noteJob: (id, patch) => write((write) => jobs.note(write, id, patch)),
    async claimJob(id, lease) {
      // Whoever only looks whether a job has become free writes nothing, and waits for nobody.
      const held = await read(async (db) =>
        leases.isHeld(db, { account, at: await clock(db), id, lease }),
      )
      return !held && write((write) => leases.claim(write, id, lease))
    },
    releaseJob: (id, owner) => write((write) => leases.unclaim(write, id, owner)),

    reservePayment: (options) =>
      guarded(
        (write) => payments.reserve(write, options),
        (index) => ({ refused: index === 'payment_one_open' ? 'open_payment' : 'moved' }),
      ),
    creditOf: (balance) =>
      read(async (db) => credits.observed(db, { account, at: await clock(db), balance })),
    findPayment: (id) => read((db) => paymentRows.find(db, account, id)),
    payments: (options) => read((db) => paymentRows.list(db, account, options)),
    movePayment: (id, move) => write((write) => payments.move(write, id, move)),
    notePayment: (id, note) => write((write) => payments.note(write, id, note)),

    beginAttempt: (id, envelope) => write((write) => attempts.begin(write, id, envelope)),
    refuseAttempt: (id, options) => write((write) => attempts.refuse(write, id, options)),
    attempts: (id) => read((db) => attempts.list(db, account, id)),

    recordRows: (found) => write((write) => rows.record(write, found)),
    linkRow: (rowId, subject) => write((write) => rows.link(write, rowId, subject)),
    retieRow: (rowId, options) => write((write) => rows.retie(write, rowId, options)),
    unlinkedRows: () => read((db) => rows.list(db, account, undefined)),
    newestRow: (until) => read((db) => rows.newest(db, account, until)),
    linkedRows: (subject) => read((db) => rows.list(db, account, subject)),
    tiedRows: (subjects) => read((db) => rows.tied(db, account, subjects)),
    findRow: (id) => read((db) => rows.find(db, account, id)),

    policy: () => read((db) => policies.newest(db, account)),
    async bringPolicy(own) {
      const last = await read((db) => policies.newest(db, account))
      const isSaid = last ? Policy.lowered(own, last) !== undefined : own.chosen.length > 0
      if (isSaid) await write((write) => policies.bring(write, own))
    },
    setPolicy: (change, own) => write((write) => policies.set(write, { change, own })),

    state: () => read(async (db) => wallets.state(db, { account, clock: await clock(db) })),
    usage: () => read(async (db) => budgets.usage(db, account, await clock(db))),
    freeze: (reason) => write((write) => wallets.freeze(write, reason)),
    unfreeze: (note) => write((write) => wallets.unfreeze(write, note)),
    pinPayee: (payee) => write((write) => wallets.pinPayee(write, payee)),
    trustPayee: (payee) => write((write) => wallets.trustPayee(write, payee)),

    events: (options = {}) => read((db) => events.list(db, account, options.limit)),
    appendEvent: (event) => write((write) => events.append(write, event)),
    verifyEvents: () => typed(() => engine.snapshot((db) => verifyEvents(db, account))),
  }
}

/** How long a quote that nobody bought is kept after it has expired, in milliseconds. */
const remembered = 60 * 60_000

/**
 * Removes quotes that nobody bought: their bodies may hold 35 MB of media each. What has a job stays.
 */
async function forgetQuotes(
  db: Kysely<Schema>,
  { account, before }: { account: string; before: Date },
): Promise<void> {
  // By id first, from the indexes: reading any later column walks through the whole body.
  const unbought = db
    .selectFrom('quote')
    .select('id')
    .except(db.selectFrom('job').select('quote_id as id'))
  await db
    .deleteFrom('quote')
    .where('account', '=', account)
    .where('expires_at', '<', ms(before))
    .where('id', 'in', unbought)
    .execute()
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
