import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import Database from 'libsql'

import type * as Ledger from '../../src/Ledger.js'
import { version } from '../../src/ledgers/migrations.js'
import { postgresLedger } from '../../src/ledgers/postgresLedger.js'
import { sqliteLedger } from '../../src/ledgers/sqliteLedger.js'
import type { startPostgres } from './postgres.js'
import { removeFolder } from './removeFolder.js'

/** Where a ledger of one test lives, with a back door. */
export type Store = AsyncDisposable & {
  /** What another process needs to get there. */
  address: { dialect: 'postgres' | 'sqlite'; path?: string; schema?: string; url?: string }
  open(options?: { account?: string; now?: () => Date }): Promise<Ledger.Ledger>
  /** Runs raw SQL, past all code of the ledger; integers come as text. */
  query(text: string): Promise<Record<string, string | null>[]>
  /** Switches a trigger off, as whoever owns the database can. */
  unguard(table: string, trigger: string): Promise<void>
}

/** The wallet of the tests. */
export const account = 'eip155:84532:0x00000000000000000000000000000000000000aa'

/** A store in an SQLite file of its own. */
export async function sqliteStore(): Promise<Store> {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const path = join(folder, 'ledger.sqlite')
  const opened: Ledger.Ledger[] = []
  async function query(text: string) {
    const database = new Database(path, { timeout: 20_000 } as Database.Options)
    database.defaultSafeIntegers(true)
    try {
      database.exec('PRAGMA foreign_keys = ON')
      if (!/^\s*select/i.test(text)) {
        database.exec(text)
        return []
      }
      return texts(database.prepare(text).all([]) as Record<string, unknown>[])
    } finally {
      database.close()
    }
  }
  return {
    address: { dialect: 'sqlite', path },
    async open(options = {}) {
      const ledger = await sqliteLedger({ account, path, ...options })
      opened.push(ledger)
      return ledger
    },
    query,
    unguard: async (_table, trigger) => void (await query(`DROP TRIGGER ${trigger}`)),
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((ledger) => ledger.close()))
      removeFolder(folder)
    },
  }
}

/**
 * Makes stores in schemas of their own on a PostgreSQL server. A schema is emptied and used again,
 * because making one takes longer than most tests do.
 */
export function postgresStores({ query: ask, url }: Server): () => Promise<Store> {
  const free: string[] = []
  return async () => {
    const schema = free.pop() ?? `test_${randomBytes(6).toString('hex')}`
    const opened: Ledger.Ledger[] = []
    const query = async (text: string) =>
      texts(await ask(`SET search_path TO "${schema}"; ${text}`))
    let altered = false
    return {
      address: { dialect: 'postgres', schema, url },
      async open(options = {}) {
        const ledger = await postgresLedger({ account, schema, url, ...options })
        opened.push(ledger)
        return ledger
      },
      query,
      async unguard(table, trigger) {
        altered = true
        await query(`ALTER TABLE ${table} DISABLE TRIGGER ${trigger}`)
      },
      async [Symbol.asyncDispose]() {
        await Promise.all(opened.map((ledger) => ledger.close()))
        if (altered) return
        await query(`SET session_replication_role = replica; TRUNCATE ${tables} CASCADE;
          UPDATE schema_version SET version = ${version};
          SET session_replication_role = origin`)
        free.push(schema)
      },
    }
  }
}

type Server = Pick<Awaited<ReturnType<typeof startPostgres>>, 'query' | 'url'>

const tables =
  'approval, attempt, budget, event, job, payment, policy, provider_link, provider_row, quote, wallet'

function texts(rows: readonly Record<string, unknown>[]): Record<string, string | null>[] {
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]),
    ),
  )
}
