import { afterAll } from 'vitest'

import { ledgerContract } from '../support/ledgerContract.js'
import { startPostgres } from '../support/postgres.js'
import { createProcesses } from '../support/processes.js'
import { postgresStore, sqliteStore } from '../support/stores.js'

const server = await startPostgres()
const processes = createProcesses()
afterAll(async () => {
  await processes[Symbol.asyncDispose]()
  await server.stop()
})

ledgerContract('sqliteLedger', {
  crush: { attempts: 2_560, clients: 1, processes: 64 },
  processes: () => processes,
  setup: sqliteStore,
})
ledgerContract('postgresLedger', {
  crush: { attempts: 2_560, clients: 16, processes: 4 },
  processes: () => processes,
  setup: () => postgresStore(server),
})
