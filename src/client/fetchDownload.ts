import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

import type { Response } from 'undici'

import * as Errors from '../Errors.js'
import * as Network from '../Network.js'
import type { Client } from './createClient.js'
import { createWire } from './createWire.js'
import { UnreachableError } from './call.js'

/** Addresses a download never connects to: this machine, this network, and what stands for them. */
const blocked = new BlockList()
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  blocked.addSubnet(address, prefix, 'ipv4')
for (const [address, prefix] of [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  blocked.addSubnet(address, prefix, 'ipv6')

/** Whether a parsed address is one that a download may connect to. */
export function isPublic(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && !blocked.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/** Resolves a name and refuses private addresses at the moment of connecting: no rebinding. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 0)
    const [first] = addresses
    if (!first || !addresses.every(({ address }) => isPublic(address)))
      return callback(Object.assign(new RangeError('private address'), { code: 'EPRIVATE' }), '', 0)
    return options.all ? callback(null, addresses) : callback(null, first.address, first.family)
  })
}

const publicWire = createWire({ connect: { lookup: publicLookup } })
const sandboxWire = createWire()

/**
 * Requests a provider-given link: https on public addresses only, no credentials, no redirects.
 * Off mainnet the API's own origin is allowed too, because that is where a sandbox keeps its files.
 *
 * @throws {@link DownloadRefusedError} before any connection is made.
 */
export async function fetchDownload(
  client: Client,
  options: { method: 'DELETE' | 'GET'; signal?: AbortSignal | undefined; url: string },
): Promise<Response> {
  const { method, signal, url } = options
  if (!URL.canParse(url)) throw new DownloadRefusedError({ reason: 'it is not a URL' })
  const { hostname, origin, protocol } = new URL(url)
  const own = !Network.isMainnet(client.network) && origin === new URL(client.baseUrl).origin
  if (!own && protocol !== 'https:') throw new DownloadRefusedError({ reason: 'it is not https' })
  const literal = hostname.replace(/^\[(.*)\]$/, '$1')
  if (!own && isIP(literal) !== 0 && !isPublic(literal))
    throw new DownloadRefusedError({ reason: 'it points into this machine or its network' })

  const wire = own ? sandboxWire : publicWire
  const init = { deadline: 20 * 60_000, method, repeatable: false, signal, signIn: false }
  const response = await wire.fetch(url, init).catch((cause: unknown) => {
    throw new UnreachableError({ baseUrl: origin, cause, path: '/(download link)' })
  })
  if (response.status < 300 || response.status > 399) return response
  await response.body?.cancel()
  throw new DownloadRefusedError({ reason: 'it redirects' })
}

/** The provider's download link leads where no download may go. The link is never shown. */
export class DownloadRefusedError extends Errors.BaseError {
  override readonly code = 'DOWNLOAD_REFUSED'
  override readonly name = 'DownloadRefusedError'

  constructor({ reason }: { reason: string }) {
    super(`The provider's download link was not opened: ${reason}.`, {
      hint: 'The link is kept; report this to the provider. Nothing was deleted.',
      moneyMoved: 'yes',
    })
  }
}
