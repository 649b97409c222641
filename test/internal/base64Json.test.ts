import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { decodeBase64Json, encodeBase64Json, parseJson } from '../../src/internal/base64Json.js'

test('behavior: any JSON goes there and back, non-ASCII included', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
      const text = encodeBase64Json(value)
      expect(text).toMatch(/^[A-Za-z0-9+/]+={0,2}$/)
      expect(decodeBase64Json(text)).toEqual(JSON.parse(JSON.stringify(value)))
      expect(decodeBase64Json(text.replace(/=+$/, ''))).toEqual(decodeBase64Json(text))
    }),
  )
})

test.each([
  ['nothing', ''],
  ['base64url', Buffer.from('{"a":"ÿ>>>???"}').toString('base64url')],
  ['spaces', ' e30='],
  ['a line', 'e30=\n'],
  ['two values', 'e30=, e30='],
  ['padding in the middle', 'e3=0'],
  ['too much padding', 'e30==='],
  ['text', 'aGVsbG8='],
  ['JSON cut off', Buffer.from('{"a":').toString('base64')],
  ['bytes that are no UTF-8', '/////w=='],
])('error: %s is nothing, and nothing is thrown', (_, value) => {
  expect(decodeBase64Json(value)).toBeUndefined()
})

test('behavior: a poisoned prototype stays a field', () => {
  const value = parseJson('{"__proto__":{"admin":true}}') as object
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  expect({}).not.toHaveProperty('admin')
})

test.each(['', '{', 'NaN', "{'a':1}", '\u0000', '['.repeat(100_000)])(
  'error: %.20j is no JSON',
  (text) => {
    expect(parseJson(text)).toBeUndefined()
  },
)

test('behavior: depth is read without running out of stack', () => {
  const depth = 100_000
  expect(parseJson('['.repeat(depth) + ']'.repeat(depth))).toBeInstanceOf(Array)
})
