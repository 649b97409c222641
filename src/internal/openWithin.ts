import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'

import { findAlike } from './findAlike.js'

/** Why a file may not be read. Whether it is there is told only about allowed folders. */
export type Refusal = 'hidden' | 'missing' | 'not_a_file' | 'outside' | 'unreadable'

/**
 * Opens a file that lies in one of the folders, by its real path: a link that leads out of them
 * leads nowhere, names that begin with a dot do not count, and what is no regular file is never
 * waited for. A name that is not there stands for the one that looks like it. Nothing is read yet.
 */
export async function openWithin(
  path: string,
  { folders }: { folders: readonly string[] },
): Promise<{ file: FileHandle; size: number } | { refused: Refusal }> {
  if (path.includes('\0')) return { refused: 'outside' }
  const roots = await Promise.all(folders.map((folder) => realpath(folder).catch(() => undefined)))
  const asked = resolve(path)
  const real = await realpath(asked).catch(() => undefined)
  if (!real) {
    const known = [...roots, ...folders.map((folder) => resolve(folder))]
    const within = known.find((root) => root !== undefined && below(root, asked))
    if (within === undefined) return { refused: 'outside' }
    const alike = await findAlike(asked, within)
    return alike === undefined ? { refused: 'missing' } : openWithin(alike, { folders })
  }
  const root = roots.find((folder) => folder !== undefined && below(folder, real))
  if (root === undefined) return { refused: 'outside' }
  if (isHidden(relative(root, real)) || isHidden(asked.split(sep).at(-1) ?? ''))
    return { refused: 'hidden' }
  let file: FileHandle
  try {
    // A pipe would wait for its other end, and a link may have been put there since.
    file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return { refused: code === 'ENXIO' || code === 'ELOOP' ? 'not_a_file' : 'unreadable' }
  }
  const found = await file.stat()
  const refused = !found.isFile()
    ? 'not_a_file'
    : (await isSame(real, found))
      ? undefined
      : 'outside'
  if (refused === undefined) return { file, size: found.size }
  await file.close()
  return { refused }
}

function below(root: string, path: string | undefined): boolean {
  if (path === undefined) return false
  const way = relative(root, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function isHidden(way: string): boolean {
  return way.split(sep).some((part) => part.startsWith('.'))
}

/** Whether the path still leads to what was opened: a folder on the way may have been swapped. */
async function isSame(real: string, opened: Stats): Promise<boolean> {
  const [again, now] = await Promise.all([
    realpath(real).catch(() => undefined),
    lstat(real).catch(() => undefined),
  ])
  return again === real && now?.dev === opened.dev && now.ino === opened.ino
}
