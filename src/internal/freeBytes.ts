import { statfs } from 'node:fs/promises'

/** Bytes that this user can still write in a folder. `undefined`: its file system does not say. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  const stats = await statfs(folder).catch(() => undefined) // not there, or not allowed to ask
  if (!stats || stats.blocks === 0) return undefined
  const { bavail, bfree, bsize } = stats
  return bsize * (process.getuid?.() === 0 ? bfree : bavail) // some of it is kept for root
}
