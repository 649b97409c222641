import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import * as Jsonc from '../../src/internal/Jsonc.js'

const member = { name: 'ours', value: { args: ['-y'], command: 'npx' } }

test('parse: what JSON.parse reads, it reads alike, comments and all', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.boolean(), (value, pretty) => {
      const text = JSON.stringify(value, undefined, pretty ? 2 : undefined)
      const commented = `// one\n${text} /* two */\n`
      for (const source of [text, commented])
        expect(JSON.stringify(Jsonc.parse(source)?.value)).toBe(JSON.stringify(JSON.parse(text)))
    }),
    { numRuns: 300 },
  )
})

test.each([
  '',
  '{',
  '{"a":1',
  '{"a" 1}',
  '{a: 1}',
  "{'a': 1}",
  '{"a": 1} x',
  '/* {}',
  '{"a":1,"a":2}',
])('error: %j is not read', (text) => expect(Jsonc.parse(text)).toBeUndefined())

test('error: what is nested without end is not read', () => {
  expect(Jsonc.parse('['.repeat(100_000))).toBeUndefined()
})

test.each([
  '{}',
  '{"a": 1}',
  '{ "a": 1, "b": [1, 2] }\n',
  '{\n  "a": 1\n}\n',
  '{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n',
  '{\r\n  "a": 1\r\n}\r\n',
  '// first\n{\n  // of a\n  "a": 1, // behind a\n  "b": 2, // a trailing comma\n}\n',
  '{\n  "a": { "x": "}" } // no comma\n}\n',
  '\uFEFF{\n    "a": "\\"//"\n}',
])('add: and remove again gives back %j', (text) => {
  const root = Jsonc.parse(text) as Jsonc.Node
  const added = Jsonc.add(text, root, member)
  const now = Jsonc.parse(added) as Jsonc.Node
  expect(now.value).toEqual({ ...(root.value as object), ours: member.value })
  expect(Jsonc.remove(added, now, 'ours')).toBe(text)
})

test('remove: the first, one in the middle, and none', () => {
  const text = '{\n  "ours": 1, // mine\n  "b": 2,\n  "c": 3\n}\n'
  const root = Jsonc.parse(text) as Jsonc.Node
  const without = (name: string) => Jsonc.parse(Jsonc.remove(text, root, name))?.value
  expect(without('ours')).toEqual({ b: 2, c: 3 })
  expect(without('b')).toEqual({ c: 3, ours: 1 })
  expect(without('c')).toEqual({ b: 2, ours: 1 })
  expect(Jsonc.remove(text, root, 'd')).toBe(text)
})

test.each([
  ['', 1, 1, 'there is nothing in it, and there it ends'],
  ['// only words\n', 2, 1, 'there is nothing in it, and there it ends'],
  ['{"a": 1', 1, 8, 'a comma or a } is expected, and there it ends'],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'a comma or a } is expected'],
  ['{\r\n  "a": 1\r\n  "b": 2\r\n}', 3, 3, 'a comma or a } is expected'],
  ['{\n  a: 1\n}', 2, 3, 'a name in double quotes is expected'],
  ["{\n  'a': 1\n}", 2, 3, 'a name in double quotes is expected'],
  ['{"a" 1}', 1, 6, 'a colon is expected'],
  ['{"a": one}', 1, 7, 'a value is expected: a number'],
  ['{"a": "x\n"}', 1, 7, 'a value is expected'],
  ['{"a": }', 1, 7, 'a value is expected'],
  ['[1 2]', 1, 4, 'a comma or a ] is expected'],
  ['{} {}', 1, 4, 'something stands behind its end'],
  ['{"a": 1, "b": 2, "a": 3}', 1, 18, 'a name stands there twice'],
  ['/* no end {}', 1, 1, 'a value is expected'],
])('error: of %j it is said where', (text, line, column, flaw) => {
  expect(Jsonc.readText(text)).toEqual({
    column,
    flaw: expect.stringContaining(flaw) as string,
    line,
  })
})

test.each([
  ['{}', '{\n  "v": {\n    "a": 2\n  }\n}'],
  ['{}\n', '{\n  "v": {\n    "a": 2\n  }\n}\n'],
  ['{"v":{"a":1}}', '{"v":{"a":2}}'],
  ['{"v": {}}', '{"v": {\n  "a": 2\n}}'],
  [
    '// top\n{\n  "v": {\n    // why\n    "a": 1, // behind\n  }, /* end */\n}\n',
    '// top\n{\n  "v": {\n    // why\n    "a": 2, // behind\n  }, /* end */\n}\n',
  ],
  [
    '{\r\n\t"v": {\r\n\t\t"b": 1 // one\r\n\t}\r\n}\r\n',
    '{\r\n\t"v": {\r\n\t\t"b": 1,\r\n\t\t"a": 2 // one\r\n\t}\r\n}\r\n',
  ],
  ['\uFEFF{"v": {"a": 1}}', '\uFEFF{"v": {"a": 2}}'],
  ['{"a": 5, "v": {"a": "a: 1"}}', '{"a": 5, "v": {"a": 2}}'],
])('set: in %j', (text, expected) => {
  expect(Jsonc.set(text, ['v', 'a'], 2)).toBe(expected)
})

test('set: a list keeps to its line, or to its lines', () => {
  const list = ['x', 'y']
  expect(Jsonc.set('{"a": ["x"]}', ['a'], list)).toBe('{"a": ["x","y"]}')
  expect(Jsonc.set('{\n  "a": [\n    "x" // one\n  ]\n}', ['a'], list)).toBe(
    '{\n  "a": [\n    "x",\n    "y"\n  ]\n}',
  )
})

test('set: says what it says, whatever was there, and no comment outside is lost', () => {
  const name = fc.constantFrom('a', 'b', '__proto__', 'constructor', 'ü "x"')
  const value = fc.jsonValue({ maxDepth: 2 })
  const objects = fc.dictionary(name, fc.oneof(value, fc.dictionary(name, value)))
  fc.assert(
    fc.property(
      objects,
      fc.tuple(name, name),
      value,
      fc.boolean(),
      (before, path, next, pretty) => {
        const text = `// one\n${JSON.stringify(before, undefined, pretty ? 2 : 0)} // two\n`
        const after = Jsonc.set(text, path, next)
        const [outer, inner] = path
        const own = JSON.parse(JSON.stringify(before)) as Record<string, unknown>
        const held = Object.hasOwn(own, outer) ? own[outer] : undefined
        const isObject = typeof held === 'object' && held !== null && !Array.isArray(held)
        const expected = new Map(Object.entries(own))
        const nested = new Map(Object.entries(isObject ? (held as object) : {}))
        nested.set(inner, JSON.parse(JSON.stringify(next)))
        expected.set(outer, Object.fromEntries(nested))
        expect(Jsonc.parse(after)?.value).toEqual(Object.fromEntries(expected))
        expect(after.startsWith('// one\n') && after.endsWith(' // two\n')).toBe(true)
      },
    ),
  )
})

test('unset: takes one away and leaves the words', () => {
  const text = '{\n  // of a\n  "a": 1,\n  // of b\n  "b": 2 // behind\n}\n'
  expect(Jsonc.unset(text, 'a')).toBe('{\n  // of a\n  // of b\n  "b": 2 // behind\n}\n')
  expect(Jsonc.unset(text, 'c')).toBe(text)
})
