import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'

import { Kysely } from 'kysely'
import type Database from 'libsql'

import { nameFile } from '../internal/nameFile.js'
import { syncFolder } from '../internal/syncFolder.js'
import { syncPath } from '../internal/syncPath.js'
import { writePrivate } from '../internal/writePrivate.js'
import { libsqlDialect } from './libsqlDialect.js'
import { migrate } from './migrations.js'
import type { Schema } from './schema.js'

/**
 * Makes the file of a new ledger, complete at once: it is built beside its place and named there.
 * So a ledger file that exists and is empty was never one of ours, or was truncated. When another
 * process is faster, its file stays.
 */
export async function createSqliteFile(driver: typeof Database, path: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.draft`
  const made = draft.replace(/draft$/, 'new')
  try {
    await build(driver, draft)
    writePrivate(made, inWalMode(readFileSync(draft)))
    syncPath(made)
    await nameFile(made, path)
    syncFolder(dirname(path))
  } finally {
    for (const file of [made, draft]) rmSync(file, { force: true })
  }
}

/**
 * Builds the ledger in memory and has the database write it down, which closes the file. Whatever else
 * the driver has opened stays open until its statements are collected, and Windows removes no open file.
 */
async function build(driver: typeof Database, draft: string): Promise<void> {
  const database = new driver(':memory:')
  const db = new Kysely<Schema>({ dialect: libsqlDialect(database) })
  try {
    await db.transaction().execute((db) => migrate(db, { dialect: 'sqlite', from: 0 }))
    closeSync(openSync(draft, 'wx', 0o600)) // the driver would make it 0644
    database.exec(`VACUUM INTO '${draft.replaceAll("'", "''")}'`)
  } finally {
    await db.destroy()
  }
}

/** Marks a database file as one with a write-ahead log: its bytes 18 and 19, by SQLite's file format. */
function inWalMode(file: Buffer): Buffer {
  file.fill(2, 18, 20)
  return file
}
