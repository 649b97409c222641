import type { Kysely, RawBuilder, Transaction } from 'kysely'

import type * as Errors from '../Errors.js'
import { parseJson } from '../internal/base64Json.js'
import * as Ledger from '../Ledger.js'
import type { Schema } from './schema.js'

/** What differs between the two databases; the statements do not. */
export type Engine = {
  /** The database's own clock as an expression, in unix milliseconds. */
  clock: RawBuilder<bigint>
  close(): Promise<void>
  db: Kysely<Schema>
  /** Name of the unique index (or its columns) by which the database refused a duplicate. */
  duplicateOf(error: unknown): string | undefined
  /** A failure of the driver as one of our errors. `undefined`: it is none, but a bug. */
  errorOf(error: unknown): Errors.BaseError | undefined
  /** Folder of its file, where it is one. */
  folder?: string | undefined
  /** The ledger's own name, 32 hex digits, whichever wallet looks. */
  id: string | undefined
  /** Why nothing may be written, although reads work. */
  readOnly: Errors.BaseError | undefined
  /** Runs several reads on one state of the database. */
  snapshot<result>(run: (db: Kysely<Schema>) => Promise<result>): Promise<result>
  /**
   * Runs a write transaction that holds the wallet from its first statement: `BEGIN IMMEDIATE` on
   * SQLite, an advisory lock on Postgres. Never spans network I/O.
   */
  write<result>(
    account: string,
    run: (transaction: Transaction<Schema>) => Promise<result>,
  ): Promise<result>
}

/** One write in progress: the transaction, one reading of the clock, and the wallet's row. */
export type Write = {
  account: string
  /** What the write is dated: never before an earlier one. */
  at: Date
  /** What the clock shows, which may have been put back. */
  clock: Date
  db: Transaction<Schema>
  /** What this transaction has read and written of it; nobody else can meanwhile. */
  wallet: {
    events: bigint
    frozen: string | undefined
    head: string
    /** Why nothing is spent for now, although it is not frozen. */
    waits?: Ledger.Stop | undefined
  }
}

/** Ends a write without effect and hands a refusal to the caller. */
export class Rollback<result> extends Error {
  constructor(readonly result: result) {
    super('rolled back')
  }
}

/** Milliseconds of a date, as the tables keep it. */
export function ms(date: Date): bigint {
  return BigInt(date.getTime())
}

/** A date from the tables. */
export function date(value: bigint): Date {
  return new Date(Number(value))
}

/** A JSON value from the tables. Throws {@link Ledger.CorruptError} when it is none any more. */
export function stored<value>(text: string): value {
  const value = parseJson(text)
  if (value === undefined) throw new Ledger.CorruptError({ reason: 'a stored value is damaged.' })
  return value as value
}
