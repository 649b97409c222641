import { open, readFile, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'

import { hashFile } from '../internal/hashFile.js'
import { isText } from '../internal/isText.js'
import { nameFile } from '../internal/nameFile.js'
import { syncFolder } from '../internal/syncFolder.js'
import { syncPath } from '../internal/syncPath.js'
import type * as Job from '../Job.js'
import type { Zecchino } from './createZecchino.js'
import { keptOf } from './keptOf.js'

/** A text of no more bytes is an answer that came instead of a file. */
const maxText = 1024 * 1024

/** How much is kept of one job, beyond its first copy. */
const most = { bytes: 2 * 1024 ** 3, copies: 4 }

/**
 * Keeps bytes that arrived whole and cannot be read as an MP4: they are paid for, and whoever knows
 * better may read them. They get a name that says that they are not what was asked for, and that is
 * made of what they are, so that the same bytes are kept once: `<job>.unrecognised.<sha256>.bin`.
 *
 * `undefined`: there is nothing to keep, because it is empty or a short text, such as an error or a
 * page; or enough of other bytes is kept already.
 */
export async function keepBytes(
  zecchino: Zecchino,
  options: keepBytes.Options,
): Promise<{ bytes: number; path: string } | undefined> {
  const { client, outputDir } = zecchino
  const { job, part } = options
  const handle = await open(part, 'r')
  const read = async () => ({ bytes: (await handle.stat()).size, sha256: await hashFile(handle) })
  const { bytes, sha256 } = await read().finally(() => handle.close())
  if (bytes <= maxText && isText(await readFile(part))) return undefined

  const path = join(outputDir, `${job.id}.unrecognised.${sha256.slice(0, 16)}.bin`)
  const others = (await keptOf(zecchino, job)).filter((one) => one.path !== path)
  const sum = others.reduce((total, one) => total + one.bytes, bytes)
  const isTooMuch = others.length >= most.copies || sum > most.bytes
  if (others.length > 0 && isTooMuch) return undefined
  if (!(await nameFile(part, path))) await rm(part, { force: true })
  // When it last came decides when it is asked for again, in whichever process.
  await utimes(path, client.now(), client.now())
  if (!syncFolder(outputDir)) syncPath(path)
  return { bytes, path }
}

export declare namespace keepBytes {
  type Options = {
    job: Pick<Job.Job, 'id'>
    /** Where they are. */
    part: string
  }
}
