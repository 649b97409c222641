import { createHash, randomBytes, randomInt } from 'node:crypto'
import { link, lstat, readdir, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/**
 * Gives a finished file its name, in its own folder and never in place of another: a file under that
 * name is whole or absent, wherever this process ends. `false`: the name is taken, and the file is
 * where it was.
 *
 * A hard link does that in one step. Disks without hard links (exFAT, FAT, some network and FUSE
 * mounts, Android) have only a rename, which replaces; there the processes that want the name take
 * turns, and the file itself is the turn: see {@link takeTurns}.
 */
export async function nameFile(
  part: string,
  path: string,
  options: nameFile.Options = {},
): Promise<boolean> {
  try {
    await link(part, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    // Each system refuses in words of its own. What keeps a file from any name is told by the rename.
    return takeTurns(part, path, options)
  }
  await rm(part, { force: true }).catch(() => {}) // its other name is only litter by now
  return true
}

export declare namespace nameFile {
  type Options = {
    /** How long another process may hold its turn, in milliseconds. @default 30_000 */
    patience?: number | undefined
  }
}

/**
 * Renames a file to a free name, one process at a time.
 *
 * Whoever wants the name renames its own file to a claim, `<name>.<host>.<process>.<random>.part`,
 * and then looks for other claims. Of two that came together each sees the other, and withdraws. Who
 * sees none and finds the name free, renames its claim to it.
 *
 * The claim of a process that is dead, or that stands still for too long, is deleted, and with it
 * the file that it would rename: should its owner wake up, it finds nothing to put in anyone's place.
 * No two claims have one name, so that nobody deletes another than the one it looked at.
 */
async function takeTurns(
  part: string,
  path: string,
  { patience = 30_000 }: nameFile.Options,
): Promise<boolean> {
  const since = new Map<string, number>()
  for (;;) {
    if (await isThere(path)) return false
    const name = `${basename(path)}.${host}.${process.pid}.${randomBytes(6).toString('hex')}.part`
    const claim = join(dirname(path), name)
    ours.add(name)
    try {
      await rename(part, claim)
      if (!(await isRivalled(name, path, { patience, since }))) {
        if (!(await isThere(path))) {
          await rename(claim, path)
          return true
        }
      }
      await rename(claim, part)
    } catch (error) {
      await rename(claim, part).catch(() => {}) // it may be gone, and its owner is told why
      throw error
    } finally {
      ours.delete(name)
    }
    await setTimeout(randomInt(5, 50))
  }
}

/** Whether somebody else who lives has a claim. Claims of the dead are deleted. */
async function isRivalled(
  own: string,
  path: string,
  { patience, since }: { patience: number; since: Map<string, number> },
): Promise<boolean> {
  let rivals = 0
  for (const name of await readdir(dirname(path))) {
    const owner = ownerOf(name, basename(path))
    if (!owner || name === own) continue
    const first = since.get(name) ?? performance.now()
    since.set(name, first)
    const isOver = performance.now() - first > patience
    if (isOver || isDead(name, owner)) await rm(join(dirname(path), name), { force: true })
    else rivals += 1
  }
  return rivals > 0
}

type Owner = { host: string; pid: number }

/** Whose claim a file of the folder is, if it is one. */
function ownerOf(name: string, wanted: string): Owner | undefined {
  if (!name.startsWith(`${wanted}.`)) return undefined
  const [, host, pid] = /^([0-9a-f]{8})\.(\d+)\.[0-9a-f]{12}\.part$/.exec(
    name.slice(wanted.length + 1),
  ) ?? ['', '', '']
  return host && pid ? { host, pid: Number(pid) } : undefined
}

/** Whether the owner of a claim has surely ended. Of other machines nobody knows. */
function isDead(name: string, owner: Owner): boolean {
  if (owner.host !== host) return false
  if (owner.pid === process.pid) return !ours.has(name)
  try {
    process.kill(owner.pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path) // a link that leads nowhere has the name all the same
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** Names this machine among those that may share a folder. */
const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)

/** Names of the claims that this process holds. */
const ours = new Set<string>()
