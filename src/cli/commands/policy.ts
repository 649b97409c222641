import { readFileSync, writeFileSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'

import { discoverTopUp } from '../../actions/discoverTopUp.js'
import { parseJson } from '../../internal/base64Json.js'
import * as Money from '../../Money.js'
import * as Policy from '../../Policy.js'
import * as Wallet from '../../Wallet.js'
import { processTerminal, requireOwner } from '../owner.js'
import { checkFile } from '../readConfig.js'
import type { Context } from '../runCommand.js'
import { UsageError } from '../UsageError.js'

/** `zecchino policy [set <key> <value> | trust-payee]`. */
export async function policy(context: Context): Promise<void> {
  const [what = 'show'] = context.args
  const run = { set, show, 'trust-payee': trustPayee }[what]
  if (!run)
    throw new UsageError({ reason: 'It is `policy`, `policy set` or `policy trust-payee`.' })
  await run(context)
}

async function show({ config, print }: Context): Promise<void> {
  const entries = Object.entries((await config()).policy).map(([key, value]) => [
    key,
    typeof value === 'bigint' ? Money.format(value) : value,
  ])
  const shown = Object.fromEntries(entries) as Record<string, unknown>
  print(
    shown,
    Object.entries(shown).map(([key, value]) => `${key.padEnd(20)}${JSON.stringify(value)}`),
  )
}

async function set({ args, config, print }: Context): Promise<void> {
  const [, key = '', text = ''] = args
  const { home } = await config()
  if (!(key in Policy.Policy.shape))
    throw new UsageError({ reason: `Keys: ${Object.keys(Policy.Policy.shape).join(', ')}.` })
  const path = join(home, 'config.json')
  const next = { ...read(path), [key]: parseJson(text) ?? text }
  checkFile(next, path)
  await requireOwner(home, processTerminal())
  writeFileSync(`${path}.new`, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 })
  await rename(`${path}.new`, path)
  print({ [key]: next[key] }, [`${key} is now ${JSON.stringify(next[key])}.`])
}

async function trustPayee({ config, note, open, print }: Context): Promise<void> {
  const { client, ledger, network, payer } = await open()
  if (payer === 'key') throw new Wallet.NeedsWalletError({ what: 'payee' })
  const { offers } = await discoverTopUp(client)
  const offered = offers.find((offer) => offer.network === network)?.payTo
  const { payee } = await ledger.state()
  if (!offered) throw new UsageError({ reason: `Venice offers no payee on ${network.title}.` })
  note(`Pinned    ${payee ?? 'none yet'}`)
  note(`Offered   ${offered}`)
  await requireOwner((await config()).home, processTerminal())
  await ledger.trustPayee(offered)
  print({ payee: offered }, [`Payments now go to ${offered}.`])
}

function read(path: string): Record<string, unknown> {
  try {
    return (parseJson(readFileSync(path, 'utf8')) ?? {}) as Record<string, unknown>
  } catch {
    return {} // there is none yet; a broken one stops the command when it is read
  }
}
