import { closeSync, fsyncSync, openSync } from 'node:fs'

/** Waits until the bytes of a file of ours are on the disk. */
export function syncPath(path: string): void {
  const file = openSync(path, 'r+') // Windows syncs nothing that is open for reading only
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
