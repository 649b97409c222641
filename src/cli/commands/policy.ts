import { existsSync } from 'node:fs'

import { discoverTopUp } from '../../actions/discoverTopUp.js'
import type { Zecchino } from '../../flows/createZecchino.js'
import { policyOf } from '../../flows/policyOf.js'
import { setPolicy } from '../../flows/setPolicy.js'
import { parseJson } from '../../internal/base64Json.js'
import * as Jsonc from '../../internal/Jsonc.js'
import { printable } from '../../internal/printable.js'
import * as Policy from '../../Policy.js'
import * as Wallet from '../../Wallet.js'
import { processTerminal, requireOwner } from '../owner.js'
import { policyNotes, wordOf } from '../policyNotes.js'
import { didYouMean, ruleIssue } from '../configIssues.js'
import { configPath, parseConfig, readConfigFile, readConfigText } from '../readConfigFile.js'
import { replaceConfig } from '../replaceConfig.js'
import type { Context } from '../runCommand.js'
import { UsageError } from '../UsageError.js'

/** `zecchino policy [set <key> <value> | move | trust-payee | trust-ledger]`. */
export async function policy(context: Context): Promise<void> {
  const [what = 'show'] = context.args
  const run = {
    move,
    set,
    show,
    'trust-ledger': trustLedger,
    'trust-payee': trustPayee,
  }[what]
  if (!run)
    throw new UsageError({
      reason:
        'It is `policy`, `policy set`, `policy move`, `policy trust-payee` or `policy trust-ledger`.',
    })
  await run(context)
}

async function show(context: Context): Promise<void> {
  const { config, print } = context
  const settings = await config()
  const zecchino = await openIfPossible(context)
  const shown = Policy.format(zecchino ? await policyOf(zecchino) : settings.policy)
  const version = zecchino?.ledger.readOnly ? undefined : await zecchino?.ledger.policy()
  const notes = await policyNotes(settings, zecchino)
  const since = version && {
    version: version.number,
    by: version.author,
    at: version.at.toISOString(),
  }
  print({ ...shown, ...(since && { in_force: since }), ...(notes.length > 0 && { notes }) }, [
    ...Object.entries(shown).map(([key, value]) => `${key.padEnd(20)}${JSON.stringify(value)}`),
    since
      ? `In force since ${since.at}: version ${since.version}, by ${since.by === 'owner' ? 'the owner' : 'a process that allows less'}.`
      : 'Nothing is on the ledger yet: the first purchase puts this there.',
    ...notes.flatMap(({ next, says }) => [`! ${says}.`, `  ${next}`]),
  ])
}

/** `policy set`: the owner's word, on the ledger first, and then in the profile's section. */
async function set(context: Context): Promise<void> {
  const { args, config, print } = context
  const [, key = '', text = ''] = args
  const { home, profile } = await config()
  if (!isKey(key)) {
    const way = didYouMean(key, Policy.keys) || `; it is one of ${Policy.keys.join(', ')}.`
    throw new UsageError({
      reason: `${printable(key, 60) || 'Nothing'} is no key of the policy${way}`,
    })
  }
  const value: unknown = text === 'null' ? null : (parseJson(text) ?? text)
  if (!Policy.Policy.shape[key].safeParse(value).success) {
    const issue = ruleIssue(key, value)
    throw new UsageError({
      reason: `${issue}${issue.endsWith('?') ? '' : '.'} Nothing was changed.`,
    })
  }
  const next = Jsonc.set(readConfigText(home) ?? blank, [profile, key], value)
  parseConfig(next, configPath(home))
  await requireOwner(home, processTerminal())
  const zecchino = await openIfPossible(context)
  const version = zecchino && (await setPolicy(zecchino, Policy.parse({ [key]: value }) ?? {}))
  replaceConfig(home, next)
  print({ [key]: value, profile, ...(version && { version: version.number }) }, [
    `${key} is now ${JSON.stringify(value)} for the profile ${profile}.`,
    version
      ? 'It holds for every process of this wallet from its next purchase on; one that was started with less of its own keeps to that until it is started again.'
      : 'It holds once there is a wallet.',
  ])
}

/** `policy move`: keys that stand in no profile become those of this one, by the owner's word. */
async function move(context: Context): Promise<void> {
  const { config, print, show } = context
  const { home, profile } = await config()
  const { sandbox, venice, ...flat } = readConfigFile(home)
  const own = { sandbox, venice }[profile] ?? {}
  const section: Record<string, unknown> = { ...flat, ...own }
  if (Object.keys(flat).length === 0)
    throw new UsageError({ reason: 'Every key of config.json stands in a profile already.' })
  const next = Object.entries(flat).reduce(
    (text, [key, value]) => {
      const left = Jsonc.unset(text, key)
      return key in own ? left : Jsonc.set(left, [profile, key], value)
    },
    readConfigText(home) ?? blank,
  )
  parseConfig(next, configPath(home))
  for (const [key, value] of Object.entries(flat)) show(`${key.padEnd(20)}${wordOf(value)}`)
  show(`These keys of config.json are to hold for the profile ${profile}, and for no other.`)
  await requireOwner(home, processTerminal())
  const zecchino = await openIfPossible(context)
  const rules = Object.fromEntries(
    Object.entries(section).filter(([key]) => key in flat && key in Policy.Policy.shape),
  )
  const change = Policy.parse(rules) ?? {}
  if (zecchino && Object.keys(change).length > 0) await setPolicy(zecchino, change)
  replaceConfig(home, next)
  print({ moved: Object.keys(flat), profile }, [
    `${Object.keys(flat).join(', ')}: now of the profile ${profile}.`,
  ])
}

/** What a file is written into that is not there yet. */
const blank = '{}\n'

function isKey(key: string): key is Policy.Key {
  return key in Policy.Policy.shape
}

async function trustPayee({ config, open, print, show }: Context): Promise<void> {
  const zecchino = await open()
  const { client, ledger, network, payer } = zecchino
  if (payer === 'key') throw new Wallet.NeedsWalletError({ what: 'payee' })
  const { offers } = await discoverTopUp(client)
  const offered = offers.find((offer) => offer.network === network)?.payTo
  const { payee } = await ledger.state()
  if (!offered) throw new UsageError({ reason: `Venice offers no payee on ${network.title}.` })
  show(`Pinned    ${payee ?? 'none yet'}`)
  show(`Offered   ${offered}`)
  await requireOwner((await config()).home, processTerminal())
  await ledger.trustPayee(offered)
  // One that the policy names would still speak against it.
  if ((await ledger.policy())?.policy.payTo) await setPolicy(zecchino, { payTo: offered })
  print({ payee: offered }, [`Payments now go to ${offered}.`])
}

/** `policy trust-ledger`: the owner has moved the ledger, or lost it, and goes on with this one. */
async function trustLedger({ config, print, show }: Context): Promise<void> {
  const settings = await config()
  const home = await import('../homeLedger.js')
  const { openPayer } = await import('../openPayer.js')
  const { openLedger } = await import('../openZecchino.js')
  const { account } = await openPayer(settings)
  const known = home.read(settings, account)
  show(`Wallet    ${account}`)
  show(
    `Known     ${typeof known === 'object' ? `${known.kind}, ${known.ledger}, since ${known.since}` : 'none'}`,
  )
  const kind = settings.databaseUrl === undefined ? 'sqlite' : 'postgres'
  const isNew = kind === 'sqlite' && !existsSync(home.sqlitePath(settings))
  if (isNew) {
    show('Offered   a new file, on which nothing is paid for and no budget is used')
    await requireOwner(settings.home, processTerminal())
  }
  const ledger = await openLedger(settings, account)
  try {
    const { id } = ledger
    if (id === undefined) throw ledger.readOnly ?? new UsageError({ reason: 'It has no name.' })
    if (!isNew) {
      const [jobs, payments] = await Promise.all([ledger.jobs(), ledger.payments()])
      show(`Offered   ${kind}, ${id}: ${jobs.length} jobs, ${payments.length} payments`)
      await requireOwner(settings.home, processTerminal())
    }
    home.trustLedger(settings, { account: ledger.account, ledger: id })
    print({ account, kind, ledger: id }, [`${account} now spends from ${kind}, ${id}.`])
  } finally {
    await ledger.close()
  }
}

/** Opens whoever pays. Without a wallet or a key there is no ledger to ask. */
async function openIfPossible({ config, open }: Context): Promise<Zecchino | undefined> {
  const { apiKey, key } = await config()
  return key || apiKey !== undefined ? open() : undefined
}
