import { BlockList, isIP } from 'node:net'

import * as Errors from './Errors.js'
import * as Venice from './Venice.js'

/** What leads out of a network that has no other way out. It may hold a password, so none is shown. */
export type Proxies = {
  /** Hosts that are reached without, in the words of `NO_PROXY`. */
  direct: string
  /** Hosts that files may come from: behind a proxy no address can be checked. */
  fileHosts: readonly string[]
  http: Named | undefined
  https: Named | undefined
}

/** The text of a variable, and its name. */
export type Named = { from: string; text: string }

/** The proxy that a request goes through. */
export type Via = {
  /** Value of `Proxy-Authorization`, if it has a user name. */
  authorization: string | undefined
  /** The variable that names it. */
  from: string
  /** As it may be shown: without user name and password. */
  shown: string
  /** Its origin, such as `http://proxy:3128`. */
  url: string
}

/**
 * Hosts that files come from, as far as they are known: what Venice's links lead to is written nowhere,
 * so the owner lists the rest.
 */
export const fileHosts = Venice.signInDomains.flatMap((name) => [name, `*.${name}`])

/**
 * Finds the proxies in variables, as other programs do: lower case wins, https falls back on `HTTP_PROXY`,
 * and an empty value is none.
 *
 * @example
 * ```ts
 * const proxies = Proxies.from({ HTTPS_PROXY: 'http://proxy.example:3128' })
 * const client = createClient({ proxies, wallet })
 * ```
 */
export function from(
  env: Readonly<Record<string, string | undefined>>,
  { fileHosts: more = [] }: { fileHosts?: readonly string[] | undefined } = {},
): Proxies | undefined {
  const find = (...names: string[]): Named | undefined => {
    const name = names.find((one) => env[one] !== undefined)
    const text = name === undefined ? '' : (env[name] ?? '').trim()
    return name === undefined || text === '' ? undefined : { from: name, text }
  }
  const http = find('http_proxy', 'HTTP_PROXY')
  const https = find('https_proxy', 'HTTPS_PROXY') ?? http
  const direct = find('no_proxy', 'NO_PROXY')?.text ?? ''
  return http || https ? { direct, fileHosts: [...fileHosts, ...more], http, https } : undefined
}

/**
 * The proxy that a URL is reached through, if it is one. This machine never is.
 *
 * @throws {@link InvalidProxyError} when the variable that names it cannot be read.
 */
export function viaOf(proxies: Proxies | undefined, url: string): Via | undefined {
  if (!proxies) return undefined
  const target = new URL(url)
  const named = target.protocol === 'https:' ? proxies.https : proxies.http
  if (!named || isThisMachine(target) || isDirect(proxies.direct, target)) return undefined
  return parse(named)
}

/** Passwords, and what carries them: not for anybody's eyes. */
export function secretsOf(proxies: Proxies | undefined): string[] {
  return [proxies?.http, proxies?.https].flatMap((named) => {
    const full = named && fullOf(named.text)
    if (full === undefined || !URL.canParse(full) || !new URL(full).password) return []
    const [, encoded = ''] = basicOf(new URL(full)).split(' ')
    const password = Buffer.from(encoded, 'base64').toString().split(':').slice(1).join(':')
    return [named?.text ?? '', new URL(full).password, password, encoded]
  })
}

/**
 * A proxy's URL without user name and password, to be written where others read it.
 *
 * @throws {@link InvalidProxyError}
 */
export function bare(named: Named): { hadUser: boolean; text: string } {
  const { authorization, url } = parse(named)
  return { hadUser: authorization !== undefined, text: url }
}

/** Whether a host is listed as one that files come from. A list entry of `*.` is all below a name. */
export function isFileHost({ fileHosts: listed }: Proxies, hostname: string): boolean {
  const name = plain(hostname)
  return listed.some((one) =>
    one.startsWith('*.') ? name.endsWith(one.slice(1).toLowerCase()) : name === plain(one),
  )
}

function parse({ from: variable, text }: Named): Via {
  const full = fullOf(text)
  const url = URL.canParse(full) ? new URL(full) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) throw new InvalidProxyError({ from: variable })
  const authorization = url.username || url.password ? basicOf(url) : undefined
  return { authorization, from: variable, shown: url.origin, url: url.origin }
}

/** Without a scheme it is spoken to in plain HTTP. */
function fullOf(text: string): string {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`
}

/** A percent sign that encodes nothing stands for itself. */
function basicOf({ password, username }: URL): string {
  const [user, word] = [username, password].map((part) => {
    try {
      return decodeURIComponent(part)
    } catch {
      return part
    }
  })
  return `Basic ${Buffer.from(`${user}:${word}`).toString('base64')}`
}

const loopback = new BlockList()
for (const [address, prefix, family] of [
  ['127.0.0.0', 8, 'ipv4'],
  ['0.0.0.0', 32, 'ipv4'],
  ['::1', 128, 'ipv6'],
  ['::', 128, 'ipv6'],
] as const)
  loopback.addSubnet(address, prefix, family)

/** Addresses inside of IPv6 ones count as what they are. */
function isThisMachine({ hostname }: URL): boolean {
  const name = plain(hostname)
  if (isIP(name) !== 0) return isWithin(loopback, name)
  return name === 'localhost' || name.endsWith('.localhost')
}

function isWithin(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Whether `NO_PROXY` names a host: by a name, which stands for all below it too, an address, a block of
 * addresses (`10.0.0.0/8`), each with a port or without, or everything by `*`.
 */
function isDirect(list: string, target: URL): boolean {
  const host = plain(target.hostname)
  const port = target.port || (target.protocol === 'https:' ? '443' : '80')
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === '*') return true
    const { name, port: only } = partsOf(entry)
    if (name === '' || (only !== undefined && only !== port)) return false
    if (name.includes('/')) return isIP(host) !== 0 && isInBlock(name, host)
    if (isIP(host) !== 0 || isIP(name) !== 0) return sameAddress(name, host)
    return host === name || host.endsWith(`.${name}`)
  })
}

/** An entry's name, in lower case and without what only decorates it, and its port. */
function partsOf(entry: string): { name: string; port: string | undefined } {
  const found = isIP(entry) === 6 ? undefined : /^(.*):(\d+)$/.exec(entry)
  const name = found?.[1] ?? entry
  return { name: plain(name.replace(/^\*?\./, '')), port: found?.[2] }
}

function isInBlock(block: string, address: string): boolean {
  const [start = '', bits = ''] = block.split('/')
  const version = isIP(start)
  const size = /^\d+$/.test(bits) ? Number(bits) : Number.NaN
  if (version === 0 || !(size <= (version === 6 ? 128 : 32))) return false
  const list = new BlockList()
  list.addSubnet(start, size, version === 6 ? 'ipv6' : 'ipv4')
  return isWithin(list, address)
}

function sameAddress(one: string, other: string): boolean {
  if (isIP(one) === 0 || isIP(other) === 0) return false
  const list = new BlockList()
  list.addAddress(one, isIP(one) === 6 ? 'ipv6' : 'ipv4')
  return isWithin(list, other)
}

/** A host name without brackets and final dot, in lower case. */
function plain(hostname: string): string {
  return hostname
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase()
}

/** A variable names no proxy that can be used. Its value is left out: it may hold a password. */
export class InvalidProxyError extends Errors.BaseError {
  override readonly code = 'INVALID_CONFIG'
  override readonly name = 'Proxies.InvalidProxyError'

  constructor({ from: variable }: { from: string }) {
    super(`The proxy in ${variable} is not valid.`, {
      facts: ['It is the URL of an HTTP proxy, such as http://proxy.example:3128.'],
      hint: `Correct ${variable}, or unset it to do without; NO_PROXY names hosts that are reached directly.`,
    })
  }
}
