import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import * as Access from './Access.js'

const run = promisify(execFile)

/**
 * Tells who may open a file or folder: by its mode, and on Windows, where modes mean nothing, by its
 * access control list. Where the tools of Windows do not answer, nobody knows.
 *
 * @throws the error of the file system, when there is no such file.
 */
export async function readAccess(
  path: string,
  options: readAccess.Options = {},
): Promise<readAccess.Result> {
  const { platform = process.platform } = options
  const stats = await stat(path)
  const kind = stats.isDirectory() ? 'folder' : 'file'
  if (platform !== 'win32') {
    const remedy = Access.remedyOf({ kind, path, platform })
    return { access: Access.ofMode(stats.mode), remedy }
  }
  const [list, user] = await Promise.all([readList(path, options), readUser(options)])
  const remedy = Access.remedyOf({ kind, path, platform, user })
  return { access: Access.ofAcl(list, { user }), remedy }
}

export declare namespace readAccess {
  type Options = {
    platform?: NodeJS.Platform | undefined
    /** Where Windows has its tools. @default `%SystemRoot%\System32` */
    tools?: string | undefined
  }
  /** `remedy`: the command that gives the file to its owner alone. */
  type Result = { access: Access.Access; remedy: string }
}

/** The number (SID) of who runs this process, on Windows. */
export async function readUser(options: readAccess.Options = {}): Promise<string | undefined> {
  const words = ['/user', '/fo', 'csv', '/nh']
  const { stdout } = await run(toolOf('whoami', options), words, hidden).catch(() => nothing)
  return Access.userOf(stdout)
}

/** The path of a program of Windows: whatever else has its name, here or in the PATH, is not run. */
export function toolOf(name: string, { tools }: readAccess.Options): string {
  return join(tools ?? join(process.env['SystemRoot'] || 'C:\\Windows', 'System32'), `${name}.exe`)
}

async function readList(path: string, options: readAccess.Options): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'zecchino-acl-'))
  try {
    const file = join(folder, 'list')
    await run(toolOf('icacls', options), [path, '/save', file], hidden)
    return Access.savedOf(await readFile(file))
  } catch {
    return undefined // no such tool, no such file system, nothing written: nobody knows
  } finally {
    await rm(folder, { force: true, recursive: true })
  }
}

/** No window flashes up, and a tool that hangs holds nobody up for long. */
const hidden = { timeout: 5_000, windowsHide: true }

const nothing = { stdout: '' }
