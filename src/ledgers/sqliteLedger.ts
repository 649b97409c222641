import { dirname, resolve } from 'node:path'

import * as Errors from '../Errors.js'
import { makeFolder } from '../internal/makeFolder.js'
import * as Ledger from '../Ledger.js'
import { createSqlLedger } from './createSqlLedger.js'
import { networkFileSystem } from './networkFileSystem.js'
import { openSqlite } from './openSqlite.js'
import { sqliteErrorOf } from './sqliteErrorOf.js'

/**
 * Opens a ledger in an SQLite file; several processes of one machine may share it.
 *
 * WAL, `synchronous=FULL` (asserted), write transactions that begin immediate, files that only
 * their owner can read. A file that is damaged, read-only, readable by others or of a newer version
 * is opened for reading: {@link Ledger.Ledger.readOnly} has the reason, and every write throws it.
 *
 * @throws {@link Ledger.UnavailableError} when it cannot be read or lies on a network file system.
 * @throws {@link Ledger.CorruptError} when nothing in the file can be read.
 */
export async function sqliteLedger(options: sqliteLedger.Options): Promise<Ledger.Ledger> {
  const { path, ...rest } = options
  const where = resolve(path)
  try {
    makeFolder(dirname(where))
    const network = await networkFileSystem(dirname(where))
    if (network)
      throw new Ledger.UnavailableError({
        reason: `it lies on a network file system (${network}), whose locks cannot be relied on.`,
        where,
      })
    return createSqlLedger(await openSqlite(where), rest)
  } catch (cause) {
    throw cause instanceof Errors.BaseError ? cause : (sqliteErrorOf(cause, where) ?? cause)
  }
}

export declare namespace sqliteLedger {
  type Options = Ledger.Options & {
    /** Path of the database file; its folder is made if it is missing. */
    path: string
  }
}
