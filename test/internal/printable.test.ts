import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { harmless, harmlessAll, printable } from '../../src/internal/printable.js'

test.each([
  ['plain text', 'Two words.', 'Two words.'],
  ['other scripts', 'Übermut 東京 😀', 'Übermut 東京 😀'],
  ['colours', '\u001b[31mred\u001b[0m', 'red'],
  ['colours in one character', '\u009b31mred\u009b0m', 'red'],
  ['moves of the cursor', 'a\u001b[2J\u001b[1;1Hb', 'ab'],
  ['a title', '\u001b]0;evil\u0007text', 'text'],
  ['a link', '\u001b]8;;https://evil.example\u001b\\text\u001b]8;;\u001b\\', 'text'],
  ['a sequence cut off', 'text\u001b[31', 'text31'],
  ['a lone escape', 'a\u001b', 'a'],
  ['bells and backspaces', 'a\u0007\u0008b', 'a b'],
  ['overwriting', 'safe\revil', 'safe evil'],
  ['lines', 'one\n\ntwo\u2028three', 'one two three'],
  ['bidirectional overrides', 'a\u202egnp.exe\u2066b\u061c', 'a gnp.exe b'],
  ['zero width', 'pa\u200bss\u200d\u2060\ufeffword', 'pa ss word'],
  ['soft hyphens', 'a\u00adb', 'a b'],
  ['fillers that show nothing', 'a\u3164\u115f\u034fb', 'a b'],
  ['tags', 'a\u{e0041}\u{e0042}b', 'a b'],
  ['private use', 'a\ue000b', 'a b'],
  ['half a character', 'a\ud83d b', 'a b'],
  ['nothing but controls', '\u0000\u0001', ''],
])('behavior: %s', (_, text, expected) => {
  expect(printable(text)).toBe(expected)
})

test('behavior: at most so many characters, and none in halves', () => {
  expect(printable('x'.repeat(501))).toBe(`${'x'.repeat(499)}…`)
  expect(printable('x'.repeat(500))).toBe('x'.repeat(500))
  expect(printable('abc😀de', 5)).toBe('abc…')
})

test('behavior: whatever comes in, nothing that acts comes out', () => {
  const nasty = fc.string({
    unit: fc.oneof(
      fc.string({ maxLength: 1, minLength: 1, unit: 'binary' }),
      fc.constantFrom(
        '\u001b',
        '\u009b',
        '[',
        ']',
        '\u0007',
        '0',
        ';',
        'm',
        '\u202e',
        '\r',
        '\u200b',
      ),
    ),
  })
  fc.assert(
    fc.property(nasty, fc.integer({ max: 600, min: 1 }), (text, max) => {
      const shown = printable(text, max)
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{DI}\u2028\u2029]/u)
      expect(shown.length).toBeLessThanOrEqual(max)
      expect(printable(shown, max)).toBe(shown)
    }),
    { numRuns: 500 },
  )
})

test('behavior: megabytes of half-made sequences take no time', () => {
  const began = performance.now()
  for (const part of ['\u001b]', '\u001b[', '\u001b[0', ' ', '\u009b;'])
    printable(part.repeat(4_000_000))
  expect(performance.now() - began).toBeLessThan(1_000)
})

test.each([
  ['lines and tabs are left', 'one\n\ttwo', 'one\n\ttwo'],
  ['other scripts, and what joins them', 'می‌خواهم 👩‍👩‍👧', 'می‌خواهم 👩‍👩‍👧'],
  ['colours', '\u001b[31mred', '\\u001b[31mred'],
  ['colours in one character', '\u009b31mred', '\\u009b31mred'],
  ['overwriting', 'safe\revil', 'safe\\u000devil'],
  ['what turns around', 'a\u202egnp.exe\u2066b\u061c', 'a\\u202egnp.exe\\u2066b\\u061c'],
  ['lines of other kinds', 'a\u2028b\u0085c', 'a\\u2028b\\u0085c'],
])('harmless: %s', (_, text, expected) => {
  expect(harmless(text)).toBe(expected)
  expect(harmlessAll({ a: [text], b: 1 })).toEqual({ a: [expected], b: 1 })
})

test('harmless: whatever comes in, JSON stays the same JSON and nothing in it acts', () => {
  const text = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), text, (value, more) => {
      const shown = harmless(JSON.stringify({ more, value }))
      expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify({ more, value })))
      // oxlint-disable-next-line no-control-regex -- none of these may come out
      expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
    }),
  )
})
