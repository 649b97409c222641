import type { Response } from 'undici'

/** Reads at most `max` bytes of a body. `isCut`: it is longer, and the rest is not read. */
export async function readBody(
  response: Response,
  max: number,
): Promise<{ bytes: Buffer; isCut: boolean }> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    const left = max - size
    size += (chunk as Uint8Array).byteLength
    chunks.push((chunk as Uint8Array).subarray(0, left))
    if (size > max) break // leaving the loop cancels the body
  }
  return { bytes: Buffer.concat(chunks), isCut: size > max }
}
