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

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
const listed = (values: number) => `[${'1,'.repeat(values - 2)}1]`

test.each([
  ['64 levels', '65', nested(64), nested(65)],
  ['levels beside each other', '100,000 in each other', `[${'[],'.repeat(99)}[]]`, nested(100_000)],
  ['50,000 values', '50,001', listed(50_000), listed(50_001)],
  [
    'a text that looks like more',
    'as many fields',
    JSON.stringify({ a: ['"\\'.repeat(9), '[,"{'.repeat(50_000), '\\'] }),
    `{"a":{${Array.from({ length: 50_000 }, (_, index) => `"${index}":0`).join()}}}`,
  ],
])('behavior: %s, and not %s', (_, __, honest, outrageous) => {
  expect(parseJson(honest)).toEqual(JSON.parse(honest))
  expect(parseJson(outrageous)).toBeUndefined()
})
