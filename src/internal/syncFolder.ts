import { closeSync, fsyncSync, openSync } from 'node:fs'

/**
 * Waits until the names in a folder are on the disk. `false`: this folder cannot be synced, as on
 * Windows and on some file systems, where names reach the disk with their files.
 */
export function syncFolder(path: string): boolean {
  let folder: number | undefined
  try {
    folder = openSync(path, 'r')
    fsyncSync(folder)
    return true
  } catch (error) {
    if (unable.has(String((error as NodeJS.ErrnoException).code))) return false
    throw error
  } finally {
    if (folder !== undefined) closeSync(folder)
  }
}

/** What is said where folders are not synced, or not opened. That a disk is broken is not among it. */
const unable: ReadonlySet<string> = new Set([
  'EACCES',
  'EBADF',
  'EINVAL',
  'EISDIR',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EPERM',
])
