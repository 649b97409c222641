import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { networkInterfaces } from 'node:os'

import type { Response } from 'undici'

import * as Errors from '../Errors.js'
import { isPublicAddress, reachedAddress } from '../internal/isPublicHost.js'
import * as Network from '../Network.js'
import * as Proxies from '../Proxies.js'
import type { Client } from './createClient.js'
import { createWire, silence } from './createWire.js'
import { UnreachableError } from './UnreachableError.js'

/**
 * Whether a parsed address is one that a download may connect to. This machine's own addresses are
 * not, public or private; they are read anew, because networks change.
 */
export function isPublic(given: string, interfaces = networkInterfaces()): boolean {
  const address = reachedAddress(given)
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  return isPublicAddress(address) && !addressesOf(interfaces).check(address, family)
}

function addressesOf(interfaces: ReturnType<typeof networkInterfaces>): BlockList {
  const list = new BlockList()
  for (const { address, family } of Object.values(interfaces).flatMap((of) => of ?? []))
    list.addAddress(address, family === 'IPv4' ? 'ipv4' : 'ipv6')
  return list
}

/** Resolves a name and refuses private addresses at the moment of connecting: no rebinding. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 0)
    const [first] = addresses
    if (!first || !addresses.every(({ address }) => isPublic(address)))
      return callback(new DownloadRefusedError({ isReached: false, reason: inside }), '', 0)
    return options.all ? callback(null, addresses) : callback(null, first.address, first.family)
  })
}

const inside = 'it points into this machine or its network'

const publicWire = createWire({ connect: { lookup: publicLookup } })
const sandboxWire = createWire()

/**
 * Requests a provider-given link: https on public addresses only, and no credentials. Off mainnet
 * the API's own origin is allowed too, because that is where a sandbox keeps its files. Through a
 * proxy, which looks names up by itself, only listed hosts are reached.
 *
 * Object stores redirect a pre-signed request to another place of theirs, so a few redirects are
 * followed; each is held to the same rules before a connection is made, and none leads from outside
 * to the sandbox. To delete is only passed on as what it is (307, 308).
 *
 * @throws {@link DownloadRefusedError} before any connection to where no download may go is made.
 */
export async function fetchDownload(
  client: Client,
  options: fetchDownload.Options,
): Promise<Response> {
  const { method, signal } = options
  // A file is taken as it is: what was packed could be a thousand times as long.
  const headers = { 'accept-encoding': 'identity', ...options.headers }
  let [own, url] = [true, options.url]
  for (let hops = 0; hops <= maxHops; hops += 1) {
    own = checkLink(client, { hops, mayBeOwn: own, url })
    const { origin } = new URL(url)
    const { proxies } = client
    const via = Proxies.viaOf(proxies, url)
    const wire = via ? createWire({ proxies }) : own ? sandboxWire : publicWire
    const exchange = { deadline, headDeadline: silence, headers, method, signal }
    const init = { ...exchange, repeatable: false, signIn: false }
    const response = await client
      .tapDownload(wire.fetch)(url, init)
      .catch((error: unknown) => {
        const { cause } = Object(error) as { cause?: unknown }
        const isReached = hops > 0
        if (cause instanceof DownloadRefusedError)
          throw new DownloadRefusedError({ isReached, reason: inside })
        const path = '/(download link)'
        throw new UnreachableError({ baseUrl: origin, cause: error, isReached, path, via })
      })
    const { status } = response
    if (status < 300 || status > 399) return response
    await response.body?.cancel()
    const target = response.headers.get('location')
    if (!(method === 'GET' ? moved : movedAsIs).has(status) || target === null)
      throw new DownloadRefusedError({
        isReached: true,
        reason: `it answers with status ${status}`,
      })
    url = URL.canParse(target, url) ? new URL(target, url).href : ''
  }
  throw new DownloadRefusedError({
    isReached: true,
    reason: `it redirects more than ${maxHops} times`,
  })
}

/** How many redirects are followed. */
const maxHops = 5

const movedAsIs: ReadonlySet<number> = new Set([307, 308])
const moved: ReadonlySet<number> = new Set([301, 302, 303, ...movedAsIs])

/** Holds a link against the rules. Tells whether it is the sandbox's own, where that may be. */
function checkLink(client: Client, { hops, mayBeOwn, url }: Link): boolean {
  const refuse = (reason: string): never => {
    const isReached = hops > 0
    throw new DownloadRefusedError({
      isReached,
      reason: isReached ? `after a redirect ${reason}` : reason,
    })
  }
  if (!URL.canParse(url)) refuse('it is not a URL')
  const { hostname, origin, password, protocol, username } = new URL(url)
  const isSandbox = !Network.isMainnet(client.network) && origin === new URL(client.baseUrl).origin
  const own = mayBeOwn && isSandbox
  if (!own && protocol !== 'https:') refuse('it is not https')
  if (username || password) refuse('it carries a password')
  const literal = hostname.replace(/^\[(.*)\]$/, '$1')
  if (!own && isIP(literal) !== 0 && !isPublic(literal)) refuse(inside)
  const { proxies } = client
  const isListed = own || !proxies || Proxies.isFileHost(proxies, hostname)
  if (!isListed && Proxies.viaOf(proxies, url))
    throw new DownloadRefusedError({
      hint: `If files come from there, list ${hostname} under "fileHosts" in config.json, or name it in NO_PROXY where it can be reached without. The link is kept, and used then.`,
      isReached: hops > 0,
      reason: `${hostname} is not listed, and behind a proxy no address can be checked`,
    })
  return own
}

type Link = { hops: number; mayBeOwn: boolean; url: string }

export declare namespace fetchDownload {
  type Options = {
    headers?: Record<string, string> | undefined
    method: 'DELETE' | 'GET'
    signal?: AbortSignal | undefined
    url: string
  }
}

/** How long one exchange may take in all, in milliseconds. */
const deadline = 20 * 60_000

/** The provider's download link leads where no download may go. The link is never shown. */
export class DownloadRefusedError extends Errors.BaseError {
  override readonly code = 'DOWNLOAD_REFUSED'
  override readonly name = 'DownloadRefusedError'
  /** Whether the link was used, and then led further. */
  readonly isReached: boolean

  constructor(options: { hint?: string; isReached: boolean; reason: string }) {
    const { hint, isReached, reason } = options
    super(`The provider's download link was not opened: ${reason}.`, {
      hint: hint ?? 'The link is kept; report this to the provider. Nothing was deleted.',
      moneyMoved: 'yes',
    })
    this.isReached = isReached
  }
}
