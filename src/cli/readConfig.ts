import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

import * as Network from '../Network.js'
import type * as Policy from '../Policy.js'
import * as Proxies from '../Proxies.js'
import * as Venice from '../Venice.js'
import {
  InvalidConfigError,
  isLoopback,
  type Profile,
  readConfigFile,
  settingsOf,
} from './readConfigFile.js'
import { type KeySource, keystoreFiles, readKeys, take } from './readKeys.js'

/** Everything that is set from outside, checked. */
export type Config = {
  apiKey: string | undefined
  apiUrl: string
  /** Keys of the policy that somebody chose; the others are defaults. */
  chosen: readonly Policy.Key[]
  databaseUrl: string | undefined
  home: string
  /** The key that signs: the first of those given. */
  key: KeySource | undefined
  network: Network.Network
  /** The other keys given. They have to be of the same wallet. */
  otherKeys: readonly KeySource[]
  outputDir: string
  policy: Policy.Policy
  profile: Profile
  /** What leads out of this network, if the environment names it. */
  proxies: Proxies.Proxies | undefined
  /** Nodes of the chain, which have to agree; none: it is not asked. */
  rpcUrls: readonly string[]
  /** The sandbox that this home runs by itself, when somebody asks it for something. */
  runsSandbox: boolean
  /** Keys of `config.json` that stand in no profile's section. */
  unfiled: readonly string[]
}

/**
 * Reads the configuration: the one place that looks at the environment. Secrets are removed from
 * it, so that no child process inherits them.
 *
 * @throws {@link InvalidConfigError} {@link Proxies.InvalidProxyError} naming the variable or key;
 * nothing falls back to a default.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const home = homeOf(env)
  if (env['ZECCHINO_SANDBOX']) return readSandboxConfig(env, home)
  const file = readConfigFile(home)
  const named = env['ZECCHINO_API_URL']
  const profile = profileOf(env['ZECCHINO_PROFILE'], named || file.apiUrl)
  const settings = settingsOf(file, profile)
  const { chosen, fileHosts, hosts, policy, unfiled } = settings
  const where = {
    apiUrl: named ? 'ZECCHINO_API_URL' : 'apiUrl of config.json',
    rpcUrl: env['ZECCHINO_RPC_URL'] ? 'ZECCHINO_RPC_URL' : 'rpcUrl of config.json',
  }
  const apiUrl = urlOf(where.apiUrl, named || settings.apiUrl)
  const network = networkOf(env['ZECCHINO_NETWORK'], profile)
  const base = (apiUrl?.href ?? defaultApiUrl(profile)).replace(/\/+$/, '')
  checkHost({ base, hosts, network, profile, where: where.apiUrl })
  const [key, ...otherKeys] = readKeys(env, { home, profile })
  // Text from a file ends in a line's end, which no key has.
  const apiKey = take(env, 'VENICE_API_KEY')?.trim() || undefined
  if (apiKey !== undefined && !key)
    checkKeyHost({ apiKey, base, hosts, profile, where: where.apiUrl })

  const rpc =
    env['ZECCHINO_RPC_URL'] || settings.rpcUrl || defaultRpcUrl({ base, network, profile })
  const rpcUrls = rpcUrlsOf(where.rpcUrl, rpc)
  const proxies = Proxies.from(env, { fileHosts })
  for (const url of [base, ...rpcUrls]) Proxies.viaOf(proxies, url) // one that cannot be read is told now
  return {
    apiKey,
    apiUrl: base,
    chosen,
    databaseUrl: take(env, 'ZECCHINO_DATABASE_URL'),
    home,
    key,
    network,
    otherKeys,
    outputDir: resolve(env['ZECCHINO_OUTPUT_DIR'] || settings.outputDir || join(home, 'videos')),
    policy,
    profile,
    proxies,
    rpcUrls,
    runsSandbox: false,
    unfiled,
  }
}

/**
 * A home that runs a sandbox of its own: play money, its own wallet and ledger, and no way out of this
 * machine. Keys in the environment are of wallets with real money, and are not looked at.
 */
function readSandboxConfig(env: NodeJS.ProcessEnv, home: string): Config {
  const refuse = (issue: string, where = 'ZECCHINO_SANDBOX') => {
    throw new InvalidConfigError({ issues: [issue], where })
  }
  if (env['ZECCHINO_SANDBOX'] !== 'own') refuse('it is own, or not set')
  if ((env['ZECCHINO_PROFILE'] || 'sandbox') !== 'sandbox')
    refuse('with ZECCHINO_SANDBOX it is sandbox, or not set', 'ZECCHINO_PROFILE')
  if (env['ZECCHINO_API_URL'])
    refuse(
      'a sandbox of its own has its own URL; unset this, or ZECCHINO_SANDBOX',
      'ZECCHINO_API_URL',
    )
  if (existsSync(keystoreFiles(home, 'venice').keystore) || existsSync(join(home, 'venice.sqlite')))
    refuse(`${home} is the home of a wallet with real money; point ZECCHINO_HOME elsewhere`)
  for (const name of secrets) take(env, name)
  const profile = 'sandbox'
  const { chosen, outputDir, policy, unfiled } = settingsOf(readConfigFile(home), profile)
  const network = Network.networks['base-sepolia']
  const apiUrl = defaultApiUrl(profile)
  const { keystore, password } = keystoreFiles(home, profile)
  return {
    apiKey: undefined,
    apiUrl,
    chosen,
    databaseUrl: undefined,
    home,
    key: { kind: 'keystore', passwordFile: password, path: keystore },
    network,
    otherKeys: [],
    outputDir: resolve(env['ZECCHINO_OUTPUT_DIR'] || outputDir || join(home, 'videos')),
    policy,
    profile,
    proxies: undefined,
    rpcUrls: [defaultRpcUrl({ base: apiUrl, network, profile })],
    runsSandbox: true,
    unfiled,
  }
}

const secrets = [
  'VENICE_API_KEY',
  'ZECCHINO_DATABASE_URL',
  'ZECCHINO_KEYSTORE_PASSWORD_FILE',
  'ZECCHINO_MNEMONIC',
  'ZECCHINO_PRIVATE_KEY',
]

function homeOf(env: NodeJS.ProcessEnv): string {
  const usual = join(homedir(), '.zecchino')
  return resolve(env['ZECCHINO_HOME'] || (env['ZECCHINO_SANDBOX'] ? join(usual, 'sandbox') : usual))
}

/** Where other programs on this machine keep their configuration. */
export type Places = {
  /** What programs with windows use: `~/.config`, `Application Support` or `AppData`. */
  appData: string
  codexHome: string
  cwd: string
  /** What this process was started with. Secrets may be in it. */
  env: Readonly<NodeJS.ProcessEnv>
  home: string
  /** The Node that runs. */
  node: string
  platform: NodeJS.Platform
  /** Where the wallet is. */
  zecchinoHome: string
}

/** Reads where other programs keep their configuration. */
export function readPlaces(env: NodeJS.ProcessEnv = process.env): Places {
  const { cwd, platform } = process
  const home = homedir()
  const appData =
    platform === 'win32'
      ? env['APPDATA'] || join(home, 'AppData', 'Roaming')
      : platform === 'darwin'
        ? join(home, 'Library', 'Application Support')
        : env['XDG_CONFIG_HOME'] || join(home, '.config')
  return {
    appData,
    codexHome: env['CODEX_HOME'] || join(home, '.codex'),
    cwd: cwd(),
    env,
    home,
    node: process.execPath,
    platform,
    zecchinoHome: resolve(env['ZECCHINO_HOME'] || join(home, '.zecchino')),
  }
}

/** The default is `venice`; only a loopback API that nobody gave a profile is taken as a sandbox. */
function profileOf(value: string | undefined, apiUrl: string | undefined): Profile {
  if (value === 'venice' || value === 'sandbox') return value
  if (value)
    throw new InvalidConfigError({ issues: ['it is venice or sandbox'], where: 'ZECCHINO_PROFILE' })
  return isLoopback(apiUrl) ? 'sandbox' : 'venice'
}

function networkOf(value: string | undefined, profile: Profile): Network.Network {
  if (!value) return Network.networks[profile === 'venice' ? 'base' : 'base-sepolia']
  const names = Object.keys(Network.networks)
  if (names.includes(value)) return Network.networks[value as Network.Name]
  throw new InvalidConfigError({
    issues: [`it is one of ${names.join(', ')}`],
    where: 'ZECCHINO_NETWORK',
  })
}

/** Real money goes to Venice only, and the sandbox stays on this machine, unless the owner says so. */
function checkHost(options: {
  base: string
  hosts: readonly string[]
  network: Network.Network
  profile: Profile
  where: string
}) {
  const { base, hosts, network, profile, where } = options
  const { host, protocol } = new URL(base)
  const loopback = isLoopback(base)
  const refuse = (issue: string) => {
    throw new InvalidConfigError({ issues: [issue], where })
  }
  if (protocol !== 'https:' && !loopback) refuse('it is https, except on this machine')
  if (hosts.includes(host)) return
  const { host: venice } = new URL(Venice.apiUrl)
  if (Network.isMainnet(network) && host !== venice)
    refuse(`on ${network.title} the host is ${venice}; ${wayTo(host, profile)}`)
  if (profile === 'venice' && loopback)
    refuse(`the venice profile does not talk to this machine; use ZECCHINO_PROFILE=sandbox`)
  if (profile === 'sandbox' && !loopback) refuse('the sandbox profile talks to this machine only')
}

/**
 * A wallet's signature for one place is worthless at another; an API key is worth the same everywhere.
 * So it goes to Venice, or to a host that the owner named, whatever the network is called, and one
 * that looks like Venice's own never goes to whatever listens on this machine.
 */
function checkKeyHost(options: {
  apiKey: string
  base: string
  hosts: readonly string[]
  profile: Profile
  where: string
}) {
  const { apiKey, base, hosts, profile, where } = options
  const { host } = new URL(base)
  const { host: venice } = new URL(Venice.apiUrl)
  if (hosts.includes(host)) return
  if (profile === 'venice' && host !== venice)
    throw new InvalidConfigError({
      issues: [`an API key is only sent to ${venice}; ${wayTo(host, profile)}`],
      where,
    })
  if (profile === 'sandbox' && /^venice[-_]/i.test(apiKey))
    throw new InvalidConfigError({
      issues: ['it looks like a real key, which the sandbox profile never sends'],
      where: 'VENICE_API_KEY',
    })
}

function wayTo(host: string, profile: Profile): string {
  return `name ${host} under "hosts" of "${profile}" in config.json to allow it`
}

function defaultApiUrl(profile: Profile): string {
  return profile === 'venice' ? Venice.apiUrl : 'http://127.0.0.1:4020/api/v1'
}

/** The sandbox answers for its own chain; elsewhere it is the public node of the network that pays. */
function defaultRpcUrl(options: {
  base: string
  network: Network.Network
  profile: Profile
}): string {
  const { base, network, profile } = options
  return profile === 'sandbox' ? new URL('/__sandbox/rpc', base).href : rpcUrls[network.name]
}

const rpcUrls: Record<Network.Name, string> = {
  base: 'https://mainnet.base.org',
  'base-sepolia': 'https://sepolia.base.org',
}

/** One node of the chain, or two others, with a comma between them in a variable. */
function rpcUrlsOf(where: string, value: string | readonly string[]): readonly string[] {
  const texts = typeof value === 'string' ? value.split(',').map((text) => text.trim()) : value
  if (texts.length === 1 && texts[0] === 'none') return []
  const urls = texts.map((text) => urlOf(where, text)?.href)
  if (urls.length <= 2 && new Set(urls).size === urls.length && !urls.includes(undefined))
    return texts
  throw new InvalidConfigError({ issues: ['it is one URL, two different ones, or none'], where })
}

function urlOf(where: string, value: string | undefined): URL | undefined {
  if (!value) return undefined
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url
  throw new InvalidConfigError({ issues: ['it is an http(s) URL without credentials'], where })
}
