import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdtempSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { Kysely, sql } from 'kysely'
import type Database from 'libsql'

import type * as Errors from '../Errors.js'
import { readAccess } from '../internal/readAccess.js'
import * as Ledger from '../Ledger.js'
import { createSqliteFile } from './createSqliteFile.js'
import type { Engine } from './engine.js'
import { libsqlDialect } from './libsqlDialect.js'
import { migrate, readId, readVersion, version } from './migrations.js'
import { plainValues } from './plainValues.js'
import type { Schema } from './schema.js'
import { isReadOnly, sqliteDuplicateOf, sqliteErrorOf } from './sqliteErrorOf.js'

/** How long a write waits for those of other processes, in milliseconds. */
const timeout = 20_000

/** Opens an SQLite file as a ledger's engine, for reading only if anything speaks against more. */
export async function openSqlite(path: string): Promise<Engine> {
  const { default: driver } = await import('libsql')
  if (!existsSync(path)) await createSqliteFile(driver, path)
  const { ino } = statSync(path)
  if (!statSync(path).isFile())
    throw new Ledger.UnavailableError({ reason: 'its path is not that of a file.', where: path })
  const opened = openFile(driver, path, await exposureOf(path))
  const { database } = opened
  let readOnly: Errors.BaseError | undefined = opened.readOnly
  let id: string | undefined
  const db = new Kysely<Schema>({ dialect: libsqlDialect(database), plugins: [plainValues] })
  try {
    readOnly ??= flawOf(database, path)
    readOnly = (await settle(db, { path, readOnly })) ?? readOnly
    id = await readId(db)
    // What is newer still takes one write: the answer to a call that is paid for.
    if (readOnly && !(readOnly instanceof Ledger.NewerError))
      database.exec('PRAGMA query_only = ON')
  } catch (error) {
    await db.destroy()
    throw error
  }
  return {
    clock,
    close: () => db.destroy(),
    db,
    duplicateOf: sqliteDuplicateOf,
    errorOf: (error) => sqliteErrorOf(error, path),
    folder: dirname(path),
    id,
    readOnly,
    snapshot: (run) => db.transaction().setAccessMode('read only').execute(run),
    async write(_account, run) {
      if (statSync(path).ino !== ino)
        throw new Ledger.UnavailableError({ reason: 'its file was replaced.', where: path })
      return db.transaction().execute(run)
    },
  }
}

function openFile(
  driver: typeof Database,
  path: string,
  exposed: Ledger.UnavailableError | undefined,
) {
  const readOnly = refusalOf(path) ?? exposed
  if (readOnly) return { database: openForReading(driver, path), readOnly }
  try {
    return { database: openForWriting(driver, path), readOnly }
  } catch (cause) {
    if (!isReadOnly(cause)) throw cause
    const readOnly = new Ledger.UnavailableError({ cause, reason: 'it is read-only.', where: path })
    return { database: openForReading(driver, path), readOnly }
  }
}

/** Why a file is not to be written, as far as the file system tells. */
function refusalOf(path: string): Ledger.UnavailableError | undefined {
  if (statSync(path).size === 0)
    throw new Ledger.CorruptError({ reason: 'its file is empty.', where: path })
  try {
    // Root may write what is marked read-only; the mark counts all the same.
    if ((statSync(path).mode & 0o200) === 0) throw new Error('marked read-only')
    accessSync(path, constants.W_OK)
    accessSync(dirname(path), constants.W_OK)
    return undefined
  } catch (cause) {
    return new Ledger.UnavailableError({ cause, reason: 'it is read-only.', where: path })
  }
}

/**
 * Why a ledger is not to be written because others can read it. Its log takes the mode of its file; on
 * Windows it takes what its folder gives, so that the folder has to be the owner's alone as well.
 */
async function exposureOf(path: string): Promise<Ledger.UnavailableError | undefined> {
  const logs = process.platform === 'win32' ? [dirname(path)] : [`${path}-wal`, `${path}-shm`]
  for (const file of [path, ...logs]) {
    const found = await readAccess(file).catch((error: NodeJS.ErrnoException) => {
      if (file === path || error.code !== 'ENOENT') throw error
      return undefined // whoever closes a ledger last takes its log away, at any moment
    })
    if (found?.access === 'others')
      return new Ledger.UnavailableError({
        reason: `others can read ${file === dirname(path) ? 'its folder' : 'it'}; run: ${found.remedy}`,
        where: path,
      })
  }
  return undefined
}

function openForWriting(driver: typeof Database, path: string): Database.Database {
  const database = new driver(path, { timeout } as Database.Options)
  try {
    database.defaultSafeIntegers(true)
    for (const pragma of [
      'journal_mode = WAL',
      'synchronous = FULL',
      'fullfsync = ON',
      'checkpoint_fullfsync = ON',
      'foreign_keys = ON',
    ])
      database.exec(`PRAGMA ${pragma}`)
    const { synchronous } = database.prepare('PRAGMA synchronous').get() as { synchronous: bigint }
    if (synchronous !== 2n)
      throw new Ledger.UnavailableError({ reason: 'synchronous is not FULL.', where: path })
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Opens without writing a byte; where even the lock files cannot be made, a private copy. */
function openForReading(driver: typeof Database, path: string): Database.Database {
  try {
    return openReadable(driver, path)
  } catch {
    const folder = mkdtempSync(join(tmpdir(), 'zecchino-'))
    try {
      const copy = join(folder, 'ledger.sqlite')
      for (const suffix of ['', '-wal'].filter((suffix) => existsSync(path + suffix))) {
        copyFileSync(path + suffix, copy + suffix)
        chmodSync(copy + suffix, 0o600)
      }
      return openReadable(driver, copy)
    } finally {
      removeOpen(folder)
    }
  }
}

/** What is open stays readable; but Windows leaves it where it is, in the temporary folder of this user. */
function removeOpen(folder: string): void {
  try {
    rmSync(folder, { force: true, recursive: true })
  } catch (error) {
    if (process.platform !== 'win32') throw error
  }
}

function openReadable(driver: typeof Database, path: string): Database.Database {
  const database = new driver(`${pathToFileURL(path).href}?mode=ro`, {
    timeout,
  } as Database.Options)
  try {
    database.defaultSafeIntegers(true)
    database.prepare('SELECT count(*) FROM sqlite_schema').all([])
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Reads every page: what is damaged is to be known before money depends on it. */
function flawOf(database: Database.Database, path: string): Errors.BaseError | undefined {
  const [row] = database.prepare('PRAGMA quick_check(1)').all([]) as { quick_check: string }[]
  if (row?.quick_check === 'ok') return undefined
  return new Ledger.CorruptError({ reason: 'its file does not pass the check.', where: path })
}

/** Brings an older ledger up to date, and tells why a newer one is not to be written. */
async function settle(
  db: Kysely<Schema>,
  { path, readOnly }: { path: string; readOnly: Errors.BaseError | undefined },
): Promise<Errors.BaseError | undefined> {
  const { rows } = await sql`SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'`.execute(db)
  if (rows.length === 0)
    throw new Ledger.CorruptError({ reason: 'its file is not a ledger.', where: path })
  const found = await readVersion(db)
  if (found > version) return new Ledger.NewerError({ found, known: version })
  if (found < version && !readOnly)
    await db
      .transaction()
      .execute(async (db) => migrate(db, { dialect: 'sqlite', from: await readVersion(db) }))
  return undefined
}

/** julianday() loses milliseconds to floating point; strftime() does not. */
const clock = sql<bigint>`(CAST(strftime('%s', 'now') AS INTEGER) * 1000
  + CAST(substr(strftime('%f', 'now'), 4, 3) AS INTEGER))`
