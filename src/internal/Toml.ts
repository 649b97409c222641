import { type Table, tomlTables } from './tomlTables.js'

/** What is read and written here: texts, numbers, yes or no, and lists and tables of them. */
export type Value =
  | boolean
  | number
  | string
  | readonly Value[]
  | { readonly [name: string]: Value }

/**
 * Reads a table with the tables below it; what is written in another way than {@link Value} is left out.
 * `undefined` when the text cannot be read, or has no such table.
 */
export function read(text: string, name: readonly string[]): Record<string, Value> | undefined {
  const tables = belowOf(text, name)
  if (!tables || tables.length === 0) return undefined
  const found: Record<string, Value> = {}
  for (const table of tables)
    for (const { at, end, key } of table.lines) {
      const value = parse(text.slice(at, end))
      const path = [...table.name.slice(name.length), ...key]
      if (value !== undefined) put(found, path, value)
    }
  return found
}

/**
 * Sets keys of a table that is there, or takes those away that are `undefined`; all else stays as it
 * stands. Where a key's value is a table of its own, it is taken away and written in one line.
 */
export function set(
  text: string,
  name: readonly string[],
  values: Readonly<Record<string, Value | undefined>>,
): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  let changed = text
  for (const [key, value] of Object.entries(values)) {
    const own = tableOf(changed, name)?.lines.filter((line) => line.key[0] === key) ?? []
    const line = value === undefined ? '' : `${key} = ${write(value)}${newline}`
    const [first] = own
    for (const { end, start } of own.toReversed())
      changed = changed.slice(0, start) + (start === first?.start ? line : '') + changed.slice(end)
    changed = remove(changed, [...name, key])
    const table = tableOf(changed, name)
    if (first || !table || line === '') continue
    const at = table.lines.at(-1)?.end ?? headerEnd(changed, table)
    const gap = changed[at - 1] === '\n' || at === 0 ? '' : newline
    changed = changed.slice(0, at) + gap + line + changed.slice(at)
  }
  return changed
}

/** Takes a table away, with those below it: from its header to its last key. */
export function remove(text: string, name: readonly string[]): string {
  let changed = text
  for (const table of (belowOf(text, name) ?? []).toReversed()) {
    const end = table.lines.at(-1)?.end ?? headerEnd(text, table)
    changed = changed.slice(0, table.start) + changed.slice(end)
  }
  return changed
}

/** A value in one line. A text is written as JSON has it, which TOML's basic strings take. */
export function write(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(write).join(', ')}]`
  if (typeof value !== 'object') return JSON.stringify(value).replaceAll('\u007F', '\\u007F')
  const members = Object.entries(value).map(([name, one]) => `${keyOf(name)} = ${write(one)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

function keyOf(name: string): string {
  return /^[\w-]+$/.test(name) ? name : JSON.stringify(name)
}

function tableOf(text: string, name: readonly string[]): Table | undefined {
  return tomlTables(text)?.find((table) => isSame(table.name, name))
}

function belowOf(text: string, name: readonly string[]): Table[] | undefined {
  return tomlTables(text)?.filter((table) => isSame(table.name.slice(0, name.length), name))
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((part, index) => part === other[index])
}

function headerEnd(text: string, { end, start }: Table): number {
  const line = text.indexOf('\n', start)
  return line < 0 ? end : Math.min(end, line + 1)
}

function put(into: Record<string, Value>, [first = '', ...rest]: string[], value: Value): void {
  if (first === '__proto__') return
  if (rest.length === 0) into[first] = value
  else {
    const inner = into[first]
    const isTable = typeof inner === 'object' && !Array.isArray(inner)
    const box: Record<string, Value> = isTable ? { ...(inner as Record<string, Value>) } : {}
    put(box, rest, value)
    into[first] = box
  }
}

/** A value with what may follow it on its line. */
function parse(text: string): Value | undefined {
  try {
    const { end, value } = readValue(text, 0)
    return /^[ \t]*(?:#[^\n]*)?\s*$/.test(text.slice(end)) ? value : undefined
  } catch {
    return undefined // a date, a long string: nothing that is written here
  }
}

function readValue(text: string, from: number): { end: number; value: Value } {
  let at = skip(text, from)
  const close = text[at] === '[' ? ']' : text[at] === '{' ? '}' : undefined
  if (close === undefined) return readScalar(text, at)
  const list: Value[] = []
  const table: Record<string, Value> = {}
  at = skip(text, at + 1)
  while (text[at] !== close) {
    if (close === '}') {
      const [head, bare, quoted] =
        /^(?:([\w-]+)|("(?:[^"\\\n]|\\.)*"|'[^'\n]*'))[ \t]*=/.exec(text.slice(at)) ?? []
      if (head === undefined) throw new SyntaxError('a key is expected')
      const name = bare ?? String(readScalar(quoted ?? '', 0).value)
      const item = readValue(text, at + head.length)
      put(table, [name], item.value)
      at = item.end
    } else {
      const item = readValue(text, at)
      list.push(item.value)
      at = item.end
    }
    at = skip(text, at)
    if (text[at] === ',') at = skip(text, at + 1)
    else if (text[at] !== close) throw new SyntaxError('an end is expected')
  }
  return { end: at + 1, value: close === ']' ? list : table }
}

function readScalar(text: string, at: number): { end: number; value: Value } {
  const found =
    /^(?:"(?!"")(?:[^"\\\n]|\\.)*"|'(?!'')[^'\n]*'|true|false|[+-]?\d+(?:\.\d+)?(?![\w:.-]))/.exec(
      text.slice(at),
    )?.[0]
  if (found === undefined) throw new SyntaxError('a value is expected')
  const end = at + found.length
  return { end, value: found.startsWith("'") ? found.slice(1, -1) : (JSON.parse(found) as Value) }
}

/** Blanks, lines and comments. */
function skip(text: string, from: number): number {
  return from + (/^(?:\s|#[^\n]*)*/.exec(text.slice(from))?.[0].length ?? 0)
}
