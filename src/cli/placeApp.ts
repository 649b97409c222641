import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs'
import { constants, copyFile, mkdir, open, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import * as Errors from '../Errors.js'
import { troubleOf } from '../flows/fileErrorOf.js'
import { layOutPackages, type Manifest } from '../internal/layOutPackages.js'
import { makeFolder } from '../internal/makeFolder.js'
import { syncFile } from '../internal/syncFile.js'
import { syncFolder } from '../internal/syncFolder.js'
import { version } from '../version.js'

/** A version of this package that stands by itself in a home. */
export type App = {
  /** What Node is told to run. */
  entry: string
  folder: string
  /** It was there already, and is whole. */
  isReused: boolean
  version: string
}

/** The package that this file is a part of. */
const ownPackage = () => resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** The entry, below the folder of a version. */
export const entryPath = ['node_modules', 'zecchino', 'dist', 'cli', 'bin.js'] as const

/**
 * Puts the running version of this package under `app/<version>` of a home, with all that it takes to run:
 * what it was started from (a cache of npx, a project, a checkout) may be gone tomorrow.
 *
 * It is built in a folder of its own, started once, and then named, so that it is whole or not there,
 * whoever else does the same at once. One that is there is compared byte by byte, and reused; one that differs,
 * as in a checkout or after damage, stays as it is, because a server may run from it: what is new gets a
 * name of its own beside it.
 *
 * @throws {@link AppError}
 */
export async function placeApp(home: string, options: placeApp.Options = {}): Promise<App> {
  const { env = {}, from = ownPackage(), node = process.execPath } = options
  const apps = join(home, 'app')
  let part: string | undefined
  try {
    const files = filesOf(realpathSync(from), (name) => missingErrorOf(name, home))
    const digest = digestOf(files)
    const appOf = (name: string, isReused: boolean): App => {
      const folder = join(apps, name)
      return { entry: join(folder, ...entryPath), folder, isReused, version }
    }
    for (const name of namesOf(digest)) {
      const folder = join(apps, name)
      if (existsSync(folder)) {
        if (isWhole(folder, digest)) return appOf(name, true)
        continue
      }
      if (part === undefined) {
        part = join(apps, `.${randomBytes(6).toString('hex')}.part`)
        makeFolder(apps)
        await copyAll(files, part)
        await tryApp(part, { env, home, node })
      }
      // Nobody's folder is replaced: a name that somebody took meanwhile is looked at as one that was there.
      const isNamed = await rename(part, folder).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (existsSync(folder)) return false
          throw error
        },
      )
      if (isNamed) {
        syncFolder(apps)
        return appOf(name, false)
      }
      if (isWhole(folder, digest)) return appOf(name, true)
    }
    throw new AppError({ home, why: 'every name for it is taken' })
  } catch (cause) {
    if (cause instanceof Errors.BaseError) throw cause
    throw new AppError({ cause, home, why: troubleOf(cause).why })
  } finally {
    if (part !== undefined) await rm(part, { force: true, recursive: true }).catch(() => {}) // litter only
  }
}

export declare namespace placeApp {
  type Options = {
    /** What a system's own programs need of it is handed on where the copy is tried. */
    env?: Readonly<Record<string, string | undefined>> | undefined
    /** Folder of the package. @default the running one */
    from?: string | undefined
    /** The Node that it is tried with. @default the running one */
    node?: string | undefined
  }
}

/** The version's own name, and others for the same version with other content. */
function namesOf(digest: string): string[] {
  const other = `${version}+${digest.slice(0, 8)}`
  return [version, other, ...Array.from({ length: 20 }, (_, index) => `${other}.${index + 2}`)]
}

/** A file to be copied, and its path below the new folder, in slashes. */
type File = { from: string; to: string }

/** What nothing that runs ever reads. */
const idle = /\.([cm]?ts|map)$/

/** All files that it takes to run, in the order of their new paths. */
function filesOf(root: string, missing: (name: string) => Error): File[] {
  const packages = layOutPackages(root, { find: findPackage, missing, read: readManifest })
  const files = packages.flatMap(({ from, to }) => {
    const parts = from === root ? ['LICENSE', 'dist', 'package.json'] : ['.']
    return parts.flatMap((part) => filesIn(join(from, part), part === '.' ? to : `${to}/${part}`))
  })
  return files.toSorted((a, b) => (a.to < b.to ? -1 : 1))
}

/** The files at a path, and below it where it is a folder; the packages in it are packages of their own. */
function filesIn(from: string, to: string): File[] {
  const stats = statSync(from, { throwIfNoEntry: false })
  if (stats?.isFile()) return idle.test(from) ? [] : [{ from, to }]
  if (!stats?.isDirectory()) return []
  return readdirSync(from, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules' && !entry.isSymbolicLink())
    .flatMap(({ name }) => filesIn(join(from, name), `${to}/${name}`))
}

/** The folder of the package that Node would load there. */
function findPackage(name: string, from: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name)
    if (existsSync(join(folder, 'package.json'))) return realpathSync(folder)
    if (at === dirname(at)) return undefined
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** One hash for the paths and the bytes of all files. */
function digestOf(files: readonly File[]): string {
  const hash = createHash('sha256')
  for (const { from, to } of files) {
    const content = createHash('sha256').update(readFileSync(from))
    hash.update(`${to}\n${content.digest('hex')}\n`)
  }
  return hash.digest('hex')
}

/** Whether a folder holds just these files. */
function isWhole(folder: string, digest: string): boolean {
  const found: File[] = []
  const walk = (below: string) => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const to = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.isDirectory()) walk(to)
      else found.push({ from: join(folder, to), to })
    }
  }
  try {
    walk('')
    return digestOf(found.toSorted((a, b) => (a.to < b.to ? -1 : 1))) === digest
  } catch {
    return false // what cannot be read cannot be run
  }
}

/** Copies the files, and waits until they are on the disk. */
async function copyAll(files: readonly File[], folder: string): Promise<void> {
  const folders = new Set(files.map(({ to }) => dirname(join(folder, to))))
  for (const one of folders) await mkdir(one, { recursive: true })
  const rest = [...files]
  const work = async () => {
    for (let file = rest.pop(); file; file = rest.pop()) {
      const to = join(folder, file.to)
      await copyFile(file.from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
      const handle = await open(to, 'r+')
      await syncFile(handle).finally(() => handle.close())
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
  for (const one of folders) syncFolder(one)
}

/**
 * Starts a copy as a host will, with none of this process's environment, and looks into a ledger with it, so
 * that a driver that is not for this machine, or a package that is not there, shows now.
 *
 * @throws {@link AppError}
 */
export async function tryApp(folder: string, options: tryApp.Options): Promise<void> {
  const { env, home, node } = options
  const empty = mkdtempSync(join(tmpdir(), 'zecchino-try-'))
  const system = Object.entries(env).filter(([name]) => /^(path|systemroot)$/i.test(name))
  const given = {
    ...Object.fromEntries(system),
    ZECCHINO_HOME: empty,
    ZECCHINO_PRIVATE_KEY: randomBytes(32).toString('hex'),
    ZECCHINO_PROFILE: 'sandbox',
  }
  const entry = join(folder, ...entryPath)
  const limits = {
    cwd: empty,
    env: given as NodeJS.ProcessEnv,
    timeout: 120_000,
    windowsHide: true,
  }
  try {
    await new Promise<void>((done, fail) => {
      execFile(node, [entry, 'list', '--json'], limits, (error, stdout) =>
        error || !stdout.startsWith('{') ? fail(error ?? new Error('no answer')) : done(),
      )
    })
  } catch {
    throw new AppError({ home, why: `what is in ${folder} does not start` }) // what it said is its own
  } finally {
    rmSync(empty, { force: true, recursive: true })
  }
}

export declare namespace tryApp {
  type Options = {
    /** What a system's own programs need of it is handed on. */
    env: Readonly<Record<string, string | undefined>>
    home: string
    node: string
  }
}

function missingErrorOf(name: string, home: string): AppError {
  return process.versions['pnp'] === undefined
    ? new AppError({ home, why: `${name}, which it needs, is not there` })
    : new AppError({ home, why: 'Yarn’s Plug’n’Play keeps its packages in archives' })
}

/** The running version cannot be put where a host would start it from. Nothing was changed. */
export class AppError extends Errors.BaseError {
  override readonly code = 'FILE_FAILED'
  override readonly name = 'Install.AppError'

  constructor({ cause, home, why }: { cause?: unknown; home: string; why: string }) {
    const isPlace = cause !== undefined && 'syscall' in Object(cause)
    super(`No version to start can be had under ${join(home, 'app')}: ${why}. No host was told.`, {
      cause,
      hint: isPlace
        ? `${troubleOf(cause).way}, or point ZECCHINO_HOME elsewhere, and install again.`
        : 'Install again from a copy that npm makes: `npm install -g zecchino`, then `zecchino install`.',
    })
  }
}
