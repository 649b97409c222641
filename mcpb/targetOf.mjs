/**
 * For which system and processor a native library is, by its first bytes: ELF, Mach-O or PE. In the words of
 * Node's `process.platform` and `process.arch`; `undefined` for anything else.
 */
export function targetOf(bytes) {
  if (bytes.length < 64) return undefined
  const magic = bytes.readUInt32BE(0)
  if (magic === 0x7f454c46) return found('linux', elf[bytes.readUInt16LE(18)])
  if (magic === 0xcffaedfe) return found('darwin', mach[bytes.readUInt32LE(4)])
  const at = bytes.readUInt16BE(0) === 0x4d5a ? bytes.readUInt32LE(60) : bytes.length
  const isPe = at + 6 <= bytes.length && bytes.readUInt32BE(at) === 0x50450000
  return isPe ? found('win32', pe[bytes.readUInt16LE(at + 4)]) : undefined
}

const elf = { 40: 'arm', 62: 'x64', 183: 'arm64' }
const mach = { 0x01000007: 'x64', 0x0100000c: 'arm64' }
const pe = { 0x8664: 'x64', 0xaa64: 'arm64' }

function found(platform, arch) {
  return arch && { arch, platform }
}
