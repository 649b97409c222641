import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import * as z from 'zod'

import { parseJson } from '../internal/base64Json.js'

/** Where the sandbox of a home is reached, as it has written down. */
const SandboxFile = z.object({
  apiUrl: z.url(),
  /** Port on which whoever needs it holds it. */
  hold: z.int().positive(),
  /** Which sandbox answers there: a port may be another program's by now. */
  id: z.string(),
  pid: z.int().positive(),
})
export type SandboxFile = z.output<typeof SandboxFile>

/** Reads it; `undefined` when there was none yet. Whether it runs is found out by asking. */
export function readSandboxFile(home: string): SandboxFile | undefined {
  try {
    return SandboxFile.safeParse(parseJson(readFileSync(pathOf(home), 'utf8'))).data
  } catch {
    return undefined // not there yet
  }
}

/** Writes it in one step, for whoever holds the world. */
export function writeSandboxFile(home: string, file: SandboxFile): void {
  const part = `${pathOf(home)}.${randomBytes(6).toString('hex')}.part`
  writeFileSync(part, `${JSON.stringify(file)}\n`, { flag: 'wx', mode: 0o600 })
  renameSync(part, pathOf(home))
}

function pathOf(home: string): string {
  return join(home, 'sandbox.json')
}
