import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

import * as z from 'zod'

import * as Errors from '../Errors.js'
import { parseJson } from '../internal/base64Json.js'
import * as Network from '../Network.js'
import * as Policy from '../Policy.js'
import * as Venice from '../Venice.js'

/** Where a wallet's key comes from. The values are secrets. */
export type KeySource =
  | { kind: 'keystore'; passwordFile: string | undefined; path: string }
  | { kind: 'mnemonic'; words: string }
  | { kind: 'private-key'; key: string }

/** Everything that is set from outside, checked. */
export type Config = {
  apiKey: string | undefined
  apiUrl: string
  databaseUrl: string | undefined
  home: string
  key: KeySource | undefined
  network: Network.Network
  outputDir: string
  policy: Policy.Policy
  profile: 'sandbox' | 'venice'
  rpcUrl: string | undefined
}

/** `config.json`: the policy's keys beside a few of its own. Unknown keys are refused. */
const File = z
  .strictObject({
    ...Policy.Policy.shape,
    apiUrl: z.url(),
    /** Hosts the owner allows beside the profile's own. */
    hosts: z.array(z.string().min(1)),
    outputDir: z.string().min(1),
    rpcUrl: z.union([z.url(), z.literal('none')]),
  })
  .partial()

/**
 * Reads the configuration: the one place that looks at the environment. Secrets are removed from
 * it, so that no child process inherits them.
 *
 * @throws {@link InvalidConfigError} naming the variable or key; nothing falls back to a default.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const home = resolve(env['ZECCHINO_HOME'] || join(homedir(), '.zecchino'))
  const file = readFile(join(home, 'config.json'))
  const apiUrl = urlOf('ZECCHINO_API_URL', env['ZECCHINO_API_URL'] || file.apiUrl)
  const profile = profileOf(env['ZECCHINO_PROFILE'], apiUrl)
  const network = networkOf(env['ZECCHINO_NETWORK'], profile)
  const base = (apiUrl?.href ?? defaultApiUrl(profile)).replace(/\/+$/, '')
  checkHost({ base, hosts: file.hosts ?? [], network, profile })
  const key = keyOf(env) ?? ownKeystore(home, profile)
  // Text from a file ends in a line's end, which no key has.
  const apiKey = take(env, 'VENICE_API_KEY')?.trim() || undefined
  if (apiKey !== undefined && !key) checkKeyHost({ apiKey, base, hosts: file.hosts ?? [], profile })

  const { apiUrl: _, hosts: __, outputDir, rpcUrl, ...policy } = file
  const rpc = env['ZECCHINO_RPC_URL'] || rpcUrl || defaultRpcUrl(profile, base)
  if (rpc !== 'none') urlOf('ZECCHINO_RPC_URL', rpc)
  return {
    apiKey,
    apiUrl: base,
    databaseUrl: take(env, 'ZECCHINO_DATABASE_URL'),
    home,
    key,
    network,
    outputDir: resolve(env['ZECCHINO_OUTPUT_DIR'] || outputDir || join(home, 'videos')),
    policy: policyOf({ ...Policy.defaults[profile], ...policy }),
    profile,
    rpcUrl: rpc === 'none' ? undefined : rpc,
  }
}

/** Where other programs on this machine keep their configuration. */
export type Places = {
  /** What programs with windows use: `~/.config`, `Application Support` or `AppData`. */
  appData: string
  codexHome: string
  cwd: string
  home: string
  platform: NodeJS.Platform
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
    home,
    platform,
  }
}

function readFile(path: string): z.output<typeof File> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new InvalidConfigError({ cause, issues: ['the file cannot be read'], where: path })
  }
  const value = parseJson(text)
  checkFile(value, path)
  // The policy is parsed again with its defaults; here it was only checked.
  return { ...(value as Record<string, unknown>) } as z.output<typeof File>
}

/** Checks what stands, or is to stand, in `config.json`. */
export function checkFile(value: unknown, where: string): void {
  const parsed = File.safeParse(value)
  if (!parsed.success) throw new InvalidConfigError({ issues: issuesOf(parsed.error), where })
}

/** Where `init` keeps a profile's key: a wallet made under one profile is never used by the other. */
export function keystoreFiles(home: string, profile: Config['profile']) {
  return {
    keystore: join(home, `${profile}.keystore.json`),
    password: join(home, `${profile}.keystore.password`),
  }
}

function ownKeystore(home: string, profile: Config['profile']): KeySource | undefined {
  const { keystore, password } = keystoreFiles(home, profile)
  return existsSync(keystore)
    ? { kind: 'keystore', passwordFile: password, path: keystore }
    : undefined
}

function policyOf(value: unknown): Policy.Policy {
  const parsed = Policy.Policy.safeParse(value)
  if (parsed.success) return parsed.data
  throw new InvalidConfigError({ issues: issuesOf(parsed.error), where: 'config.json' })
}

function issuesOf(error: z.ZodError): string[] {
  return error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `unknown: ${issue.keys.join(', ')}; known: ${Object.keys(File.shape).join(', ')}`
      : `${issue.path.join('.') || 'the file'}: ${issue.message}`,
  )
}

/** The default is `venice`; only a loopback API that nobody gave a profile is taken as a sandbox. */
function profileOf(value: string | undefined, apiUrl: URL | undefined): Config['profile'] {
  if (value === 'venice' || value === 'sandbox') return value
  if (value)
    throw new InvalidConfigError({ issues: ['it is venice or sandbox'], where: 'ZECCHINO_PROFILE' })
  return apiUrl && isLoopback(apiUrl.hostname) ? 'sandbox' : 'venice'
}

function networkOf(value: string | undefined, profile: Config['profile']): Network.Network {
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
  profile: Config['profile']
}) {
  const { base, hosts, network, profile } = options
  const { host, hostname, protocol } = new URL(base)
  const loopback = isLoopback(hostname)
  const refuse = (issue: string) => {
    throw new InvalidConfigError({ issues: [issue], where: 'ZECCHINO_API_URL' })
  }
  if (protocol !== 'https:' && !loopback) refuse('it is https, except on this machine')
  if (hosts.includes(host)) return
  const { host: venice } = new URL(Venice.apiUrl)
  if (Network.isMainnet(network) && host !== venice)
    refuse(`on ${network.title} the host is ${venice}; name ${host} under "hosts" to allow it`)
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
  profile: Config['profile']
}) {
  const { apiKey, base, hosts, profile } = options
  const { host } = new URL(base)
  const { host: venice } = new URL(Venice.apiUrl)
  if (hosts.includes(host)) return
  if (profile === 'venice' && host !== venice)
    throw new InvalidConfigError({
      issues: [`an API key is only sent to ${venice}; name ${host} under "hosts" to allow it`],
      where: 'ZECCHINO_API_URL',
    })
  if (profile === 'sandbox' && /^venice[-_]/i.test(apiKey))
    throw new InvalidConfigError({
      issues: ['it looks like a real key, which the sandbox profile never sends'],
      where: 'VENICE_API_KEY',
    })
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

function defaultApiUrl(profile: Config['profile']): string {
  return profile === 'venice' ? Venice.apiUrl : 'http://127.0.0.1:4020/api/v1'
}

function defaultRpcUrl(profile: Config['profile'], apiUrl: string): string {
  return profile === 'venice' ? 'https://mainnet.base.org' : new URL('/__sandbox/rpc', apiUrl).href
}

function urlOf(where: string, value: string | undefined): URL | undefined {
  if (!value) return undefined
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url
  throw new InvalidConfigError({ issues: ['it is an http(s) URL without credentials'], where })
}

function keyOf(env: NodeJS.ProcessEnv): KeySource | undefined {
  const key = take(env, 'ZECCHINO_PRIVATE_KEY')
  const words = take(env, 'ZECCHINO_MNEMONIC')
  const passwordFile = take(env, 'ZECCHINO_KEYSTORE_PASSWORD_FILE')
  const keystore = env['ZECCHINO_KEYSTORE']
  if (keystore) return { kind: 'keystore', passwordFile, path: resolve(keystore) }
  if (words) return { kind: 'mnemonic', words }
  return key ? { key, kind: 'private-key' } : undefined
}

/** Reads a secret and takes it out of the environment. */
function take(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name]
  delete env[name]
  return value || undefined
}

/** A variable or `config.json` holds something that is not allowed. Nothing falls back. */
export class InvalidConfigError extends Errors.BaseError {
  override readonly code = 'INVALID_CONFIG'
  override readonly name = 'InvalidConfigError'

  constructor(options: { cause?: unknown; issues: readonly string[]; where: string }) {
    const { cause, issues, where } = options
    super(`The configuration in ${where} is not valid.`, {
      cause,
      facts: issues.slice(0, 8),
      hint: `Correct ${where} and start again; nothing was started with a default instead.`,
    })
  }
}
