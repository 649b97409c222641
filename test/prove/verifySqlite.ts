import { join } from 'node:path'

import Database from 'libsql'

import { sqliteLedger } from '../../src/ledgers/sqliteLedger.js'

/** What is wrong with the ledger of a home as a database, and with the chain of its audit log. */
export async function verifySqlite(home: string): Promise<string[]> {
  const path = join(home, 'ledger.sqlite')
  const database = new Database(path)
  const rows = database.prepare('SELECT account FROM wallet').all([]) as { account: string }[]
  database.close()
  const problems: string[] = []
  for (const { account } of rows) {
    const ledger = await sqliteLedger({ account, path })
    const verified = await ledger.verifyEvents()
    if (ledger.readOnly) problems.push(ledger.readOnly.shortMessage)
    if (!verified.ok) problems.push(`event ${verified.broken}: ${verified.reason}`)
    await ledger.close()
  }
  return problems
}
