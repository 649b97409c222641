import { join } from 'node:path'

import * as Jsonc from '../internal/Jsonc.js'
import * as Toml from '../internal/Toml.js'
import { tomlTables } from '../internal/tomlTables.js'
import { decisive } from './hostEnvOf.js'
import type { HostName } from './hostNames.js'
import type { Places } from './readConfig.js'

/** What a host is told of a server called `zecchino`. */
export type Entry = {
  args: readonly string[]
  command: string
  env: Readonly<Record<string, string>>
}

/** What a host's file has under that name. Another program's entry is `other`. */
export type Found = { entry: Entry; kind: 'ours' } | { kind: 'none' | 'other' | 'unreadable' }

/** How one host is told. */
export type Host = {
  /** Its file: the user's, or the project's where it has one. */
  file: string
  find(text: string | undefined): Found
  name: HostName
  /** Puts an entry in, or in the place of ours; what else stands with it stays. */
  put(text: string | undefined, entry: Entry): string
  /** What a person would write into an empty file. */
  snippet(entry: Entry): string
  /** Takes ours out. */
  takeOut(text: string): string
}

/** Seconds that Codex waits for a server to start. Its own ten are little on a busy machine. */
const startupSeconds = 60

/** Describes a host. `undefined` when it has no file of that scope. */
export function hostOf(
  name: HostName,
  places: Places,
  scope: 'project' | 'user',
): Host | undefined {
  const file = fileOf(name, places, scope)
  return file === undefined ? undefined : hostAt(name, file)
}

/** Describes a host by its file, wherever that is. */
export function hostAt(name: HostName, file: string): Host {
  if (name === 'codex')
    return {
      file,
      find: (text = '') => findToml(text),
      name,
      put: (text = '', entry) => putToml(text, entry),
      snippet: (entry) => putToml('', entry),
      takeOut: takeOutToml,
    }
  const container = name === 'vscode' ? 'servers' : 'mcpServers'
  const extra = name === 'vscode' ? { type: 'stdio' } : {}
  const whole = (entry: Entry) => ({ ...extra, ...entry })
  return {
    file,
    find: (text = '') => findJson(text, container),
    name,
    put: (text = '', entry) => putJson(text, { container, entry: whole(entry) }),
    snippet: (entry) =>
      `${JSON.stringify({ [container]: { zecchino: whole(entry) } }, undefined, 2)}\n`,
    takeOut(text) {
      const box = Jsonc.memberOf(Jsonc.parse(text), container)
      return box ? Jsonc.remove(text, box.node, 'zecchino') : text
    },
  }
}

function fileOf(name: HostName, places: Places, scope: 'project' | 'user'): string | undefined {
  const { appData, codexHome, cwd, home } = places
  if (scope === 'project') {
    const files = {
      'claude-code': '.mcp.json',
      'claude-desktop': undefined,
      codex: '.codex/config.toml',
      cursor: '.cursor/mcp.json',
      vscode: '.vscode/mcp.json',
    }
    const file = files[name]
    return file === undefined ? undefined : join(cwd, file)
  }
  return {
    'claude-code': join(home, '.claude.json'),
    'claude-desktop': join(appData, 'Claude', 'claude_desktop_config.json'),
    codex: join(codexHome, 'config.toml'),
    cursor: join(home, '.cursor', 'mcp.json'),
    vscode: join(appData, 'Code', 'User', 'mcp.json'),
  }[name]
}

/** The version that an entry starts, or `npx` for what older versions wrote; `undefined`: not ours. */
export function versionOf({ args, command }: Pick<Entry, 'args' | 'command'>): string | undefined {
  const words = [command, ...args].join(' ')
  if (words === 'npx -y zecchino mcp' || words === 'cmd /c npx -y zecchino mcp') return 'npx'
  const [entry = '', ...rest] = args
  const at = /[\\/]app[\\/]([^\\/]+)[\\/]node_modules[\\/]zecchino[\\/]dist[\\/]cli[\\/]bin\.js$/
  return rest.join(' ') === 'mcp' ? at.exec(entry)?.[1] : undefined
}

function foundOf(value: unknown): Found {
  const { args, command, env } = Object(value) as Record<string, unknown>
  if (typeof command !== 'string' || !Array.isArray(args)) return { kind: 'other' }
  const words = { args: args.map(String), command }
  if (versionOf(words) === undefined) return { kind: 'other' }
  const texts = Object.entries(Object(env) as object).filter(([, one]) => typeof one === 'string')
  return { entry: { ...words, env: Object.fromEntries(texts) }, kind: 'ours' }
}

function findJson(text: string, container: string): Found {
  const root = Jsonc.parse(text.trim() === '' ? '{}' : text)
  const box = Jsonc.memberOf(root, container)
  if (!root?.members || (box && !box.node.members)) return { kind: 'unreadable' }
  const found = Jsonc.memberOf(box?.node, 'zecchino')
  return found ? foundOf(found.node.value) : { kind: 'none' }
}

function putJson(text: string, { container, entry }: { container: string; entry: Entry }): string {
  const source = text.trim() === '' ? '{}\n' : text
  const path = [container, 'zecchino']
  if (findJson(source, container).kind === 'none') return Jsonc.set(source, path, entry)
  let changed = source
  for (const [name, value] of Object.entries(entry))
    if (name !== 'env') changed = setJson(changed, [...path, name], value)
  for (const name of decisive.filter((one) => !(one in entry.env))) {
    const node = nodeAt(changed, [...path, 'env'])
    if (node) changed = Jsonc.remove(changed, node, name)
  }
  for (const [name, value] of Object.entries(entry.env))
    changed = setJson(changed, [...path, 'env', name], value)
  return changed
}

/** What is the same already keeps its form. */
function setJson(text: string, path: readonly string[], value: unknown): string {
  const is = JSON.stringify(nodeAt(text, path)?.value) === JSON.stringify(value)
  return is ? text : Jsonc.set(text, path, value)
}

function nodeAt(text: string, path: readonly string[]): Jsonc.Node | undefined {
  return path.reduce<Jsonc.Node | undefined>(
    (node, name) => Jsonc.memberOf(node, name)?.node,
    Jsonc.parse(text),
  )
}

/** The text without the empty container that a removal left, for comparing with what once was. */
export function withoutContainer(text: string): string {
  const root = Jsonc.parse(text)
  const empty = root?.members?.find(
    ({ name, node }) => /^(mcpServers|servers)$/.test(name) && node.members?.length === 0,
  )
  return root && empty ? Jsonc.remove(text, root, empty.name) : text
}

const table = ['mcp_servers', 'zecchino'] as const

function findToml(text: string): Found {
  const tables = tomlTables(text)
  if (!tables) return { kind: 'unreadable' }
  const entry = Toml.read(text, table)
  if (entry) {
    const has = tables.some(({ name }) => name.join('.') === table.join('.'))
    return has ? foundOf(entry) : { kind: 'other' }
  }
  // `mcp_servers = { … }` closes the table: nothing can be added to it. Nor to keys with dots in them.
  const taken = tables.some(({ keys, name }) =>
    keys.some((key) => {
      const [first, second] = [...name, ...key]
      return first === table[0] && (name.length + key.length === 1 || second === table[1])
    }),
  )
  return { kind: taken ? 'other' : 'none' }
}

function putToml(text: string, entry: Entry): string {
  const { args, command } = entry
  const own = Toml.read(text, table)
  if (!own) {
    const gap = text === '' || text.endsWith('\n\n') ? '' : text.endsWith('\n') ? '\n' : '\n\n'
    const values = { command, args, env: entry.env, startup_timeout_sec: startupSeconds }
    const lines = Object.entries(values).map(([name, value]) => `${name} = ${Toml.write(value)}\n`)
    const block = `[${table.join('.')}]\n${lines.join('')}`
    return text + (text.includes('\r\n') ? (gap + block).replaceAll('\n', '\r\n') : gap + block)
  }
  const old = Object.entries(Object(own['env']) as Entry['env'])
  const env = {
    ...Object.fromEntries(old.filter(([name]) => !decisive.includes(name))),
    ...entry.env,
  }
  const wanted = {
    command,
    args,
    env,
    startup_timeout_sec: own['startup_timeout_sec'] ?? startupSeconds,
  }
  const news = Object.entries(wanted).filter(([name, value]) => !isSame(own[name], value))
  return Toml.set(text, table, Object.fromEntries(news))
}

/** Whether two values are the same, whatever the order of their names. */
function isSame(one: unknown, other: unknown): boolean {
  const sorted = (value: unknown) =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
      : value
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
}

function takeOutToml(text: string): string {
  const at = tomlTables(text)?.find(({ name }) => name.join('.') === table.join('.'))?.start ?? 0
  const cut = Toml.remove(text, table)
  return at >= cut.length ? cut.replace(/(\r?\n)\r?\n$/, '$1') : cut
}
