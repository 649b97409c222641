import { setImmediate } from 'node:timers/promises'

import {
  type DatabaseConnection,
  SqliteDialect,
  type SqliteDatabase,
  SqliteDriver,
  type TransactionSettings,
} from 'kysely'
import type Database from 'libsql'

/**
 * Lets Kysely talk to libsql: transactions that write take the lock when they begin, and no
 * parameter reaches the driver that it would abort on or round.
 */
export function libsqlDialect(database: Database.Database): SqliteDialect {
  return new LibsqlDialect(database)
}

class LibsqlDialect extends SqliteDialect {
  readonly #database: Database.Database

  constructor(database: Database.Database) {
    super({ database: guard(database) })
    this.#database = database
  }

  override createDriver() {
    return new LibsqlDriver(this.#database)
  }
}

class LibsqlDriver extends SqliteDriver {
  readonly #database: Database.Database

  constructor(database: Database.Database) {
    super({ database: guard(database) })
    this.#database = database
  }

  /**
   * The driver answers at once, so a caller that only reads and writes would never let the process
   * hear a timer, a socket or a signal. Every connection waits its turn behind those.
   */
  override async acquireConnection(): Promise<DatabaseConnection> {
    await setImmediate()
    return super.acquireConnection()
  }

  /**
   * A deferred transaction fails half-way when it is contended; an immediate one waits.
   *
   * None of these is prepared. One that gives up waiting stays under way until it is collected as
   * garbage, and until then no transaction of this process can be committed.
   */
  override async beginTransaction(
    _connection: DatabaseConnection,
    settings?: TransactionSettings,
  ): Promise<void> {
    this.#database.exec(settings?.accessMode === 'read only' ? 'begin' : 'begin immediate')
  }

  override async commitTransaction(): Promise<void> {
    this.#database.exec('commit')
  }

  /** On a full disk the database has rolled back by itself; a second time would hide the reason. */
  override async rollbackTransaction(): Promise<void> {
    if (this.#database.inTransaction) this.#database.exec('rollback')
  }
}

function guard(database: Database.Database): SqliteDatabase {
  return {
    close: () => void database.close(),
    prepare(text) {
      const statement = database.prepare(text)
      return {
        all: (values) => statement.all(values.map(bindable)),
        iterate: (values) => statement.iterate(values.map(bindable)),
        reader: statement.reader,
        run: (values) => statement.run(values.map(bindable)),
      }
    },
  }
}

/**
 * A parameter as libsql can take it. It aborts the process on a boolean, binds `undefined` and NaN
 * as NULL and every number as a floating-point one.
 */
function bindable(value: unknown): bigint | string | null {
  if (value === null || typeof value === 'bigint' || typeof value === 'string') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  throw new TypeError(`a parameter is ${typeof value === 'number' ? value : typeof value}`)
}
