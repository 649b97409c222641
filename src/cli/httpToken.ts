import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { lstatSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import * as Access from '../internal/Access.js'
import { makeFolder } from '../internal/makeFolder.js'
import { nameFile } from '../internal/nameFile.js'
import { readAccess } from '../internal/readAccess.js'
import { writePrivate } from '../internal/writePrivate.js'
import { InvalidConfigError } from './readConfigFile.js'

/** Where the token of the HTTP endpoint is kept, for its owner only. */
export function tokenFile(home: string): string {
  return join(home, 'mcp-token')
}

/** Makes the token if there is none. `undefined` when there was one: it is shown only once. */
export async function makeToken(home: string): Promise<string | undefined> {
  const { part, token } = writePart(home)
  try {
    if (await nameFile(part, tokenFile(home))) return token // of two first starts one wins
    readToken(home)
    return undefined
  } finally {
    rmSync(part, { force: true })
  }
}

/**
 * Refuses a token that others may have read, as its file tells when a server starts. Where files have modes
 * those are looked at again with each request.
 *
 * @throws {@link InvalidConfigError}
 */
export async function checkToken(home: string): Promise<void> {
  readToken(home)
  const where = tokenFile(home)
  const { access, remedy } = await readAccess(where)
  if (access === 'others') throw exposed(where, remedy)
}

/** Puts a new token in the place of the old one, whose sessions end with it. */
export function rotateToken(home: string): string {
  const { part, token } = writePart(home)
  renameSync(part, tokenFile(home))
  return token
}

/**
 * Reads the token.
 *
 * @throws {@link InvalidConfigError} when it is missing, malformed, or readable for others.
 */
export function readToken(home: string): string {
  const where = tokenFile(home)
  const refuse = (issue: string, cause?: unknown): never => {
    throw new InvalidConfigError({ cause, issues: [issue], where })
  }
  const { mode, token } = look(where, refuse)
  if (process.platform !== 'win32' && Access.ofMode(mode) !== 'owner')
    throw exposed(where, `chmod 600 ${where}`)
  if (!/^[\w-]{43}$/.test(token)) refuse('it holds no token; run `zecchino mcp token`')
  return token
}

/**
 * Tells who an `Authorization` header speaks for. The file is read each time, so that a rotated
 * token counts at once; while it cannot be read, nobody gets in.
 */
export function createAuthorizer(home: string): (header: string | undefined) => string | undefined {
  return (header) => {
    const [, given = ''] = /^bearer ([\w-]{43})$/i.exec(header ?? '') ?? []
    let token: string
    try {
      token = readToken(home)
    } catch {
      return undefined // closed rather than open
    }
    const principal = digest(token)
    return timingSafeEqual(digest(given), principal) ? principal.toString('hex') : undefined
  }
}

function exposed(where: string, remedy: string): InvalidConfigError {
  const issues = [`others may read it; run \`${remedy}\` and \`zecchino mcp token\``]
  return new InvalidConfigError({ issues, where })
}

function look(where: string, refuse: (issue: string, cause: unknown) => never) {
  try {
    const stat = lstatSync(where)
    if (!stat.isFile()) refuse('it is not a plain file', undefined)
    return { mode: stat.mode, token: readFileSync(where, 'utf8').trim() }
  } catch (cause) {
    if (cause instanceof InvalidConfigError) throw cause
    return refuse('the file cannot be read', cause)
  }
}

function writePart(home: string): { part: string; token: string } {
  makeFolder(home)
  const token = randomBytes(32).toString('base64url')
  const part = `${tokenFile(home)}.${randomBytes(8).toString('hex')}.part`
  writePrivate(part, `${token}\n`)
  return { part, token }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
