import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

import { Kysely } from 'kysely'
import type Database from 'libsql'

import { nameFile } from '../internal/nameFile.js'
import { syncFolder } from '../internal/syncFolder.js'
import { syncPath } from '../internal/syncPath.js'
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
    // A copy, because the driver keeps a closed file open until its statements are collected: the
    // same inode at another path would go on with the lock files of the draft.
    writeFileSync(made, readFileSync(draft), { flag: 'wx', mode: 0o600 })
    syncPath(made)
    await nameFile(made, path)
    syncFolder(dirname(path))
  } finally {
    for (const file of [made, draft, `${draft}-wal`, `${draft}-shm`]) rmSync(file, { force: true })
  }
}

async function build(driver: typeof Database, draft: string): Promise<void> {
  // The driver would make it 0644.
  closeSync(openSync(draft, 'wx', 0o600))
  const database = new driver(draft)
  const db = new Kysely<Schema>({ dialect: libsqlDialect(database) })
  try {
    await db.transaction().execute((db) => migrate(db, { dialect: 'sqlite', from: 0 }))
    // Set here, because nobody else has it open yet: the mode stays with the file, and all that was
    // written before is in the file itself. A checkpoint would find nothing, or a statement that the
    // driver has not ended yet.
    database.exec('PRAGMA journal_mode = WAL')
    const { size } = statSync(`${draft}-wal`, { throwIfNoEntry: false }) ?? { size: 0 }
    if (size > 0) throw new Error('a new ledger is not whole without its log')
  } finally {
    await db.destroy()
  }
}
