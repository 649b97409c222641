import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  sql,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
} from 'kysely'
import Database from 'libsql'

import * as Ledger from '../Ledger.js'
import { createSqlLedger } from './createSqlLedger.js'
import type { Engine } from './engine.js'
import { migrate, type Schema, version } from './schema.js'

/**
 * Opens a ledger in an SQLite file; several processes of one machine may share it.
 *
 * WAL, `synchronous=FULL` (asserted), write transactions that begin immediate, file mode 0600.
 * A file of a newer version, a corrupt or a read-only one is refused.
 *
 * @throws {@link Ledger.UnavailableError} when the file cannot be used.
 * @throws {@link Ledger.NewerError} when a newer version wrote it.
 */
export async function sqliteLedger(options: sqliteLedger.Options): Promise<Ledger.Ledger> {
  const { path, ...rest } = options
  try {
    const engine = await open(path)
    return createSqlLedger(engine, rest)
  } catch (cause) {
    if (cause instanceof Ledger.NewerError || cause instanceof Ledger.UnavailableError) throw cause
    throw new Ledger.UnavailableError({ cause, reason: reasonOf(cause), where: path })
  }
}

export declare namespace sqliteLedger {
  type Options = createSqlLedger.Options & {
    /** Path of the database file; its folder is made if it is missing. */
    path: string
  }
}

async function open(path: string): Promise<Engine> {
  mkdirSync(dirname(path), { mode: 0o700, recursive: true })
  // The driver would make it 0644.
  closeSync(openSync(path, 'a', 0o600))
  if ((statSync(path).mode & 0o077) !== 0)
    throw new Ledger.UnavailableError({
      reason: `others can read it; run: chmod 600 ${path}`,
      where: path,
    })
  const database = new Database(path, { timeout: 20_000 } as Database.Options)
  database.defaultSafeIntegers(true)
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON'])
    database.exec(`PRAGMA ${pragma}`)
  const { synchronous } = database.prepare('PRAGMA synchronous').get() as { synchronous: bigint }
  if (Number(synchronous) !== 2)
    throw new Ledger.UnavailableError({ reason: 'synchronous is not FULL', where: path })

  const db = new Kysely<Schema>({ dialect: new ImmediateDialect({ database: database as never }) })
  const engine: Engine = {
    async clock(db) {
      // julianday loses milliseconds to floating point; strftime does not.
      const { rows } = await sql<{ at: bigint }>`
        SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000
          + CAST(substr(strftime('%f', 'now'), 4, 3) AS INTEGER) AS at`.execute(db)
      return new Date(Number(rows[0]?.at))
    },
    close: () => db.destroy(),
    db,
    isDuplicate: (error) =>
      /CONSTRAINT_(UNIQUE|PRIMARYKEY)/.test(String((error as { code?: unknown }).code)),
    write: (_account, run) => db.transaction().execute(run),
  }
  const found = await db.transaction().execute(migrate)
  if (found > version) {
    await engine.close()
    throw new Ledger.NewerError({ found, known: version })
  }
  return engine
}

/** Write transactions take the lock at once: a deferred one fails half-way when it is contended. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}

class ImmediateDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig

  constructor(config: SqliteDialectConfig) {
    super(config)
    this.#config = config
  }

  override createDriver() {
    return new ImmediateDriver(this.#config)
  }
}

function reasonOf(cause: unknown): string {
  const { code, message } = cause as { code?: string; message?: string }
  if (code === 'EACCES' || code === 'EPERM') return 'no permission.'
  if (code?.includes('READONLY')) return 'it is read-only.'
  if (code?.includes('NOTADB') || code?.includes('CORRUPT')) return 'it is corrupt.'
  return `${code ?? 'error'}: ${(message ?? '').slice(0, 120)}`
}
