/** A table of a TOML text: its name's parts, and the lines from its header up to the next one. */
export type Table = {
  end: number
  keys: string[][]
  /** Its lines `key = value`, each from its key up to the next line; `at` is where the value begins. */
  lines: { at: number; end: number; key: string[]; start: number }[]
  name: string[]
  start: number
}

/**
 * Finds the tables of a TOML text without reading their values; the first has no name. `undefined`
 * when a line is none of header, key, comment or blank, or when something is not closed.
 */
export function tomlTables(text: string): Table[] | undefined {
  const tables: Table[] = [{ end: text.length, keys: [], lines: [], name: [], start: 0 }]
  let at = text.startsWith('\uFEFF') ? 1 : 0
  while (at < text.length) {
    const blank = match(/[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y, text, at)
    if (blank !== undefined) {
      at += Math.max(1, blank.length)
      continue
    }
    const header = match(/[ \t]*\[{1,2}[^\]\n]+\]{1,2}[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y, text, at)
    const head =
      header ?? match(/[ \t]*(?:[\w-]+|"[^"\n]*"|'[^'\n]*'|[ \t]*\.[ \t]*)+[ \t]*=/y, text, at)
    if (head === undefined) return undefined
    const last = tables.at(-1)
    if (header !== undefined) {
      if (last) last.end = at
      const name = partsOf(/\[{1,2}([^\]\n]+)\]/.exec(header)?.[1] ?? '')
      tables.push({ end: text.length, keys: [], lines: [], name, start: at })
      at += header.length
    } else {
      const key = partsOf(head.slice(0, -1))
      const end = endOfValue(text, at + head.length)
      if (end === undefined) return undefined
      last?.keys.push(key)
      last?.lines.push({ at: at + head.length, end, key, start: at })
      at = end
    }
  }
  return tables
}

/** The parts of a dotted name, without quotes. */
function partsOf(name: string): string[] {
  const parts = name.match(/[\w-]+|"[^"\n]*"|'[^'\n]*'/g) ?? []
  return parts.map((part) => part.replace(/^(["'])(.*)\1$/, '$2'))
}

/** Where the line ends that a value ends on; brackets and long strings may span several. */
function endOfValue(text: string, from: number): number | undefined {
  const token =
    /"""(?:[^\\]|\\[^])*?"""|'''[^]*?'''|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|[[\]{}]|\r?\n|[^"'#[\]{}\r\n]+/y
  let depth = 0
  for (let at = from; at < text.length;) {
    const found = match(token, text, at)
    if (found === undefined) return undefined
    at += found.length
    if (found === '[' || found === '{') depth += 1
    if (found === ']' || found === '}') depth -= 1
    if (depth < 0) return undefined
    if (depth === 0 && found.endsWith('\n') && found.trim() === '') return at
  }
  return depth === 0 ? text.length : undefined
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}
