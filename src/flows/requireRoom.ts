import { access, constants } from 'node:fs/promises'

import { freeBytes } from '../internal/freeBytes.js'
import { makeFolder } from '../internal/makeFolder.js'
import { fullError } from '../internal/probeFolder.js'
import type { Zecchino } from './createZecchino.js'
import { isFileError, NoRoomError } from './fileErrorOf.js'

/** The least that has to be free, in bytes. Most videos are smaller; decided here. */
const least = 16 * 1024 * 1024

/**
 * Refuses to buy what could not be saved. It only looks, and leaves nothing behind but the folder:
 * what shows when a file is written alone, `doctor` tries.
 *
 * @throws {@link NoRoomError} before anything is set aside, signed or sent.
 */
export async function requireRoom({ outputDir }: Pick<Zecchino, 'outputDir'>): Promise<void> {
  try {
    makeFolder(outputDir)
    await access(outputDir, constants.W_OK | constants.X_OK)
    if (((await freeBytes(outputDir)) ?? least) < least) throw fullError()
  } catch (cause) {
    throw isFileError(cause) ? new NoRoomError({ cause, folder: outputDir }) : cause
  }
}
