import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Kysely, sql } from 'kysely'
import Database from 'libsql'
import { expect, test } from 'vitest'

import { libsqlDialect } from '../../src/ledgers/libsqlDialect.js'

function setup() {
  const database = new Database(':memory:')
  database.defaultSafeIntegers(true)
  return new Kysely<{ t: { a: bigint } }>({ dialect: libsqlDialect(database) })
}

test.each([true, false, undefined, Number.NaN, 1.5, 2 ** 53, new Date(0), Buffer.from('x')])(
  'error: %s is no parameter, and the process lives on',
  async (value) => {
    await using db = setup()

    await expect(sql`SELECT ${value}`.execute(db)).rejects.toThrow(TypeError)
  },
)

test.each([
  [1, 'integer', 1n],
  [2n ** 63n - 1n, 'integer', 2n ** 63n - 1n],
  ['text', 'text', 'text'],
  [null, 'null', null],
])('behavior: %s is bound as %s', async (value, type, found) => {
  await using db = setup()

  const { rows } = await sql`SELECT ${value} AS value, typeof(${value}) AS type`.execute(db)

  expect(rows).toEqual([{ type, value: found }])
})

test('behavior: what fails in a transaction is told, although the database rolled back itself', async () => {
  await using db = setup()
  await sql`CREATE TABLE t (a BIGINT UNIQUE ON CONFLICT ROLLBACK)`.execute(db)

  const twice = db.transaction().execute(async (db) => {
    await db.insertInto('t').values({ a: 1n }).execute()
    await db.insertInto('t').values({ a: 1n }).execute()
  })

  await expect(twice).rejects.toThrow('UNIQUE constraint failed')
  expect(await db.selectFrom('t').selectAll().execute()).toEqual([])
})

test('behavior: a caller that does nothing but read lets timers run', async () => {
  await using db = setup()
  const bell = { rang: false }
  setTimeout(() => {
    bell.rang = true
  }, 1)

  let reads = 0
  while (!bell.rang && reads < 100_000) {
    await sql`SELECT 1`.execute(db)
    reads += 1
  }

  expect(bell.rang).toBe(true)
})

test('behavior: who waited for another in vain can write as soon as that one has ended', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'zecchino-dialect-')), 'ledger.sqlite')
  const other = new Database(path)
  other.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a BIGINT); BEGIN IMMEDIATE')
  const database = new Database(path, { timeout: 1 } as Database.Options)
  await using db = new Kysely<{ t: { a: bigint } }>({ dialect: libsqlDialect(database) })
  const write = () =>
    db.transaction().execute((db) => db.insertInto('t').values({ a: 1n }).execute())
  await expect(write()).rejects.toThrow('database is locked')

  other.exec('ROLLBACK')

  // Not only once what failed is collected as garbage.
  await expect(write()).resolves.toBeDefined()
  other.close()
})
