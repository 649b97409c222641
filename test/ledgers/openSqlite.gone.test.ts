import { existsSync, rmSync } from 'node:fs'

import { expect, test, vi } from 'vitest'

import type * as Access from '../../src/internal/readAccess.js'
import { sqliteLedger } from '../../src/ledgers/sqliteLedger.js'
import { createLedgerFile } from '../support/ledgerFile.js'
import { account } from '../support/stores.js'

/** What another process takes away just before it is looked at, and whether it was there. */
let taken: { isThere?: boolean; suffix: string } | undefined

vi.mock('../../src/internal/readAccess.js', async (load) => {
  const actual = await load<typeof Access>()
  return {
    ...actual,
    async readAccess(...[path, options]: Parameters<typeof actual.readAccess>) {
      if (taken && path.endsWith(taken.suffix)) {
        taken.isThere = existsSync(path)
        rmSync(path, { force: true })
      }
      return actual.readAccess(path, options)
    },
  }
})

test.each(['-wal', '-shm'])(
  'behavior: whoever closes it last takes its %s away in that moment ⇒ it opens',
  async (suffix) => {
    using bench = await createLedgerFile()
    const other = await sqliteLedger({ account, path: bench.damaged })
    await other.verifyEvents()
    taken = { suffix }
    const ledger = await sqliteLedger({ account, path: bench.damaged })
    expect(ledger.readOnly).toBeUndefined()
    expect(taken.isThere).toBe(true)
    taken = undefined
    await ledger.close()
    await other.close()
  },
)

test('error: the ledger itself is gone in that moment', async () => {
  using bench = await createLedgerFile()
  taken = { suffix: '.sqlite' }
  const opening = sqliteLedger({ account, path: bench.damaged })
  await expect(opening).rejects.toThrow('its file is gone')
  taken = undefined
})
