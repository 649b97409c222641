import { fsync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'

const syncDescriptor = promisify(fsync)

/**
 * Waits until the bytes of an open file are on the disk. By its number, because the file handles of
 * Yarn's Plug'n'Play have no `sync` of their own.
 */
export async function syncFile({ fd }: Pick<FileHandle, 'fd'>): Promise<void> {
  await syncDescriptor(fd)
}
