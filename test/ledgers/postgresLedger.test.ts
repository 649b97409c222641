import { createServer, connect, type Socket } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'

import { Client } from 'pg'
import { afterAll, expect, test } from 'vitest'

import * as Ledger from '../../src/Ledger.js'
import { postgresLedger } from '../../src/ledgers/postgresLedger.js'
import { startPostgres } from '../support/postgres.js'
import { caps, jobOf, price, quoteOf, reserve } from '../support/purchases.js'
import { account } from '../support/stores.js'

const server = await startPostgres()
afterAll(server.stop)

/** The server's URL with something else in it. */
function urlWith(change: (url: URL) => void): string {
  const url = new URL(server.url)
  change(url)
  return url.href
}

/** A way to the server that can be cut. */
async function createCable() {
  const sockets = new Set<Socket>()
  const { hostname, port } = new URL(server.url)
  const cable = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(cable, 'listening')
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    cut,
    url: urlWith((url) => (url.port = `${(cable.address() as AddressInfo).port}`)),
    async [Symbol.asyncDispose]() {
      cable.close()
      cut()
      await once(cable, 'close')
    },
  }
}

test('default: makes its tables in the public schema, and finds them again', async () => {
  const ledger = await postgresLedger({ account, url: server.url })
  await reserve(ledger, 'q')
  await ledger.close()

  const again = await postgresLedger({ account, url: server.url })

  expect(again.readOnly).toBeUndefined()
  expect(await again.usage()).toMatchObject({ total: price })
  const tables = await server.query(`SELECT table_name FROM information_schema.tables
    WHERE table_schema = 'public' ORDER BY 1`)
  expect(tables).toHaveLength(12)
  await again.close()
})

test('options: schema, whatever its name', async () => {
  const schema = `it's "quoted"; Ümlaut`
  const ledger = await postgresLedger({ account, schema, url: server.url })
  await reserve(ledger, 'q')
  expect(await ledger.verifyEvents()).toMatchObject({ events: 1, ok: true })
  await ledger.close()
  const again = await postgresLedger({ account, schema, url: server.url })
  expect(await again.jobs()).toHaveLength(1)
  await again.close()
})

test.each([
  ['a wrong password', urlWith((url) => (url.password = 'secret')), 'the credentials are refused.'],
  ['an unknown user', urlWith((url) => (url.username = 'secret')), 'the credentials are refused.'],
  ['an unknown database', urlWith((url) => (url.pathname = '/none')), 'there is no such database.'],
  ['a closed port', urlWith((url) => (url.port = '1')), 'nothing answers at its address.'],
  [
    'TLS that the server does not have',
    urlWith((url) => (url.search = '?sslmode=verify-full')),
    'the server does not let us in.',
  ],
  ['another scheme', 'mysql://user:secret@127.0.0.1/x', 'its URL does not begin with postgres://.'],
  ['no URL', 'user:secret@127.0.0.1', 'its URL does not begin with postgres://.'],
])('error: %s', async (_what, url, reason) => {
  const error = await postgresLedger({ account, url }).catch((error: unknown) => error)

  expect(error).toBeInstanceOf(Ledger.UnavailableError)
  expect(error).toMatchObject({ shortMessage: `The ledger cannot be used: ${reason}` })
  const { password } = new URL(server.url)
  const told = `${String(error)} ${JSON.stringify(error)}`
  expect(told).not.toMatch(/secret|ledger:/)
  expect(told + inspect(error, { depth: 9 })).not.toContain(password)
})

test('behavior: a connection that broke is told, and the next call has a new one', async () => {
  await using cable = await createCable()
  const ledger = await postgresLedger({ account, schema: 'cable', url: cable.url })
  await reserve(ledger, 'q')

  cable.cut()
  await new Promise((done) => setTimeout(done, 50))
  expect(await ledger.usage()).toMatchObject({ total: price })

  // Cut while a write holds the wallet: all of it is rolled back.
  const client = new Client(server.url)
  await client.connect()
  await client.query('BEGIN; LOCK TABLE cable.wallet')
  const write = ledger.freeze('cut')
  await new Promise((done) => setTimeout(done, 100))
  cable.cut()
  await expect(write).rejects.toThrow('the connection was lost.')
  await client.query('ROLLBACK')
  await client.end()
  expect((await ledger.state()).frozen).toBeUndefined()
  await ledger.freeze('again')
  await ledger.close()
})

test('error: a server that went away', async () => {
  const cable = await createCable()
  const ledger = await postgresLedger({ account, schema: 'gone', url: cable.url })
  await cable[Symbol.asyncDispose]()
  await new Promise((done) => setTimeout(done, 50))

  const error = await ledger.state().catch((error: unknown) => error)

  expect(error).toBeInstanceOf(Ledger.UnavailableError)
  expect(String(error)).toContain('nothing answers at its address.')
  await expect(ledger.freeze('x')).rejects.toThrow(Ledger.UnavailableError)
  await ledger.close()
})

test('error: tables that went away, and a user without rights', async () => {
  const ledger = await postgresLedger({ account, schema: 'dropped', url: server.url })
  await server.query('DROP SCHEMA dropped CASCADE')
  await expect(ledger.freeze('x')).rejects.toThrow('its tables are missing.')
  await expect(ledger.jobs()).rejects.toThrow('its tables are missing.')
  await ledger.close()

  await server.query(`CREATE ROLE guest LOGIN PASSWORD 'guest'`)
  const url = urlWith((url) => Object.assign(url, { password: 'guest', username: 'guest' }))
  const opening = postgresLedger({ account, schema: 'mine', url })
  await expect(opening).rejects.toThrow('no permission.')
})

test('behavior: a server that only reads answers reads, and refuses to spend with the reason', async () => {
  const ledger = await postgresLedger({ account, schema: 'standby', url: server.url })
  await reserve(ledger, 'q')
  await ledger.close()
  const url = urlWith((url) => (url.search = '?options=-c%20default_transaction_read_only%3Don'))

  const standby = await postgresLedger({ account, schema: 'standby', url })

  expect(standby.readOnly?.shortMessage).toBe('The ledger cannot be used: it is read-only.')
  expect(await standby.usage()).toMatchObject({ total: price })
  expect(await standby.verifyEvents()).toMatchObject({ events: 1, ok: true })
  const spend = standby.reserveJob({ caps, job: jobOf('q') })
  await expect(spend).rejects.toThrow('it is read-only.')
  await standby.close()
  const opening = postgresLedger({ account, schema: 'nothing', url })
  await expect(opening).rejects.toThrow('it is read-only.')
})

test('behavior: a commit waits for the disk, also where the server is set not to', async () => {
  const schema = 'durable'
  const url = urlWith((url) => (url.search = '?options=-c%20synchronous_commit%3Doff'))
  const ledger = await postgresLedger({ account, schema, url })
  await server.query(`
    CREATE TABLE durable.seen (setting TEXT);
    CREATE FUNCTION durable.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO durable.seen VALUES (current_setting('synchronous_commit')
        || ' ' || current_setting('transaction_isolation')); RETURN NEW; END $$;
    CREATE TRIGGER note AFTER INSERT ON durable.quote FOR EACH ROW EXECUTE FUNCTION durable.note()`)

  await ledger.saveQuote(quoteOf('q'))

  expect(await server.query('SELECT * FROM durable.seen')).toEqual([
    { setting: 'on read committed' },
  ])
  await ledger.close()
})

test('behavior: integers are bigint here, and what they were everywhere else', async () => {
  const ledger = await postgresLedger({ account, schema: 'types', url: server.url })
  await reserve(ledger, 'q')
  expect((await ledger.findJob('job_q'))?.price).toBe(price)
  await ledger.close()

  expect(await server.query('SELECT 1::bigint AS one')).toEqual([{ one: '1' }])
})

test('behavior: a session that was ended by the server ends no process', async () => {
  const ledger = await postgresLedger({ account, schema: 'ended', url: server.url })
  await ledger.state()
  await server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'zecchino'`)
  await new Promise((done) => setTimeout(done, 50))

  expect((await ledger.state()).payments).toBe(0)
  await ledger.close()
})
