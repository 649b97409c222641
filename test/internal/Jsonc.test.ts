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
