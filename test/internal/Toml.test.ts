import { describe, expect, test } from 'vitest'

import * as Toml from '../../src/internal/Toml.js'

const text = [
  'model = "o"',
  '',
  '# mine',
  '[servers.z] # here',
  'command = "/opt/my node"',
  "args = ['C:\\x\\bin.js', # entry",
  '  "mcp",',
  ']',
  'enabled = true',
  'timeout = 30 # s',
  'since = 2026-01-01',
  'env.A = "1"',
  '',
  '[servers.z.env]',
  '"B B" = "\\u00e9"',
  '',
  '# of the next',
  '[later]',
  'x = 1',
  '',
].join('\n')

test('read: a table, what is below it, and no date', () => {
  expect(Toml.read(text, ['servers', 'z'])).toEqual({
    args: [String.raw`C:\x\bin.js`, 'mcp'],
    command: '/opt/my node',
    enabled: true,
    env: { A: '1', 'B B': 'é' },
    timeout: 30,
  })
  expect(Toml.read('a = { b = { c = [{ d = 1 }] } }\n', [])).toEqual({
    a: { b: { c: [{ d: 1 }] } },
  })
  expect(Toml.read(text, ['servers', 'y'])).toBeUndefined()
  expect(Toml.read('{"json": 1}', [])).toBeUndefined()
  expect(Toml.read('[__proto__]\n__proto__ = 1\n', ['__proto__'])).toEqual({})
})

describe('set', () => {
  test('default: values change in their place, new ones come last, and nothing else moves', () => {
    const changed = Toml.set(text, ['servers', 'z'], {
      command: String.raw`C:\Program Files\node.exe`,
      args: ['a'],
      env: { A: '2' },
      enabled: undefined,
      more: 5,
    })
    expect(changed).toBe(
      [
        'model = "o"',
        '',
        '# mine',
        '[servers.z] # here',
        String.raw`command = "C:\\Program Files\\node.exe"`,
        'args = ["a"]',
        'timeout = 30 # s',
        'since = 2026-01-01',
        'env = { A = "2" }',
        'more = 5',
        '',
        '',
        '# of the next',
        '[later]',
        'x = 1',
        '',
      ].join('\n'),
    )
  })

  test('behavior: CRLF stays, and a last line without an end is ended', () => {
    expect(Toml.set('[a]\r\nx = 1\r\n[b]\r\n', ['a'], { y: 'z' })).toBe(
      '[a]\r\nx = 1\r\ny = "z"\r\n[b]\r\n',
    )
    expect(Toml.set('[a]', ['a'], { y: 'z' })).toBe('[a]\ny = "z"\n')
  })
})

test('remove: the table and what is below it', () => {
  const left = Toml.remove(text, ['servers', 'z'])
  expect(left).toBe('model = "o"\n\n# mine\n\n\n# of the next\n[later]\nx = 1\n')
  expect(Toml.remove('[a]', ['a'])).toBe('')
})

test.each([
  ['plain', '"plain"'],
  ['tab\t"q" \\ \u007F é', String.raw`"tab\t\"q\" \\ \u007F é"`],
  [{}, '{}'],
  [{ 'a b': [1, true, { c: 'd' }] }, '{ "a b" = [1, true, { c = "d" }] }'],
] as const)('write: %j', (value, expected) => {
  expect(Toml.write(value)).toBe(expected)
  expect(Toml.read(`x = ${expected}\n`, [])).toEqual({ x: value })
})
