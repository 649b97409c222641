import { BlockList, isIP } from 'node:net'

/** Addresses that nobody else reaches: this machine, this network, and what stands for them. */
const blocked = new BlockList()
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  blocked.addSubnet(address, prefix, 'ipv4')
for (const [address, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  blocked.addSubnet(address, prefix, 'ipv6')

/** All that is routed in IPv6 begins with these three bits. */
const routed = new BlockList()
routed.addSubnet('2000::', 3, 'ipv6')

/**
 * Where networks without IPv4 put the addresses of hosts that have nothing else: the last 32 bits
 * are the address that is reached (RFC 6052).
 */
const translated = new BlockList()
translated.addSubnet('64:ff9b::', 96, 'ipv6')

/** The address that is reached in the end: an IPv4 one, where IPv6 only stands for it. */
export function reachedAddress(address: string): string {
  if (isIP(address) !== 6 || !translated.check(address, 'ipv6')) return address
  const [high = 0, low = 0] = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .replace(/^64:ff9b::/, '0:')
    .split(':')
    .slice(-2)
    .map((word) => parseInt(word || '0', 16))
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** Whether a parsed address is one of the public Internet. */
export function isPublicAddress(given: string): boolean {
  const address = reachedAddress(given)
  const version = isIP(address)
  if (version === 0) return false
  const family = version === 4 ? 'ipv4' : 'ipv6'
  if (family === 'ipv6' && !routed.check(address, family)) return false
  return !blocked.check(address, family)
}

/**
 * Whether the host of a parsed URL may be one of the public Internet, by its name alone: nothing is
 * looked up. Names without a dot, and those kept for this machine or network, are not.
 */
export function isPublicHost(hostname: string): boolean {
  const name = hostname
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase()
  if (isIP(name) !== 0) return isPublicAddress(name)
  return name.includes('.') && !/\.(local|localhost|internal|intranet|lan|home\.arpa)$/.test(name)
}
