import { randomBytes } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { Access } from './Access.js'
import { freeBytes } from './freeBytes.js'
import { nameFile } from './nameFile.js'
import { readAccess } from './readAccess.js'
import { syncFile } from './syncFile.js'
import { syncFolder } from './syncFolder.js'
import { syncPath } from './syncPath.js'

/**
 * Tries in a folder all that it takes to save a file there: makes a new one, writes it, syncs it,
 * names it, syncs the folder, and takes it away again. `name` begins its names, which end in `.part`.
 * Resolves with who could open the file, because not every disk leaves one to its owner.
 *
 * @throws the error of the file system, of what fails first.
 */
export async function probeFolder(
  folder: string,
  options: probeFolder.Options,
): Promise<{ access: Access }> {
  const { bytes = 4096, name } = options
  const id = randomBytes(6).toString('hex')
  const part = join(folder, `${name}.${id}.part`)
  const named = join(folder, `${name}.${id}.probe.part`)
  if (((await freeBytes(folder)) ?? bytes) < bytes) throw fullError()
  try {
    const file = await open(part, 'wx', 0o600)
    try {
      const zeros = Buffer.alloc(Math.min(bytes, 1024 * 1024))
      for (let at = 0; at < bytes;) {
        const { bytesWritten } = await file.write(zeros, 0, Math.min(zeros.length, bytes - at), at)
        at += bytesWritten
      }
      await syncFile(file)
    } finally {
      await file.close()
    }
    await nameFile(part, named)
    if (!syncFolder(folder)) syncPath(named)
    const { access } = await readAccess(named)
    return { access }
  } finally {
    for (const path of [part, named]) await rm(path, { force: true }).catch(() => {}) // litter only
  }
}

export declare namespace probeFolder {
  type Options = {
    /** How large a file is tried. @default 4096 */
    bytes?: number | undefined
    name: string
  }
}

/** As the file system would say it. */
export function fullError(): NodeJS.ErrnoException {
  const facts = { code: 'ENOSPC', errno: -28, syscall: 'write' }
  return Object.assign(new Error('ENOSPC: no space left on device'), facts)
}
