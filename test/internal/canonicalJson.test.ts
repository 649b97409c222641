import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { canonicalJson } from '../../src/internal/canonicalJson.js'

test('default', () => {
  expect(canonicalJson({ b: [2, { d: 1, c: null }], a: 'x', u: undefined })).toBe(
    '{"a":"x","b":[2,{"c":null,"d":1}]}',
  )
})

/** The same value with the keys of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, part]) => [key, reversed(part)]),
  )
}

test('behavior: the order of keys makes no difference, and nothing is lost', () => {
  const key = fc.string({ maxLength: 5 }).filter((name) => name !== '__proto__')
  const value = fc.letrec((tie) => ({
    node: fc.oneof({ maxDepth: 4 }, fc.integer(), fc.string(), tie('list'), tie('map')),
    list: fc.array(tie('node'), { maxLength: 4 }),
    map: fc.dictionary(key, tie('node'), { maxKeys: 4 }),
  })).node
  fc.assert(
    fc.property(value, (one) => {
      expect(canonicalJson(reversed(one))).toBe(canonicalJson(one))
      expect(JSON.parse(canonicalJson(one))).toEqual(JSON.parse(JSON.stringify(one)))
    }),
  )
})

test('behavior: lists keep their order', () => {
  expect(canonicalJson(['b', 'a'])).toBe('["b","a"]')
})
