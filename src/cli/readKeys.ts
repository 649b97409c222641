import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

import type { Profile } from './readConfigFile.js'

/** Where a wallet's key comes from. The values are secrets. */
export type KeySource =
  | { kind: 'keystore'; passwordFile: string | undefined; path: string }
  | { kind: 'mnemonic'; words: string }
  | { kind: 'private-key'; key: string }

/** Where `init` keeps a profile's key: a wallet made under one profile is never used by the other. */
export function keystoreFiles(home: string, profile: Profile) {
  return {
    keystore: join(home, `${profile}.keystore.json`),
    password: join(home, `${profile}.keystore.password`),
  }
}

/**
 * Finds every key that is given, the safest first: a file that only its owner reads, before what any
 * program of the same user can look up. The first one signs; the others have to be of its wallet.
 */
export function readKeys(
  env: NodeJS.ProcessEnv,
  { home, profile }: { home: string; profile: Profile },
): KeySource[] {
  const key = take(env, 'ZECCHINO_PRIVATE_KEY')
  const words = take(env, 'ZECCHINO_MNEMONIC')
  const passwordFile = take(env, 'ZECCHINO_KEYSTORE_PASSWORD_FILE')
  const named = env['ZECCHINO_KEYSTORE'] && resolve(env['ZECCHINO_KEYSTORE'])
  const own = keystoreFiles(home, profile)
  const keys: KeySource[] = []
  if (named) keys.push({ kind: 'keystore', passwordFile, path: named })
  if (named !== own.keystore && existsSync(own.keystore))
    keys.push({ kind: 'keystore', passwordFile: own.password, path: own.keystore })
  if (words) keys.push({ kind: 'mnemonic', words })
  if (key) keys.push({ key, kind: 'private-key' })
  return keys
}

/** What a person calls a key: the variable, or the file that it lies in. Never the key. */
export function nameOf(
  source: KeySource,
  { home, profile }: { home: string; profile: Profile },
): string {
  if (source.kind === 'mnemonic') return 'ZECCHINO_MNEMONIC'
  if (source.kind === 'private-key') return 'ZECCHINO_PRIVATE_KEY'
  const { path } = source
  return path === keystoreFiles(home, profile).keystore ? path : `ZECCHINO_KEYSTORE (${path})`
}

/** Reads a secret and takes it out of the environment. */
export function take(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name]
  delete env[name]
  return value || undefined
}
