import { statfs } from 'node:fs/promises'

/** File systems whose locks cannot be relied on between machines, by their number on Linux. */
const names: Record<number, string> = {
  0x517b: 'SMB',
  0x6969: 'NFS',
  0x0000564c: 'NCP',
  0x00c36400: 'Ceph',
  0x01021997: '9P',
  0x0bd00bd0: 'Lustre',
  0x19830326: 'BeeGFS',
  0x47504653: 'GPFS',
  0x5346414f: 'AFS',
  0x65735546: 'FUSE',
  0x73757245: 'Coda',
  0xfe534d42: 'SMB',
  0xff534d42: 'CIFS',
}

/** Names the network file system that a path lies on. `undefined`: it is none that is known. */
export async function networkFileSystem(path: string): Promise<string | undefined> {
  if (process.platform === 'win32') return shareOf(path)
  if (process.platform !== 'linux') return undefined
  return nameOf((await statfs(path)).type)
}

/** Whether a path of Windows leads to a share; the same in its long form, which a disk's path may have too. */
export function shareOf(path: string): 'SMB' | undefined {
  if (/^\\\\\?\\(?!UNC\\)/i.test(path)) return undefined
  return path.startsWith('\\\\') ? 'SMB' : undefined
}

/** Names a network file system by its number, as `statfs` tells it, signed or not. */
export function nameOf(type: number): string | undefined {
  return names[type >>> 0]
}
