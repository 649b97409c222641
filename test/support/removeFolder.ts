import { rmSync } from 'node:fs'

/**
 * Removes a folder with all that is in it. On Windows what is still open stays, in the temporary folder:
 * the driver of ledgers keeps a closed file open until its statements are collected.
 */
export function removeFolder(path: string): void {
  try {
    rmSync(path, { force: true, recursive: true })
  } catch (error) {
    if (process.platform !== 'win32') throw error
  }
}
