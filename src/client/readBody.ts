import type { Response } from 'undici'

/** Reads a whole body of at most `max` bytes. `undefined`: it is longer, and the rest is not read. */
export async function readBody(response: Response, max: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).byteLength
    if (size > max) return undefined // leaving the loop cancels the body
    chunks.push(chunk as Uint8Array)
  }
  return Buffer.concat(chunks)
}
