import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'

import * as Access from './Access.js'
import { type readAccess, toolOf } from './readAccess.js'

/**
 * Leaves a file, or a folder and all that is made in it, to its owner where modes do not: on Windows, by
 * an access control list. Elsewhere files are made with their mode, and nothing is done.
 *
 * It never fails: what came of it is what `readAccess` reads back.
 */
export function keepPrivate(path: string, options: readAccess.Options = {}): void {
  const { platform = process.platform } = options
  if (platform !== 'win32') return
  const run = (name: string, words: readonly string[]) =>
    execFileSync(toolOf(name, options), words, { stdio: 'pipe', timeout: 5_000, windowsHide: true })
  try {
    const user = Access.userOf(String(run('whoami', ['/user', '/fo', 'csv', '/nh'])))
    const kind = statSync(path).isDirectory() ? 'folder' : 'file'
    if (user !== undefined) run('icacls', Access.grantOf({ kind, path, user }))
  } catch {
    // Its tools are missing, or the disk keeps no lists.
  }
}
