import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

/**
 * Path of the one file below a folder whose name looks like the given one: screenshots of macOS have a
 * narrow no-break space (U+202F) before PM, its accents are decomposed, and whoever repeats such a name
 * writes a plain space or a composed letter. `undefined` when none looks so, or more than one.
 */
export async function findAlike(path: string, root: string): Promise<string | undefined> {
  let found = root
  for (const part of relative(root, path).split(sep)) {
    const exact = join(found, part)
    const next = (await isThere(exact)) ? exact : await alikeOf(found, part)
    if (next === undefined) return undefined
    found = next
  }
  return found
}

async function alikeOf(folder: string, name: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => [])
  const alike = names.filter((one) => looksOf(one) === looksOf(name))
  return alike.length === 1 ? join(folder, alike[0] ?? '') : undefined
}

/** What a name looks like: composed, without what is not seen, with plain spaces, quotes and hyphens. */
function looksOf(name: string): string {
  return name
    .normalize('NFC')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/[‘’ʼ]/g, "'")
    .replaceAll(/[“”]/g, '"')
    .replaceAll(/[‐-―−]/g, '-')
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
