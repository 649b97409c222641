import { tmpdir } from 'node:os'

import { expect, test } from 'vitest'

import { nameOf, networkFileSystem, shareOf } from '../../src/ledgers/networkFileSystem.js'

test('default: the temporary folder is not on a network', async () => {
  expect(await networkFileSystem(tmpdir())).toBeUndefined()
})

test.each([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  // The same number, as a platform with signed ones tells it.
  [0xff534d42 - 2 ** 32, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x517b, 'SMB'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0xef53, undefined], // ext4
  [0x01021994, undefined], // tmpfs
  [0x9123683e, undefined], // btrfs
  [0x794c7630, undefined], // overlayfs
])('behavior: file system %d is %s', (type, name) => {
  expect(nameOf(type)).toBe(name)
})

test.each([
  [String.raw`C:\Users\Anna Maria\.zecchino`, undefined],
  [String.raw`\\?\C:\Users\anna\.zecchino`, undefined],
  [String.raw`\\server\share\zecchino`, 'SMB'],
  [String.raw`\\?\UNC\server\share\zecchino`, 'SMB'],
  [String.raw`\\wsl$\Debian\home\anna`, 'SMB'],
])('behavior: on Windows, %s is %s', (path, name) => {
  expect(shareOf(path)).toBe(name)
})
