import { chmodSync, closeSync, copyFileSync, mkdtempSync, openSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import Database from 'libsql'

import { sqliteLedger } from '../../src/ledgers/sqliteLedger.js'
import { reserve } from './purchases.js'
import { account } from './stores.js'
import { removeFolder } from './removeFolder.js'

/** A folder with a ledger that holds one reserved job, closed and in one file, and its copy. */
export async function createLedgerFile() {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const path = join(folder, 'ledger.sqlite')
  const ledger = await sqliteLedger({ account, path })
  await reserve(ledger, 'q')
  await ledger.close()
  const database = new Database(path)
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
  const damaged = join(folder, 'damaged.sqlite')
  copyFileSync(path, damaged)
  chmodSync(damaged, 0o600)
  return {
    damaged,
    folder,
    path,
    [Symbol.dispose]: () => removeFolder(folder),
  }
}

/** Overwrites bytes in the middle of a file. */
export function scribble(path: string, from: number, length: number) {
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(length, 0xaa), 0, length, from)
  closeSync(file)
}
