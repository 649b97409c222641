// Has this process meet a database that fails, for as long as its parent says so. Loaded before the
// package that is proven. What SQLite itself can be brought to, it is brought to; the rest fails where
// the driver would, by the codes of SQLite (https://sqlite.org/rescode.html).
import Database from 'libsql'

const troubles = new Map()
const databases = new Set()
const { SqliteError } = Database
const { close, exec, prepare } = Database.prototype

/** Has the database fail in a way, until {@link mendSqlite}. */
export function failSqlite(name, how) {
  troubles.set(name, how)
  // As a quota or a full disk does: what fits into its pages is written, and no more.
  if (how === 'pages')
    for (const database of databases) exec.call(database, 'PRAGMA max_page_count = 1')
}

/** Takes one of its failings away. */
export function mendSqlite(name) {
  troubles.delete(name)
  if ([...troubles.values()].includes('pages')) return
  for (const database of databases) exec.call(database, 'PRAGMA max_page_count = 4294967294')
}

/** The same with all of them. */
export const mendAllSqlite = () => [...troubles.keys()].forEach(mendSqlite)

const [full, broken, unopened] = [
  ['database or disk is full', 'SQLITE_FULL', 13],
  ['disk I/O error', 'SQLITE_IOERR', 10],
  ['unable to open database file', 'SQLITE_CANTOPEN', 14],
]
const isCommit = (text) => /^commit/i.test(text)
const isWrite = (text) => /^(insert|update|delete|commit)/i.test(text)

/** How a statement fails. */
const failures = {
  broken: (text) => isWrite(text) && broken,
  // No one may be left in a transaction that the disk has ended.
  full: (text) => isCommit(text) && full,
  gone: (text) => !/^rollback/i.test(text) && broken,
  lost: (text) => isCommit(text) && broken,
  unopened: (text) => /^(begin|select)/i.test(text) && unopened,
}

Database.prototype.exec = function (text) {
  fail(this, text)
  if (/journal_mode/.test(text)) {
    databases.add(this)
    // A lock that others hold for minutes is as long to whoever waits for less: time is simulated.
    exec.call(this, 'PRAGMA busy_timeout = 20')
  }
  return exec.call(this, text)
}
Database.prototype.close = function () {
  databases.delete(this)
  return close.call(this)
}
Database.prototype.prepare = function (text) {
  fail(this, text)
  return prepare.call(this, text)
}

/** Fails a statement, if it is one that fails. */
function fail(database, text) {
  for (const [name, how] of troubles) {
    const failure = failures[how]?.(text)
    if (!failure) continue
    if (how === 'full') exec.call(database, 'rollback')
    if (how === 'lost') {
      // Once: its pages are written all the same, and nobody hears of it.
      exec.call(database, 'commit')
      troubles.delete(name)
    }
    throw new SqliteError(...failure)
  }
}
