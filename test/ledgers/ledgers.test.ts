import { afterAll } from 'vitest'

import { ledgerContract } from '../support/ledgerContract.js'
import { startPostgres } from '../support/postgres.js'
import { createProcesses } from '../support/processes.js'
import { postgresStores, sqliteStore } from '../support/stores.js'

const server = await startPostgres()
const processes = createProcesses()
/** A release tries more often, from more processes: `ZECCHINO_TEST_ATTEMPTS=100000`. */
const { ZECCHINO_TEST_ATTEMPTS: release } = process.env
const attempts = Number(release ?? 320)
afterAll(async () => {
  await processes[Symbol.asyncDispose]()
  await server.stop()
})

ledgerContract('sqliteLedger', {
  crush: { attempts, clients: 1, processes: release ? 64 : 12 },
  processes: () => processes,
  setup: sqliteStore,
})
ledgerContract('postgresLedger', {
  crush: { attempts, clients: 16, processes: 4 },
  processes: () => processes,
  setup: postgresStores(server),
})
