import { createHash, randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

/** Encoded frames that outlive the process. */
export type LoopCache = {
  read(name: string): Uint8Array<ArrayBuffer> | undefined
  write(name: string, file: Uint8Array): void
}

/** How many are kept; a few hundred kilobytes each at most. */
const maxFiles = 300

/**
 * Keeps encoded frames in the system's temporary folder, so that the next sandbox need not encode
 * the same picture again. The folder is named after the code that makes them: other code, other
 * folder. It is used only if nobody else can write there; without it everything works, only slower.
 */
export function createLoopCache(code: readonly string[]): LoopCache {
  const version = createHash('sha256').update(code.join('\n')).digest('hex').slice(0, 16)
  const folder = join(tmpdir(), `zecchino-loops-${userInfo().uid}-${version}`)
  return isOurs(folder)
    ? {
        read(name) {
          try {
            return new Uint8Array(readFileSync(join(folder, name)))
          } catch {
            return undefined // not made yet
          }
        },
        write(name, file) {
          const part = join(folder, `${randomBytes(8).toString('hex')}.part`)
          try {
            if (readdirSync(folder).length >= maxFiles) return
            writeFileSync(part, file, { flag: 'wx', mode: 0o600 })
            renameSync(part, join(folder, name))
          } catch {
            // It is encoded again next time.
          }
        },
      }
    : { read: () => undefined, write() {} }
}

/** Whether the folder is there, or can be made, and belongs to this user alone. */
function isOurs(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700, recursive: true })
    if (process.platform === 'win32') return true
    const stat = lstatSync(folder)
    return stat.isDirectory() && stat.uid === userInfo().uid && (stat.mode & 0o077) === 0
  } catch {
    return false
  }
}
