import { readFileSync } from 'node:fs'

import { afterAll, expect, test, vi } from 'vitest'

import { startPostgres } from '../support/postgres.js'
import { createProcesses, valuesOf } from '../support/processes.js'
import { caps, jobOf, quoteOf, reserve } from '../support/purchases.js'
import { account, postgresStores, sqliteStore, type Store } from '../support/stores.js'

vi.setConfig({ testTimeout: 90_000 })

const server = await startPostgres()
afterAll(server.stop)
const postgresStore = postgresStores(server)

/** Has a process reserve a job until a signal stops it in the middle of that write; `go` lets it go on. */
async function stopInWrite(store: Store, quoteId: string) {
  const processes = createProcesses()
  const open = () => ({ account, stops: true, ...store.address })
  const [pid = 0] = valuesOf<number>(await processes.all(1, 'open', open))
  const call = (deed: 'call' | 'stop', id: string) =>
    processes.all(1, deed, () => ({
      args: [{ caps, job: jobOf(id) }],
      method: 'reserveJob',
    }))
  const answer = call('stop', quoteId)
  while (!/^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')))
    await new Promise((resolve) => setTimeout(resolve, 10))
  return {
    async go() {
      process.kill(pid, 'SIGCONT')
      return answer
    },
    reserve: async (id: string) => valuesOf(await call('call', id)),
    async [Symbol.asyncDispose]() {
      process.kill(pid, 'SIGCONT')
      await answer
      await processes.all(1, 'close')
      await processes[Symbol.asyncDispose]()
    },
  }
}

const linux = test.skipIf(process.platform !== 'linux')

linux(
  'behavior: stopped with the lock of a file ⇒ others read, and write once it goes on',
  async () => {
    await using store = await sqliteStore()
    const ledger = await store.open()
    await ledger.saveQuote(quoteOf('stopped'))
    await using stopped = await stopInWrite(store, 'stopped')

    expect(await ledger.jobs()).toEqual([])
    await expect(reserve(ledger, 'other')).rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
      message: expect.stringContaining('another process holds it for too long.'),
    })

    valuesOf(await stopped.go())
    await reserve(ledger, 'other')
    expect((await ledger.jobs()).map(({ id }) => id).toSorted()).toEqual([
      'job_other',
      'job_stopped',
    ])
    expect(await ledger.verifyEvents()).toMatchObject({ ok: true })
  },
)

linux(
  'behavior: stopped with the lock of a server ⇒ it is freed, and nothing is half done',
  async () => {
    await using store = await postgresStore()
    const ledger = await store.open()
    for (const id of ['stopped', 'later']) await ledger.saveQuote(quoteOf(id))
    await using stopped = await stopInWrite(store, 'stopped')

    expect(await ledger.jobs()).toEqual([])
    await expect(reserve(ledger, 'other')).rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
      message: expect.stringContaining('another process holds it for too long.'),
    })
    // The server waits for it for half a minute, and no longer.
    await reserve(ledger, 'other')

    expect(await stopped.go()).toMatchObject([{ error: { code: 'LEDGER_UNAVAILABLE' } }])
    expect((await ledger.jobs()).map(({ id }) => id)).toEqual(['job_other'])
    await stopped.reserve('later')
    expect((await ledger.jobs()).map(({ id }) => id).toSorted()).toEqual(['job_later', 'job_other'])
    expect(await ledger.verifyEvents()).toMatchObject({ ok: true })
  },
)
