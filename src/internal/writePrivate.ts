import { closeSync, openSync, writeFileSync } from 'node:fs'

import { keepPrivate } from './keepPrivate.js'

/**
 * Writes a new file that only its owner can read: it is protected before there is anything in it.
 *
 * @throws the error of the file system; `EEXIST` when there is a file already.
 */
export function writePrivate(path: string, content: string | Uint8Array): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    keepPrivate(path)
    writeFileSync(file, content)
  } finally {
    closeSync(file)
  }
}
