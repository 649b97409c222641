import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import type { types as Types } from 'pg'

import * as Errors from '../Errors.js'
import * as Ledger from '../Ledger.js'
import { createSqlLedger } from './createSqlLedger.js'
import type { Engine } from './engine.js'
import { migrate, readId, readVersion, version } from './migrations.js'
import { postgresDuplicateOf, postgresErrorOf } from './postgresErrorOf.js'
import { plainValues } from './plainValues.js'
import type { Schema } from './schema.js'

/**
 * Opens a ledger in a PostgreSQL database, for a fleet that spends from one wallet.
 *
 * Write transactions take the wallet's advisory lock first and run under READ COMMITTED, so each
 * sees what the one before it left; commits wait for the disk. A server that only reads, or a
 * schema of a newer version, opens for reading: {@link Ledger.Ledger.readOnly} has the reason.
 *
 * @throws {@link Ledger.UnavailableError} when the database cannot be reached or used. Neither its
 * message nor its facts repeat the credentials of the URL.
 */
export async function postgresLedger(options: postgresLedger.Options): Promise<Ledger.Ledger> {
  const { schema = 'public', url, ...rest } = options
  const where = whereOf(url)
  const { Pool, types } = await importDriver(where)
  const pool = new Pool({
    allowExitOnIdle: true,
    application_name: 'zecchino',
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    max: 4,
    query_timeout: 60_000,
    types: { getTypeParser: parserOf(types) },
  })
  // A connection that breaks is replaced, and whoever uses it is told by the query. Without these
  // listeners, for an idle one and for one in use, it would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const dialect = new PostgresDialect({ pool })
  const db = new Kysely<Schema>({ dialect, plugins: [plainValues] }).withSchema(schema)
  try {
    const readOnly = await settle(db, { schema, where })
    const id = await readId(db)
    return createSqlLedger(createEngine(db, { id, readOnly, schema, where }), rest)
  } catch (cause) {
    await db.destroy()
    throw cause instanceof Errors.BaseError ? cause : (postgresErrorOf(cause, where) ?? cause)
  }
}

export declare namespace postgresLedger {
  type Options = Ledger.Options & {
    /** Schema that holds the tables; made if it is missing. @default 'public' */
    schema?: string | undefined
    /** `postgres://user:password@host:5432/database` */
    url: string
  }
}

/** Whoever needs the driver installs it beside this package: most ledgers are files. */
async function importDriver(where: string): Promise<typeof import('pg')> {
  try {
    return await import('pg')
  } catch (cause) {
    const { code } = Object(cause) as { code?: unknown }
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw cause
    const reason = 'the driver of PostgreSQL is not installed here. Run: npm install pg@8'
    throw new Ledger.UnavailableError({ cause, reason, where })
  }
}

function createEngine(
  db: Kysely<Schema>,
  options: {
    id: string | undefined
    readOnly: Errors.BaseError | undefined
    schema: string
    where: string
  },
): Engine {
  const { id, readOnly, schema, where } = options
  return {
    clock,
    close: () => db.destroy(),
    db,
    duplicateOf: postgresDuplicateOf,
    errorOf: (error) => postgresErrorOf(error, where),
    id,
    readOnly,
    snapshot: (run) =>
      db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(run),
    write: (account, run) =>
      db
        .transaction()
        .setIsolationLevel('read committed')
        .execute(async (db) => {
          await lock(db, `${schema} ${account}`)
          return run(db)
        }),
  }
}

/**
 * Takes a lock that lasts as long as the transaction. What a stopped process holds is freed after
 * half a minute, and a server set not to wait for the disk waits all the same.
 */
async function lock(db: Transaction<Schema>, name: string): Promise<void> {
  await sql`SELECT set_config('lock_timeout', '20s', true),
    set_config('idle_in_transaction_session_timeout', '30s', true),
    set_config('synchronous_commit', CASE current_setting('synchronous_commit')
      WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)`.execute(db)
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`zecchino ${name}`}, 0))`.execute(db)
}

/** Not now(): that is the time at which the transaction began to wait for the lock. */
const clock = sql<bigint>`floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint`

/** Makes or updates the tables, and tells why they are not to be written, if that is so. */
async function settle(
  db: Kysely<Schema>,
  { schema, where }: { schema: string; where: string },
): Promise<Errors.BaseError | undefined> {
  const { rows } = await sql<{ fsync: string; read_only: string }>`
    SELECT current_setting('fsync') AS fsync,
      current_setting('transaction_read_only') AS read_only`.execute(db)
  const readOnly = rows[0]?.read_only === 'on' ? 'it is read-only.' : undefined
  const unsafe = rows[0]?.fsync === 'off' ? 'the server runs with fsync off.' : undefined
  let found = await foundVersion(db, schema)
  if (found < version && !readOnly && !unsafe) found = await update(db, schema)
  if (found > version) return new Ledger.NewerError({ found, known: version })
  const reason = readOnly ?? unsafe
  if (!reason) return undefined
  const refusal = new Ledger.UnavailableError({ reason, where })
  if (found === 0) throw refusal
  return refusal
}

async function foundVersion(db: Kysely<Schema>, schema: string): Promise<number> {
  const { rows } = await sql<{ found: boolean }>`
    SELECT to_regclass(${`${quoted(schema)}.schema_version`}) IS NOT NULL AS found`.execute(db)
  return rows[0]?.found ? readVersion(db) : 0
}

function update(db: Kysely<Schema>, schema: string): Promise<number> {
  return db
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (db) => {
      await lock(db, `${schema} migration`)
      if (schema !== 'public') await db.schema.createSchema(schema).ifNotExists().execute()
      await sql`SELECT set_config('search_path', ${quoted(schema)}, true)`.execute(db)
      const from = await foundVersion(db, schema)
      if (from < version) await migrate(db, { dialect: 'postgres', from })
      return readVersion(db)
    })
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** 64-bit integers as `bigint`, on this pool alone: pg's own parsers belong to the whole process. */
function parserOf(types: typeof Types): typeof Types.getTypeParser {
  return ((oid: number, format?: 'text') =>
    oid === types.builtins.INT8 && format !== ('binary' as string)
      ? (text: string) => BigInt(text)
      : types.getTypeParser(oid, format)) as typeof Types.getTypeParser
}

/** The URL without what must not be repeated. */
function whereOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 'postgres:' && parsed?.protocol !== 'postgresql:')
    throw new Ledger.UnavailableError({
      reason: 'its URL does not begin with postgres://.',
      where: 'PostgreSQL',
    })
  return `postgres://${parsed.host || 'localhost'}${parsed.pathname}`
}
