import { statfs } from 'node:fs/promises'

/** Bytes that this user can still write in a folder. `undefined`: its file system does not say. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  const { bavail, bfree, blocks, bsize } = await statfs(folder)
  if (blocks === 0) return undefined
  return bsize * (process.getuid?.() === 0 ? bfree : bavail) // some of it is kept for root
}
