/** A value in a text of JSON with comments, and where it stands: from `start` up to `end`. */
export type Node = { end: number; members?: Member[]; start: number; value: unknown }

/** One `"name": value` of an object. `at` is where its name stands. */
export type Member = { at: number; name: string; node: Node }

/** How deep configuration may be nested. */
const maxDepth = 100

/** Parses JSON that may have comments and trailing commas; `undefined` for anything else. */
export function parse(text: string): Node | undefined {
  try {
    const node = readValue(text, skip(text, text.startsWith('\uFEFF') ? 1 : 0), 0)
    return skip(text, node.end) === text.length ? node : undefined
  } catch {
    return undefined // the caller says that it cannot be read
  }
}

/** Adds a member as the last of an object; everything else keeps its place and its comments. */
export function add(text: string, node: Node, member: { name: string; value: unknown }): string {
  const { name, value } = member
  const [first] = node.members ?? []
  const last = node.members?.at(-1)
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const outer = indentAt(text, node.start)
  const unit = /^([ \t]+)"/m.exec(text)?.[1] ?? '  '
  const inline = first !== undefined && !text.slice(node.start, first.at).includes('\n')
  const indent = first && !inline ? indentAt(text, first.at) : outer + unit
  const json = inline
    ? `${JSON.stringify(name)}: ${JSON.stringify(value)}`
    : `${JSON.stringify(name)}: ${JSON.stringify(value, undefined, unit)}`.replaceAll(
        '\n',
        newline + indent,
      )
  if (last) return insert(text, last.node.end, inline ? `, ${json}` : `,${newline}${indent}${json}`)
  const inside = text.slice(node.start + 1, node.end - 1)
  const rest = inside.trim() === '' ? newline + outer : inside
  const head = `${text.slice(0, node.start + 1)}${newline}${indent}${json}`
  return `${head}${rest}${text.slice(node.end - 1)}`
}

/** Takes a member out, with the comma that it needed. An object left without anything is `{}`. */
export function remove(text: string, node: Node, name: string): string {
  const members = node.members ?? []
  const index = members.findIndex((member) => member.name === name)
  const member = members[index]
  if (!member) return text
  const blank = /\s*$/.exec(text.slice(0, member.at))?.[0].length ?? 0
  const after = commaAfter(text, member.node.end)
  const before = members[index - 1]
  const comma = after === undefined && before ? commaAfter(text, before.node.end) : undefined
  const end = after === undefined ? member.node.end : after + 1
  const cut = text.slice(0, member.at - blank) + text.slice(end)
  if (comma !== undefined) return cut.slice(0, comma) + cut.slice(comma + 1)
  const left = node.end - 1 - (text.length - cut.length)
  const isEmpty = cut.slice(node.start + 1, left).trim() === ''
  return isEmpty ? cut.slice(0, node.start + 1) + cut.slice(left) : cut
}

/** The member of that name, if the node is an object that has it. */
export function memberOf(node: Node | undefined, name: string): Member | undefined {
  return node?.members?.find((member) => member.name === name)
}

function readValue(text: string, at: number, depth: number): Node {
  if (depth > maxDepth) throw new SyntaxError('too deep')
  if (text[at] === '{' || text[at] === '[') return readItems(text, at, depth)
  const scalar = /"(?:[^"\\\n]|\\.)*"|-?[\w.+-]+/y
  scalar.lastIndex = at
  const [found] = scalar.exec(text) ?? []
  if (found === undefined) throw new SyntaxError('no value')
  return { end: at + found.length, start: at, value: JSON.parse(found) as unknown }
}

function readItems(text: string, start: number, depth: number): Node {
  const close = text[start] === '{' ? '}' : ']'
  const members: Member[] = []
  const values: unknown[] = []
  let at = skip(text, start + 1)
  while (text[at] !== close) {
    const nameAt = at
    let name = ''
    if (close === '}') {
      const key = readValue(text, at, depth + 1)
      at = skip(text, key.end)
      if (typeof key.value !== 'string' || text[at] !== ':') throw new SyntaxError('no name')
      name = key.value
      if (members.some((member) => member.name === name)) throw new SyntaxError('twice')
      at = skip(text, at + 1)
    }
    const node = readValue(text, at, depth + 1)
    members.push({ at: nameAt, name, node })
    values.push(node.value)
    at = skip(text, node.end)
    if (text[at] === ',') at = skip(text, at + 1)
    else if (text[at] !== close) throw new SyntaxError('no comma')
  }
  const end = at + 1
  if (close === ']') return { end, start, value: values }
  const value = Object.fromEntries(members.map(({ name, node }) => [name, node.value]))
  return { end, members, start, value }
}

/** Where the next thing stands behind blanks and comments. */
function skip(text: string, from: number): number {
  const blank = /(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)*/y
  blank.lastIndex = from
  blank.exec(text)
  return Math.max(from, blank.lastIndex)
}

function commaAfter(text: string, from: number): number | undefined {
  const at = skip(text, from)
  return text[at] === ',' ? at : undefined
}

function insert(text: string, at: number, more: string): string {
  return text.slice(0, at) + more + text.slice(at)
}

/** The blanks that the line of a place begins with. */
function indentAt(text: string, at: number): string {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at)
  return /^[ \t]*/.exec(line)?.[0] ?? ''
}
