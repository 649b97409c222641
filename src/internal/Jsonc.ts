/** A value in a text of JSON with comments, and where it stands: from `start` up to `end`. */
export type Node = { end: number; members?: Member[]; start: number; value: unknown }

/** One `"name": value` of an object. `at` is where its name stands. */
export type Member = { at: number; name: string; node: Node }

/** How deep configuration may be nested. */
const maxDepth = 100

/** What keeps a text from being read, in words, and where. Both are counted from 1. */
export type Flaw = { column: number; flaw: string; line: number }

/** Parses JSON that may have comments and trailing commas; `undefined` for anything else. */
export function parse(text: string): Node | undefined {
  const read = readText(text)
  return 'flaw' in read ? undefined : read
}

/** Parses the same, or says what keeps it from that. */
export function readText(text: string): Flaw | Node {
  const begin = skip(text, text.startsWith('\uFEFF') ? 1 : 0)
  try {
    if (begin === text.length) fail(begin, 'there is nothing in it')
    const node = readValue(text, begin, 0)
    const rest = skip(text, node.end)
    if (rest < text.length) fail(rest, 'something stands behind its end')
    return node
  } catch (error) {
    const { at, message } = error as { at?: number; message: string }
    if (at === undefined) return { column: 1, flaw: 'it cannot be read', line: 1 }
    const before = text.slice(0, at).split('\n')
    const flaw = at < text.length ? message : `${message}, and there it ends`
    return { column: (before.at(-1)?.length ?? 0) + 1, flaw, line: before.length }
  }
}

/** Sets a value by the names that lead to it, in a text that is an object; the rest stays as it stands. */
export function set(text: string, path: readonly string[], value: unknown): string {
  let node = parse(text)
  for (const [index, name] of path.entries()) {
    const rest = path.slice(index + 1)
    const member = memberOf(node, name)
    if (node && !member) return add(text, node, { name, value: nest(rest, value) })
    if (member && (rest.length === 0 || !member.node.members))
      return replace(text, member.node, nest(rest, value))
    node = member?.node
  }
  return text
}

/** Takes a member of the outermost object away; the rest, its comments included, stays as it stands. */
export function unset(text: string, name: string): string {
  const root = parse(text)
  return root ? remove(text, root, name) : text
}

function nest(names: readonly string[], value: unknown): unknown {
  return names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value)
}

/** In as many lines as the value before it: one, or as many as it takes. */
function replace(text: string, node: Node, value: unknown): string {
  const isOpen = text.slice(node.start, node.end).includes('\n')
  const json = isOpen ? written(text, value, indentAt(text, node.start)) : JSON.stringify(value)
  return text.slice(0, node.start) + json + text.slice(node.end)
}

/** A value over several lines, in the manner of the text around it. */
function written(text: string, value: unknown, indent: string): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const unit = /^([ \t]+)"/m.exec(text)?.[1] ?? '  '
  return JSON.stringify(value, undefined, unit).replaceAll('\n', newline + indent)
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
    : `${JSON.stringify(name)}: ${written(text, value, indent)}`
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
  if (depth > maxDepth) fail(at, 'it is nested too deeply')
  if (text[at] === '{' || text[at] === '[') return readItems(text, at, depth)
  const scalar = /"(?:[^"\\\n]|\\.)*"|-?[\w.+-]+/y
  scalar.lastIndex = at
  const [found] = scalar.exec(text) ?? []
  if (found === undefined) fail(at, 'a value is expected')
  try {
    return { end: at + found.length, start: at, value: JSON.parse(found) as unknown }
  } catch {
    return fail(at, 'a value is expected: a number, true, false, null, or text in double quotes')
  }
}

function fail(at: number, words: string): never {
  throw Object.assign(new SyntaxError(words), { at })
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
      if (text[at] !== '"') fail(at, 'a name in double quotes is expected')
      const key = readValue(text, at, depth + 1)
      at = skip(text, key.end)
      if (text[at] !== ':') fail(at, 'a colon is expected')
      name = String(key.value)
      if (members.some((member) => member.name === name)) fail(nameAt, 'a name stands there twice')
      at = skip(text, at + 1)
    }
    const node = readValue(text, at, depth + 1)
    members.push({ at: nameAt, name, node })
    values.push(node.value)
    at = skip(text, node.end)
    if (text[at] === ',') at = skip(text, at + 1)
    else if (text[at] !== close) fail(at, `a comma or a ${close} is expected`)
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
