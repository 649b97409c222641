import type { Kysely, Transaction } from 'kysely'

import type { Schema } from './schema.js'

/** What differs between the two databases; the statements do not. */
export type Engine = {
  /** The database's own clock. */
  clock(db: Kysely<Schema>): Promise<Date>
  close(): Promise<void>
  db: Kysely<Schema>
  /** Whether an error is the database refusing a duplicate. */
  isDuplicate(error: unknown): boolean
  /**
   * Runs a write transaction that holds the wallet from its first statement: `BEGIN IMMEDIATE` on
   * SQLite, an advisory lock on Postgres. Never spans network I/O.
   */
  write<result>(
    account: string,
    run: (transaction: Transaction<Schema>) => Promise<result>,
  ): Promise<result>
}

/** One write in progress: the transaction, the wallet, and one reading of the clock. */
export type Write = { account: string; at: Date; db: Transaction<Schema> }

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
