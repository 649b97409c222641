import { expect, test } from 'vitest'

import { tomlTables } from '../../src/internal/tomlTables.js'

test('default: tables and keys, however they are written', () => {
  const text = [
    'model = "o" # [no.table]',
    'a.b = { c = [1, 2], d = "}" }',
    "\"quoted key\" = '''",
    '[not.a.table]',
    "'''",
    'list = [',
    '  "x", # ]',
    ']',
    '[one]',
    '  [ "two" . three ] # here',
    'x = 1979-05-27T07:32:00Z',
    '[[many]]',
    'y = """',
    'z = 1',
    '"""',
    '',
  ].join('\n')
  expect(tomlTables(text)?.map(({ keys, name }) => ({ keys, name }))).toEqual([
    { keys: [['model'], ['a', 'b'], ['quoted key'], ['list']], name: [] },
    { keys: [], name: ['one'] },
    { keys: [['x']], name: ['two', 'three'] },
    { keys: [['y']], name: ['many'] },
  ])
  expect(tomlTables('')).toHaveLength(1)
  expect(tomlTables('a = 1\r\n[b]\r\nc = 2')).toHaveLength(2)
})

test.each([
  '{"json": true}',
  'a = [1',
  'a = """',
  'a = "x',
  '[open\na = 1',
  'just words',
  'a = 1]',
])('error: %j is not read', (text) => expect(tomlTables(text)).toBeUndefined())
