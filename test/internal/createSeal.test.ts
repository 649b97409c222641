import { randomBytes } from 'node:crypto'

import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { createSeal } from '../../src/internal/createSeal.js'

const secret = Buffer.alloc(32, 7)

test('behavior: what is sealed is opened, by another process too', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(createSeal(secret).open(createSeal(secret).seal(text))).toBe(text)
    }),
  )
})

test('behavior: the same text is sealed differently each time, and not shown', () => {
  const seal = createSeal(secret)
  const sealed = Array.from({ length: 50 }, () => seal.seal('https://media.example/secret'))
  expect(new Set(sealed).size).toBe(50)
  for (const one of sealed) {
    expect(Buffer.from(one, 'base64').toString('latin1')).not.toContain('media')
    expect(one).not.toContain(secret.toString('base64'))
  }
})

test('error: every flipped bit is noticed', () => {
  const seal = createSeal(secret)
  const bytes = Buffer.from(seal.seal('text'), 'base64')
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(() => seal.open(changed.toString('base64'))).toThrow(Error)
  }
})

test('error: what was cut off, at any place, is noticed', () => {
  const seal = createSeal(secret)
  const bytes = Buffer.from(seal.seal('some text'), 'base64')
  for (let length = 0; length < bytes.length; length += 1)
    expect(() => seal.open(bytes.subarray(0, length).toString('base64'))).toThrow(Error)
})

test('error: a short tag is refused, even the beginning of the right one', () => {
  const seal = createSeal(secret)
  const bytes = Buffer.from(seal.seal(''), 'base64')
  expect(seal.open(bytes.toString('base64'))).toBe('')
  for (const length of [4, 8, 12, 13, 14, 15])
    expect(() => seal.open(bytes.subarray(0, 12 + length).toString('base64'))).toThrow(/tag/i)
})

test.each([
  ['another key', Buffer.alloc(32, 8)],
  ['a key that begins alike', Buffer.concat([secret, Buffer.alloc(1)])],
  ['chance', randomBytes(32)],
])('error: %s opens nothing', (_, other) => {
  expect(() => createSeal(other).open(createSeal(secret).seal('text'))).toThrow(Error)
})

test('behavior: of several secrets the first seals, and each opens', () => {
  const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
  const both = createSeal([one, two])
  expect(both.open(createSeal(two).seal('old'))).toBe('old')
  expect(createSeal(one).open(both.seal('new'))).toBe('new')
  expect(() => createSeal(two).open(both.seal('new'))).toThrow(Error)
  expect(() => both.open(createSeal(secret).seal('other'))).toThrow(Error)
})

test('behavior: what is sealed for one thing is not opened as another', () => {
  const seal = createSeal(secret)
  const sealed = seal.seal('text', 'job 1')
  expect(seal.open(sealed, 'job 1')).toBe('text')
  expect(() => seal.open(sealed, 'job 2')).toThrow(Error)
  expect(() => seal.open(sealed)).toThrow(Error)
  expect(() => seal.open(seal.seal('text'), 'job 1')).toThrow(Error)
})
