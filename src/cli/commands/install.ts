import { existsSync, realpathSync } from 'node:fs'
import { posix, sep, win32 } from 'node:path'

import * as Errors from '../../Errors.js'
import { hostEnvOf } from '../hostEnvOf.js'
import type { HostName } from '../hostNames.js'
import { type Entry, type Found, type Host, hostOf, versionOf, withoutContainer } from '../hosts.js'
import { type Installed, installedHosts } from '../installedHosts.js'
import { dropRecord, pruneApps, readRecords, writeRecord } from '../installRecord.js'
import { otherHomes } from '../otherHomes.js'
import { type App, placeApp, tryApp } from '../placeApp.js'
import { type Places, readConfig, readPlaces } from '../readConfig.js'
import { backupsOf, readText, removeFile, replaceFile } from '../replaceFile.js'
import type { Context } from '../runCommand.js'
import { stableNode } from '../stableNode.js'
import { UsageError } from '../UsageError.js'

/**
 * `zecchino install [host]`: puts the running version under the home, and tells a host to start it, or says
 * what to tell it. Without a host, every one that has a server of ours is brought to the running version.
 */
export async function install(context: Context, places = readPlaces(), place = placeApp) {
  const { args, options, print } = context
  if (options['rollback'] === true) return rollback(context, places)
  const node = stableNode(places.node, (path) => isSame(path, places.node))
  const home = places.zecchinoHome
  const placed = () => place(home, { env: places.env, node })
  if (args.length === 0) return upgrade(context, { node, placed, places })

  const host = hostFor(context, places)
  const { file } = host
  const { env, unwritten, withoutPassword } = chosenEnv(context, places)
  const app = await placed() // printed or written, it is there to be started
  const entry: Entry = { args: [app.entry, 'mcp'], command: node, env }
  const snippet = host.snippet(entry)
  if (options['print'] === true)
    return print({ file, snippet, status: 'printed' }, [snippet.trim()])

  checkChange(host, { change: 'add', found: host.find(readText(file)), snippet })
  const told = tell(host, { entry, home })
  prune(places)
  const others = await otherHomes(env, installedHosts(places))
  const warnings = others.map(
    ({ home: other, host: name, wallet }) =>
      `Warning: ${name} runs this wallet (${wallet}) from ${other}. Two homes of one wallet take each other’s ` +
      'purchases for a stranger’s, and stop: give both the same ZECCHINO_HOME.',
  )
  const hosts = namesOf(places, app)
  print({ ...told, file, hosts: hosts.json, snippet, unwritten, version: app.version, warnings }, [
    told.status === 'unchanged'
      ? `${file} has it already.`
      : `${told.status === 'added' ? 'Added to' : 'Changed in'} ${file}.${keptIn(told.backup)}`,
    `Starts    ${app.version} with ${node}`,
    `From      ${app.folder}`,
    moneyOf(env),
    ...hosts.lines,
    ...(withoutPassword.length > 0
      ? [
          `Without user name and password, which you give the host yourself: ${list(withoutPassword)}.`,
        ]
      : []),
    ...(unwritten.length > 0
      ? [`Not written, because it is or may hold a secret: ${list(unwritten)}.`]
      : []),
    ...(options['project'] === true
      ? ['Paths of this machine are in it: keep it out of what you share.']
      : []),
    ...warnings,
    ...lastWords(env),
  ])
}

/** `zecchino uninstall <host>`: takes back what `install` added, and nothing else. */
export async function uninstall(context: Context, places = readPlaces()): Promise<void> {
  const { args, print } = context
  if (args.length === 0) throw new UsageError({ reason: whichHost(places) })
  const host = hostFor(context, places)
  const { file } = host
  const text = readText(file)
  const found = text === undefined ? ({ kind: 'none' } as const) : host.find(text)
  const snippet = host.snippet({ args: ['…', 'mcp'], command: 'node', env: {} })
  checkChange(host, { change: 'remove', found, snippet })
  if (text === undefined || found.kind !== 'ours')
    return print({ file, status: 'unchanged' }, [`${file} has nothing of ours.`])

  const cut = host.takeOut(text)
  // The container may have been there before, empty; a backup knows.
  const bare = withoutContainer(cut)
  const backups = backupsOf(file)
  const original = backups.find((kept) => kept.text === cut || kept.text === bare)
  if (!original && backups.length === 0 && /^\s*(\{\s*\})?\s*$/.test(bare)) removeFile(file)
  else {
    const made = replaceFile(file, { now: new Date(), text: original?.text ?? cut })
    for (const path of original ? [original.path, made] : []) if (path) removeFile(path)
  }
  dropRecord(places.zecchinoHome, file)
  prune(places)
  const hosts = namesOf(places)
  print({ file, hosts: hosts.json, status: 'removed' }, [`Taken out of ${file}.`, ...hosts.lines])
}

/** Brings every host that has a server of ours to the running version. What else stands with it stays. */
async function upgrade(
  context: Context,
  options: { node: string; placed: () => Promise<App>; places: Places },
): Promise<void> {
  const { node, placed, places } = options
  const { zecchinoHome: home } = places
  const installed = installedHosts(places)
  if (installed.length === 0 || context.options['sandbox'] !== undefined)
    throw new UsageError({ reason: whichHost(places) })
  const app = await placed()
  const usual = chosenEnv(context, places).env
  const changed = installed.map(({ entry, host, version }) => {
    // What `npx` was told of had no environment of its own.
    const env = version === 'npx' ? { ...usual, ...entry.env } : entry.env
    const { status } = tell(host, { entry: { args: [app.entry, 'mcp'], command: node, env }, home })
    return { file: host.file, from: version, host: host.name, status, to: app.version }
  })
  prune(places)
  const lines = changed.map(({ file, from, host, status, to }) =>
    status === 'unchanged'
      ? `${host} has ${to} already: ${file}`
      : `${host} ${from} → ${to}: ${file}`,
  )
  context.print({ changed, version: app.version }, [...lines, 'Restart them.'])
}

/** Has a host, or all of them, start again what they started before the last change. */
async function rollback(context: Context, places: Places): Promise<void> {
  const { args } = context
  const { env, zecchinoHome: home } = places
  const file = args.length === 0 ? undefined : hostFor(context, places).file
  const records = readRecords(home).filter(
    (record) => record.before && file === (file && record.file),
  )
  if (records.length === 0) throw new NothingBeforeError({ file })
  const changed: object[] = []
  const lines: string[] = []
  for (const { before, file: path, host: name, now } of records) {
    const host = installedHosts(places).find((one) => one.host.file === path)
    if (!host || !before) continue
    const [from, to] = [versionOf(now) ?? '', versionOf(before) ?? '']
    const [entry = ''] = before.args
    if (to !== 'npx')
      await tryApp(entry.split(`${sep}node_modules${sep}zecchino${sep}`)[0] ?? '', {
        env,
        home,
        node: before.command,
      })
    tell(host.host, { entry: { ...before, env: host.entry.env }, home })
    changed.push({ file: path, from, host: name, to })
    lines.push(`${name} ${from} → ${to}: ${path}`)
  }
  if (changed.length === 0) throw new NothingBeforeError({ file })
  context.print({ changed }, [...lines, 'Restart it. `--rollback` once more takes this back.'])
}

/** Writes an entry into a host's file, and remembers what was there before. */
function tell(host: Host, { entry, home }: { entry: Entry; home: string }) {
  const { file, name } = host
  const text = readText(file)
  const found = host.find(text)
  const { args, command } = entry
  const now = { args: [...args], command }
  const next = host.put(text, entry)
  const old =
    found.kind === 'ours'
      ? { args: [...found.entry.args], command: found.entry.command }
      : undefined
  const isOther = old !== undefined && JSON.stringify(old) !== JSON.stringify(now)
  const known = readRecords(home).find((record) => record.file === file)
  let backup: string | undefined
  if (next !== text) {
    backup = replaceFile(file, { now: new Date(), text: next })
    // Only our own entry changed, of which there is a record.
    if (found.kind === 'ours' && backup) removeFile(backup)
  }
  const before = isOther ? old : known?.before
  writeRecord(home, { ...(before && { before }), file, host: name, now })
  const status = next === text ? 'unchanged' : found.kind === 'ours' ? 'changed' : 'added'
  return { ...(status === 'added' && backup && { backup }), status } as const
}

/** What the server is to be started with. It is read as the server will read it, so that nothing is written that cannot start. */
function chosenEnv({ options }: Context, places: Places) {
  const { cwd, env, platform, zecchinoHome } = places
  const path = platform === 'win32' ? win32 : posix
  const asked = options['sandbox'] as string | true | undefined
  const sandbox = asked === true ? 'own' : asked
  const home = sandbox === 'own' ? path.join(zecchinoHome, 'sandbox') : zecchinoHome
  const chosen = hostEnvOf(env, { cwd, home, path, sandbox })
  readConfig({ ...chosen.env })
  return chosen
}

function prune(places: Places): void {
  const { zecchinoHome: home } = places
  const words = readRecords(home).flatMap(({ before, now }) => [
    ...(before?.args ?? []),
    ...now.args,
  ])
  const found = installedHosts(places).flatMap(({ entry }) => entry.args)
  pruneApps(home, { now: new Date(), texts: [...words, ...found] })
}

function hostFor({ args, options }: Context, places: Places): Host {
  const [name] = args as HostName[] // commander knows the choices
  const scope = options['project'] === true ? 'project' : 'user'
  const host = name && hostOf(name, places, scope)
  if (!host) throw new UsageError({ reason: `${name} has no file for a project.` })
  return host
}

function whichHost(places: Places): string {
  const names = installedHosts(places).map(({ host }) => host.name)
  return names.length === 0
    ? 'Say which host: none has a server of ours yet.'
    : `Say which host. Those with a server of ours: ${list([...new Set(names)])}.`
}

/** Every host that starts a server of ours, and what. */
function namesOf(places: Places, app?: App) {
  const installed = installedHosts(places)
  const isCurrent = ({ entry }: Installed) => app === undefined || entry.args[0] === app.entry
  const lines = installed.map((one, index) => {
    const { host, version } = one
    const label = index === 0 ? 'Hosts     ' : '          '
    const older = isCurrent(one) ? '' : ` (\`zecchino install\` brings all of them to this version)`
    return `${label}${host.name} ${version}: ${host.file}${older}`
  })
  const json = installed.map(({ host, version }) => ({ file: host.file, host: host.name, version }))
  return { json, lines }
}

function moneyOf(env: Readonly<Record<string, string>>): string {
  const home = env['ZECCHINO_HOME']
  if (env['ZECCHINO_SANDBOX'] === 'own')
    return `Money     play money only, in a sandbox that the server runs by itself (${home})`
  if (env['ZECCHINO_PROFILE'] === 'sandbox') return `Money     play money only (${home})`
  return `Money     real money, of the wallet in ${home}`
}

function lastWords(env: Readonly<Record<string, string>>): string[] {
  if (env['ZECCHINO_SANDBOX'] === 'own')
    return ['Restart the host, and ask it for a video. Nothing else is needed.']
  return [
    'Restart the host, and run `zecchino init` if there is no wallet yet. To pay with an API key',
    'instead, give the host VENICE_API_KEY in its own environment: no key is written here.',
  ]
}

function keptIn(backup: string | undefined): string {
  return backup ? ` What it was is kept in ${backup}.` : ''
}

function list(words: readonly string[]): string {
  return words.join(', ')
}

function isSame(path: string, other: string): boolean {
  return existsSync(path) && realpathSync(path) === realpathSync(other)
}

/** Refuses to touch a file that cannot be read, or that has another program's entry. */
function checkChange(
  { file }: Host,
  options: { change: 'add' | 'remove'; found: Found; snippet: string },
): void {
  const { change, found, snippet } = options
  if (found.kind === 'other' || found.kind === 'unreadable')
    throw new HostFileError({ change, file, outcome: found.kind, snippet })
}

/** A host's file is not ours to change as it stands. */
export class HostFileError extends Errors.BaseError {
  override readonly code = 'INVALID_CONFIG'
  override readonly name = 'Install.HostFileError'

  constructor(options: {
    change: 'add' | 'remove'
    file: string
    outcome: 'other' | 'unreadable'
    snippet: string
  }) {
    const { change, file, outcome, snippet } = options
    const why = outcome === 'other' ? 'has another entry for zecchino' : 'cannot be read'
    super(`${file} ${why}; it was left as it is.`, {
      facts: [snippet.trim()],
      hint: `${change === 'add' ? 'Put the lines above into it' : 'Take what is like the lines above out of it'} by hand.`,
    })
  }
}

/** There is nothing to go back to. */
export class NothingBeforeError extends Errors.BaseError {
  override readonly code = 'USAGE'
  override readonly name = 'Install.NothingBeforeError'

  constructor({ file }: { file: string | undefined }) {
    super(`No earlier version is on record${file === undefined ? '' : ` for ${file}`}.`, {
      hint: 'Install the version that you want by its number: `npx -y zecchino@<version> install`.',
    })
  }
}
