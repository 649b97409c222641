import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'

import { fetch } from 'undici'

import { makeFolder } from '../internal/makeFolder.js'
import { ListenError, type Listening, listenSandbox } from '../sandbox/index.js'
import { makeKeystore } from './commands/init.js'
import { openWallet } from './openWallet.js'
import type { Config } from './readConfig.js'
import { keystoreFiles } from './readKeys.js'
import { readSandboxFile, writeSandboxFile } from './sandboxFile.js'

/** How long it stays when nobody holds it, in milliseconds: after its start, and after the last one left. */
const patience = { start: 30_000, end: 2_000 }

/** What a new wallet is given, in USDC of play money. */
const gift = '100'

/**
 * Serves the sandbox of a home for as long as somebody holds it: each server of that home has a connection to
 * it, which ends with the server, however that ends. Its world is in a database that one process at a time
 * can open, so there is never a second one; when it is killed, the next one goes on with it.
 */
export async function serveOwnSandbox({ home, key, profile }: Config): Promise<void> {
  makeFolder(home)
  const world = await openWorld(join(home, 'world.sqlite'))
  if (!world) return // somebody else serves it
  const files = keystoreFiles(home, profile)
  if (!existsSync(files.keystore)) {
    rmSync(files.password, { force: true }) // of one that was not finished
    await makeKeystore(files)
  }
  const { wallet } = await openWallet(key)
  const sandbox = await listenWhereItWas(home, world)
  await give(sandbox, wallet.address)

  const id = randomBytes(16).toString('hex')
  let held = 0
  let end!: () => void
  const ended = new Promise<void>((resolve) => (end = resolve))
  let timer = setTimeout(() => end(), patience.start)
  const door = createServer((holder) => {
    held += 1
    clearTimeout(timer)
    holder.on('error', () => {}) // it left without a word
    holder.once('close', () => {
      held -= 1
      if (held === 0) timer = setTimeout(() => end(), patience.end)
    })
    holder.resume().write(`${id}\n`)
  })
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
  const { port: hold } = door.address() as AddressInfo
  writeSandboxFile(home, { apiUrl: sandbox.apiUrl, hold, id, pid: process.pid })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => end())
  await ended
  door.close()
  await sandbox.close()
  world.close()
  process.exit() // whoever still holds it is told by the end of the connection
}

/** Where it was before, so that links and sign-ins of then still lead here; elsewhere if that is taken. */
async function listenWhereItWas(
  home: string,
  store: NonNullable<Awaited<ReturnType<typeof openWorld>>>,
): Promise<Listening> {
  const before = readSandboxFile(home)
  const port = before ? Number(new URL(before.apiUrl).port) : 0
  try {
    return await listenSandbox({ port, store })
  } catch (error) {
    if (!(error instanceof ListenError)) throw error
    return listenSandbox({ store })
  }
}

/** Play money for a wallet that has never had any. */
async function give({ controlUrl }: Listening, address: string): Promise<void> {
  const state = (await (await fetch(`${controlUrl}/state?requests=1`)).json()) as {
    chain: { transfers: { to: string }[] }
  }
  if (state.chain.transfers.some(({ to }) => to.toLowerCase() === address.toLowerCase())) return
  await fetch(`${controlUrl}/fund`, {
    body: JSON.stringify({ address, usdc: gift }),
    headers: { 'content-type': 'application/json' },
    method: 'POST',
  })
}

/** Opens the database of a world for this process alone; `undefined` while another one has it. */
async function openWorld(path: string) {
  const { default: Database } = await import('libsql')
  closeSync(openSync(path, 'a', 0o600))
  const database = new Database(path)
  try {
    database.exec('PRAGMA busy_timeout = 0')
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    database.exec('BEGIN EXCLUSIVE')
    database.exec('CREATE TABLE IF NOT EXISTS world (id INTEGER PRIMARY KEY, text TEXT NOT NULL)')
    database.exec('COMMIT') // and the lock stays, until it is closed or the process is gone
  } catch (error) {
    database.close()
    if (/locked|busy/i.test(String(Object(error).code) + String(Object(error).message)))
      return undefined
    throw error
  }
  const read = database.prepare('SELECT text FROM world WHERE id = 1')
  const write = database.prepare('INSERT OR REPLACE INTO world VALUES (1, ?)')
  return {
    close: () => void database.close(),
    load: () => (read.get() as { text: string } | undefined)?.text,
    save: (text: string) => void write.run(text),
  }
}
