import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

/** The sha256 of an open file, in hex. Memory does not grow with it. */
export async function hashFile(handle: FileHandle): Promise<string> {
  const sum = createHash('sha256')
  for await (const chunk of handle.createReadStream({ autoClose: false, start: 0 }))
    sum.update(chunk as Buffer)
  return sum.digest('hex')
}
