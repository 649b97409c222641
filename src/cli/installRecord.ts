import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import * as z from 'zod'

import { parseJson } from '../internal/base64Json.js'
import { makeFolder } from '../internal/makeFolder.js'
import { hostNames } from './hostNames.js'

const Words = z.object({ args: z.array(z.string()), command: z.string() })

/** What a host's file was told to start, and what before that. */
const Record = z.object({
  before: Words.optional(),
  file: z.string(),
  host: z.enum(hostNames),
  now: Words,
})
export type InstallRecord = z.output<typeof Record>

/** How long what another install is building is left alone, in milliseconds. */
const building = 60 * 60_000

/** All that was installed from a home. What cannot be read is not there: it is a memory, and no proof. */
export function readRecords(home: string): InstallRecord[] {
  return namesIn(folderOf(home)).flatMap((name) => {
    try {
      const text = readFileSync(join(folderOf(home), name), 'utf8')
      return Record.safeParse(parseJson(text)).data ?? []
    } catch {
      return [] // it went away meanwhile
    }
  })
}

/** Writes down what a host is told now. One file for each, so that two installs at once lose nothing. */
export function writeRecord(home: string, record: InstallRecord): void {
  makeFolder(folderOf(home))
  const part = `${pathOf(home, record.file)}.${randomBytes(6).toString('hex')}.part`
  writeFileSync(part, `${JSON.stringify(record)}\n`, { flag: 'wx', mode: 0o600 })
  renameSync(part, pathOf(home, record.file))
}

/** Forgets a host. */
export function dropRecord(home: string, file: string): void {
  rmSync(pathOf(home, file), { force: true })
}

/**
 * Takes versions away that no host starts, and would not start after a rollback either. `texts` are all
 * words that a version may be named in.
 */
export function pruneApps(home: string, { now, texts }: { now: Date; texts: readonly string[] }) {
  const apps = join(home, 'app')
  for (const name of namesIn(apps)) {
    const folder = join(apps, name)
    if (name === 'hosts') continue
    if (name.endsWith('.part')) {
      const made = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0
      if (now.getTime() - made < building) continue
    } else if (texts.some((text) => text.startsWith(join(folder, 'node_modules')))) continue
    rmSync(folder, { force: true, recursive: true })
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // nothing was installed yet
  }
}

function folderOf(home: string): string {
  return join(home, 'app', 'hosts')
}

function pathOf(home: string, file: string): string {
  const name = createHash('sha256').update(file).digest('hex').slice(0, 16)
  return join(folderOf(home), `${name}.json`)
}
