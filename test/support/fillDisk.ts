import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/**
 * Has this process meet a full disk while `isFull` says so: what would make a file, or have one grow,
 * fails; what is written over bytes that are there does not. For code that waits for the disk.
 */
export function fillDisk({ isFull }: { isFull: () => boolean }): void {
  const { openSync, writeSync } = fs
  const fail = (syscall: string) => {
    throw Object.assign(new Error(`ENOSPC: ${syscall}`), { code: 'ENOSPC', errno: -28, syscall })
  }
  fs.openSync = (path, flags, mode) => {
    if (isFull() && String(flags).includes('x')) fail('open')
    return openSync(path, flags, mode)
  }
  const write = writeSync as (...values: unknown[]) => number
  fs.writeSync = (...values: unknown[]) => {
    const [file, , , length, position] = values as [number, unknown, unknown, number?, number?]
    const end = (position ?? Infinity) + (length ?? Infinity)
    if (isFull() && !(end <= fs.fstatSync(file).size)) fail('write')
    return write(...values)
  }
  syncBuiltinESMExports()
}
