import type { PlatformPath } from 'node:path'

import * as Proxies from '../Proxies.js'

/** What decides whose money a server spends, and from which ledger: never left over from an earlier entry. */
export const decisive: readonly string[] = [
  'ZECCHINO_API_URL',
  'ZECCHINO_HOME',
  'ZECCHINO_NETWORK',
  'ZECCHINO_PROFILE',
  'ZECCHINO_SANDBOX',
]

/** Paths that a server needs, from wherever its host starts it. They are names of files, and no keys. */
const files = ['ZECCHINO_KEYSTORE', 'ZECCHINO_KEYSTORE_PASSWORD_FILE', 'ZECCHINO_OUTPUT_DIR']

/** What is, or may hold, a secret: a database's URL its password, a node's URL its key. */
const secret = [
  'VENICE_API_KEY',
  'ZECCHINO_DATABASE_URL',
  'ZECCHINO_MNEMONIC',
  'ZECCHINO_PRIVATE_KEY',
  'ZECCHINO_RPC_URL',
]

const proxies = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']

/** Environment of a server in a host's file. */
export type HostEnv = {
  env: Record<string, string>
  /** Variables that are set, and not written because of what is in them. */
  unwritten: string[]
  /** Proxies that were written without their user name and password. */
  withoutPassword: string[]
}

/**
 * Chooses what a server needs of an environment: hosts hand few variables on. Paths become absolute.
 * Nothing that is a key, or may hold one, is in it.
 *
 * @throws {@link Proxies.InvalidProxyError}
 */
export function hostEnvOf(
  from: Readonly<Record<string, string | undefined>>,
  options: hostEnvOf.Options,
): HostEnv {
  const { cwd, home, path, sandbox } = options
  const env: Record<string, string> = { ZECCHINO_HOME: home }
  const take = (name: string, value = from[name]) => {
    if (value) env[name] = value
  }
  if (sandbox !== undefined) take('ZECCHINO_PROFILE', 'sandbox')
  if (sandbox === 'own') take('ZECCHINO_SANDBOX', 'own')
  else if (sandbox !== undefined) take('ZECCHINO_API_URL', sandbox)
  else for (const name of ['ZECCHINO_PROFILE', 'ZECCHINO_API_URL', 'ZECCHINO_NETWORK']) take(name)
  // A sandbox of its own is on this machine, and has a wallet and a folder of its own.
  if (sandbox === 'own') return { env, unwritten: [], withoutPassword: [] }

  for (const name of [...files, 'NODE_EXTRA_CA_CERTS'])
    if (from[name]) take(name, path.resolve(cwd, from[name]))
  const withoutPassword: string[] = []
  for (const name of proxies) {
    const text = from[name]?.trim()
    if (!text) continue
    const bare = Proxies.bare({ from: name, text })
    take(name, bare.text)
    if (bare.hadUser) withoutPassword.push(name)
  }
  for (const name of ['NO_PROXY', 'no_proxy']) take(name)
  return { env, unwritten: secret.filter((name) => from[name]), withoutPassword }
}

export declare namespace hostEnvOf {
  type Options = {
    cwd: string
    /** Home of the wallet, or of the sandbox. */
    home: string
    /** The paths of the system that it is for. */
    path: PlatformPath
    /** URL of a sandbox's API; `own`: one that the server runs. None: what the environment says. */
    sandbox: string | undefined
  }
}
