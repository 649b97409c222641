import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

import type Database from 'libsql'

import type { Host } from './createHosts.js'
import type { Relay } from './createRelay.js'
import type { Trouble } from './trouble.js'

/** A time in which something was wrong with a disk or a ledger. Milliseconds since the run began. */
export type Span = { from: number; to: number }

/** What is wrong in a run with disks and ledgers. */
export type Troubles = ReturnType<typeof createTroubles>

/** Creates what disks and ledgers of a run suffer from, by name. */
export function createTroubles(options: createTroubles.Options) {
  const { home, hosts, jobs, now, onOverwritten, planned, relay } = options
  const active = new Map<string, { from: number; undo: (() => Promise<void> | void)[] }>()
  /** Those that are over: who gets to where they would begin has come too late. */
  const over = new Set<string>()
  const spans: Span[] = []

  async function start(name: string): Promise<void> {
    if (active.has(name) || over.has(name)) return
    const undo: (() => Promise<void> | void)[] = []
    active.set(name, { from: now(), undo })
    for (const trouble of planned[name] ?? []) {
      const end = await begin(trouble)
      if (end) undo.push(end)
    }
    for (const [index, host] of hosts) host.setTroubles(of(index))
  }

  async function begin(trouble: Trouble) {
    if (trouble.kind === 'taken')
      return takeNames(join(home, 'videos'), { jobs: jobs(), onOverwritten })
    if (trouble.kind === 'moved') return moveFolder(join(home, 'videos'), trouble.as)
    if (trouble.kind === 'disk') return undefined // each process has it for itself
    if (relay) return relay.fail(trouble.postgres)
    const path = join(home, 'ledger.sqlite')
    if (!existsSync(path)) return undefined
    switch (trouble.sqlite) {
      case 'locked':
        return lockLedger(path)
      case 'moved':
        return moveLedger(path)
      case 'newer':
        return renewLedger(path)
      default:
        return undefined // each process meets it by itself
    }
  }

  async function end(name: string): Promise<void> {
    over.add(name)
    const trouble = active.get(name)
    if (!trouble) return
    active.delete(name)
    for (const undo of trouble.undo) await undo()
    for (const [index, host] of hosts) host.setTroubles(of(index))
    spans.push({ from: trouble.from, to: now() })
  }

  /** What a process meets, by name. */
  function of(index: number): Record<string, Trouble> {
    const mine = [...active.keys()].flatMap((name) =>
      (planned[name] ?? []).map((trouble, part) => [`${name}.${part}`, trouble] as const),
    )
    return Object.fromEntries(
      mine.filter(
        ([, trouble]) =>
          trouble.kind !== 'disk' || trouble.host === undefined || trouble.host === index,
      ),
    )
  }

  return {
    /** Whether the ledger is away at the moment. */
    isLedgerAway: (): boolean =>
      [...active.keys()].some((name) => planned[name]?.some(({ kind }) => kind === 'ledger')),
    /** Since when something is wrong. `undefined`: it is not. */
    since: (name: string): number | undefined => active.get(name)?.from,
    end,
    async endAll(): Promise<void> {
      for (const name of Object.keys(planned)) await end(name)
    },
    of,
    /** When something was wrong. */
    spans,
    start,
  }
}

export declare namespace createTroubles {
  type Options = {
    home: string
    hosts: ReadonlyMap<number, Host>
    /** Jobs that anything is known of. */
    jobs: () => readonly string[]
    now: () => number
    /** Somebody's file is not as it was. */
    onOverwritten: (name: string) => void
    planned: Readonly<Record<string, readonly Trouble[]>>
    /** What stands before a PostgreSQL server. */
    relay: Relay | undefined
  }
}

/** Takes a folder away. Returns how it is put back, with what was made there meanwhile. */
function moveFolder(folder: string, as: 'file' | 'nothing') {
  const away = `${folder}.away`
  const isThere = existsSync(folder)
  if (isThere) renameSync(folder, away)
  if (as === 'file') take(folder, '')
  return () => {
    if (existsSync(folder) && lstatSync(folder).isFile()) rmSync(folder)
    if (!isThere) return
    mkdirSync(folder, { mode: 0o700, recursive: true })
    cpSync(away, folder, {
      // What was half done there when it was taken away is of no use to anybody.
      filter: (path) => !path.endsWith('.part'),
      force: false,
      preserveTimestamps: true,
      recursive: true,
    })
    rmSync(away, { recursive: true })
  }
}

/** Puts somebody's files where those of jobs should be. Returns how they are taken away. */
function takeNames(folder: string, { jobs, onOverwritten }: takeNames.Options) {
  if (!existsSync(folder)) return undefined
  const taken = jobs.map((id) => `${id}.mp4`).filter((name) => take(join(folder, name), name))
  return () => {
    for (const name of taken) {
      const path = join(folder, name)
      if (existsSync(path) && readFileSync(path, 'utf8') === name) rmSync(path)
      else onOverwritten(name)
    }
  }
}

/** Makes a file, unless somebody was faster, and be it by a moment. */
function take(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

declare namespace takeNames {
  type Options = Pick<createTroubles.Options, 'onOverwritten'> & { jobs: readonly string[] }
}

const files = ['', '-wal', '-shm']

/** Moves the ledger's file away, as somebody does who makes room. Returns how it comes back. */
function moveLedger(path: string) {
  const moved = files.filter((suffix) => existsSync(path + suffix))
  for (const suffix of moved) renameSync(path + suffix, `${path}.away${suffix}`)
  return () => {
    for (const suffix of moved) renameSync(`${path}.away${suffix}`, path + suffix)
  }
}

async function open(path: string): Promise<Database.Database> {
  const { default: driver } = await import('libsql')
  return new driver(path, { timeout: 5_000 } as Database.Options)
}

/** Holds the ledger's lock, as a process that stands still in the middle of a write. */
async function lockLedger(path: string) {
  const database = await open(path)
  database.exec('BEGIN IMMEDIATE')
  return () => {
    database.exec('ROLLBACK')
    database.close()
  }
}

/** Has a newer program bring the ledger up to date, and its owner go back to the older one. */
async function renewLedger(path: string) {
  const change = async (by: string) => {
    const database = await open(path)
    database.exec(`UPDATE schema_version SET version = version ${by}`)
    database.close()
  }
  await change('+ 1')
  return () => change('- 1')
}
