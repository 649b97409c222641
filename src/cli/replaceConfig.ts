import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'

import { makeFolder } from '../internal/makeFolder.js'
import { syncFolder } from '../internal/syncFolder.js'
import { configPath } from './readConfigFile.js'

/** Puts a new `config.json` in the place of the old one, in one step, for its owner only. */
export function replaceConfig(home: string, text: string): void {
  const path = configPath(home)
  const part = `${path}.${randomBytes(6).toString('hex')}.part`
  makeFolder(home)
  const handle = openSync(part, 'wx', 0o600)
  try {
    writeFileSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(part, path)
  syncFolder(home)
}
