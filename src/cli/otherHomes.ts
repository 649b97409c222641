import { readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

import type { Installed } from './installedHosts.js'
import { openPayer } from './openPayer.js'
import { readConfig } from './readConfig.js'

/** A host that runs a wallet of ours from another home, and so on another ledger. */
export type OtherHome = { home: string; host: string; wallet: string }

/**
 * Finds hosts that run the same wallet from another home. Each home has a ledger of its own, which takes
 * what is bought from the other for a stranger's.
 */
export async function otherHomes(
  env: Readonly<Record<string, string>>,
  installed: readonly Installed[],
): Promise<OtherHome[]> {
  const own = homeIn(env)
  const others = installed.filter(({ entry }) => homeIn(entry.env) !== own)
  if (others.length === 0 || env['ZECCHINO_SANDBOX']) return []
  const ours = await walletsOf(env)
  const found: OtherHome[] = []
  for (const { entry, host } of others) {
    const theirs = await walletsOf(entry.env)
    const wallet = ours.find((one) => theirs.includes(one))
    if (wallet) found.push({ home: homeIn(entry.env), host: host.name, wallet })
  }
  return found
}

function homeIn(env: Readonly<Record<string, string>>): string {
  return resolve(env['ZECCHINO_HOME'] || join(homedir(), '.zecchino'))
}

/** Wallets that have spent from a home, and the one that would. Nothing of a key is kept. */
async function walletsOf(env: Readonly<Record<string, string>>): Promise<string[]> {
  const home = homeIn(env)
  const profile = env['ZECCHINO_PROFILE'] ?? 'venice'
  const record = /\.ledger\.json$/
  const names = readable(() => readdirSync(home)) ?? []
  const spent = names
    .filter((name) => name.startsWith(`${profile}.`) && record.test(name))
    .flatMap((name) => /0x[\da-f]{40}/i.exec(name)?.[0].toLowerCase() ?? [])
  // No wallet yet, or none that can be opened: then it has to have spent.
  const config = readable(() => readConfig({ ...env }))
  const payer = config && (await openPayer(config).catch(() => undefined))
  const own = payer?.wallet?.address.toLowerCase()
  return [...new Set(own ? [...spent, own] : spent)]
}

function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined // no such home, or one that cannot be read
  }
}
