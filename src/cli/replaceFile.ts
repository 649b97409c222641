import { randomBytes } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** The text of a file, or `undefined` when there is none. */
export function readText(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

/**
 * Puts a text in the place of a file in one step, and keeps what was there beside it. A link stays a
 * link. Gives the name of the backup, if there was anything to keep.
 */
export function replaceFile(file: string, options: replaceFile.Options): string | undefined {
  const { now, text } = options
  const exists = existsSync(file)
  mkdirSync(dirname(file), { recursive: true })
  const target = exists ? realpathSync(file) : file
  const backup = `${file}.${now.toISOString().replaceAll(/\D/g, '')}${suffix}`
  if (exists) copyFileSync(target, backup, constants.COPYFILE_EXCL)
  const part = `${target}.${randomBytes(6).toString('hex')}.part`
  const mode = exists ? statSync(target).mode & 0o777 : 0o600
  const handle = openSync(part, 'wx', mode)
  writeFileSync(handle, text)
  fsyncSync(handle)
  closeSync(handle)
  renameSync(part, target)
  return exists ? backup : undefined
}

export declare namespace replaceFile {
  type Options = { now: Date; text: string }
}

const suffix = '.zecchino.bak'

/** The backups of a file that were made here, newest first. */
export function backupsOf(file: string): { path: string; text: string }[] {
  const folder = dirname(file)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(file)}.`) && name.endsWith(suffix))
    .toSorted()
    .reverse()
    .map((name) => ({ path: join(folder, name), text: readFileSync(join(folder, name), 'utf8') }))
}

/** Removes a file, if it is there. */
export function removeFile(file: string): void {
  rmSync(file, { force: true })
}
