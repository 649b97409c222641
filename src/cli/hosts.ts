import { join } from 'node:path'

import * as Jsonc from '../internal/Jsonc.js'
import { tomlTables } from '../internal/tomlTables.js'
import type { HostName } from './hostNames.js'
import type { Places } from './readConfig.js'

/** What a host's file says about a server called `zecchino`. */
export type Entry = { args: readonly string[]; command: string; type?: 'stdio' }

/** How one host is told. */
export type Host = {
  entry: Entry
  /** Its file: the user's, or the project's where it has one. */
  file: string
  /** Adds or takes out the entry; the reason when the text cannot be edited. */
  edit(text: string | undefined, change: 'add' | 'remove'): Edit
  /** What a person would write into an empty file. */
  snippet: string
}

/** The new text, or why there is none. */
export type Edit =
  | { outcome: 'changed'; text: string }
  | { outcome: 'other' | 'unchanged' | 'unreadable' }

/** Describes a host. `undefined` when it has no file of that scope. */
export function hostOf(name: HostName, places: Places, scope: 'project' | 'user') {
  const file = fileOf(name, places, scope)
  if (file === undefined) return undefined
  const entry = entryOf(name, places)
  const container = name === 'vscode' ? 'servers' : 'mcpServers'
  const host: Host =
    name === 'codex'
      ? {
          edit: (text = '', change) => editToml(text, toml(entry), change),
          entry,
          file,
          snippet: toml(entry),
        }
      : {
          edit: (text = '', change) => editJson(text, { change, container, entry }),
          entry,
          file,
          snippet: `${JSON.stringify({ [container]: { zecchino: entry } }, undefined, 2)}\n`,
        }
  return host
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

/** There is no key in it and no place for one: the server finds the wallet in its own home. */
function entryOf(name: HostName, { platform }: Places): Entry {
  const words = ['npx', '-y', 'zecchino', 'mcp']
  const [command = '', ...args] = platform === 'win32' ? ['cmd', '/c', ...words] : words
  return name === 'vscode' ? { type: 'stdio', command, args } : { command, args }
}

function editJson(
  text: string,
  { change, container, entry }: { change: 'add' | 'remove'; container: string; entry: Entry },
): Edit {
  const source = text.trim() === '' ? '{}\n' : text
  const root = Jsonc.parse(source)
  const box = Jsonc.memberOf(root, container)
  if (!root?.members || (box && !box.node.members)) return { outcome: 'unreadable' }
  const found = Jsonc.memberOf(box?.node, 'zecchino')
  if (found && JSON.stringify(found.node.value) !== JSON.stringify(entry))
    return { outcome: 'other' }
  if ((change === 'add') === (found !== undefined)) return { outcome: 'unchanged' }
  const changed =
    change === 'remove' && box
      ? Jsonc.remove(source, box.node, 'zecchino')
      : box
        ? Jsonc.add(source, box.node, { name: 'zecchino', value: entry })
        : Jsonc.add(source, root, { name: container, value: { zecchino: entry } })
  return { outcome: 'changed', text: changed }
}

/** The text without the empty container that a removal left, for comparing with what once was. */
export function withoutContainer(text: string): string {
  const root = Jsonc.parse(text)
  const empty = root?.members?.find(
    ({ name, node }) => /^(mcpServers|servers)$/.test(name) && node.members?.length === 0,
  )
  return root && empty ? Jsonc.remove(text, root, empty.name) : text
}

function editToml(text: string, block: string, change: 'add' | 'remove'): Edit {
  const tables = tomlTables(text)
  if (!tables) return { outcome: 'unreadable' }
  const names = tables.flatMap(({ keys, name }) => [name, ...keys.map((key) => [...name, ...key])])
  const taken = names.some(([first, second], index) => {
    // `mcp_servers = { … }` closes the table: nothing can be added to it.
    const inline = names[index]?.length === 1 && tables[0]?.keys.some(([key]) => key === first)
    return first === 'mcp_servers' && (second === 'zecchino' || inline === true)
  })
  const normal = text.replaceAll('\r\n', '\n')
  const at = normal.indexOf(block)
  const isOurs = at >= 0 && (at === 0 || normal[at - 1] === '\n')
  if (taken && !isOurs) return { outcome: 'other' }
  if ((change === 'add') === taken) return { outcome: 'unchanged' }
  if (change === 'add') {
    const gap = text === '' || text.endsWith('\n\n') ? '' : text.endsWith('\n') ? '\n' : '\n\n'
    return { outcome: 'changed', text: `${text}${gap}${block}` }
  }
  const head = normal.slice(0, at)
  const tail = normal.slice(at + block.length)
  const kept = tail === '' ? head.replace(/\n\n$/, '\n') : head
  const cut = kept + tail
  return { outcome: 'changed', text: text.includes('\r\n') ? cut.replaceAll('\n', '\r\n') : cut }
}

function toml({ args, command }: Entry): string {
  const list = args.map((word) => JSON.stringify(word)).join(', ')
  return `[mcp_servers.zecchino]\ncommand = ${JSON.stringify(command)}\nargs = [${list}]\n`
}
