import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { nameFile } from '../internal/nameFile.js'
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
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    refuse(`others may read it; run \`chmod 600 ${where}\` and \`zecchino mcp token\``)
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
  mkdirSync(home, { mode: 0o700, recursive: true })
  const token = randomBytes(32).toString('base64url')
  const part = `${tokenFile(home)}.${randomBytes(8).toString('hex')}.part`
  writeFileSync(part, `${token}\n`, { flag: 'wx', mode: 0o600 })
  return { part, token }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
