import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

import { keepPrivate } from './keepPrivate.js'
import { syncFolder } from './syncFolder.js'

/**
 * Makes a folder that only its owner can read, and those above it, to outlive a power cut: whatever
 * is synced inside a folder is lost with it, as long as its name is not on the disk.
 */
export function makeFolder(path: string): void {
  const first = mkdirSync(path, { mode: 0o700, recursive: true })
  if (first === undefined) return
  keepPrivate(first)
  for (let made = path; made.length >= first.length; made = dirname(made)) syncFolder(dirname(made))
}
