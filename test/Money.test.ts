import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import * as Money from '../src/Money.js'

const amount = fc.bigInt({ max: 10n ** 30n, min: -(10n ** 30n) })
/** What fits a JSON number of USD without loss. */
const wireAmount = fc.bigInt({ max: 8_999_999_999_999n, min: -8_999_999_999_999n })

describe('parse and format', () => {
  test.each([
    ['0', 0n],
    ['0.000001', 1n],
    ['0.25', 250_000n],
    ['12', 12_000_000n],
    ['999999999999999999999999999999.999999', 10n ** 36n - 1n],
  ])('behavior: %s, and back', (text, value) => {
    expect(Money.parse(text)).toBe(value)
    expect(Money.format(value)).toBe(text)
  })

  test.each([
    ['007', 7_000_000n],
    ['1.50', 1_500_000n],
    ['0.100000', 100_000n],
  ])('behavior: %s is read, and written without the noughts', (text, value) => {
    expect(Money.parse(text)).toBe(value)
  })

  test('behavior: every amount survives being written and read', () => {
    fc.assert(
      fc.property(amount, (value) => {
        const text = Money.format(value)
        expect(text).toMatch(/^-?(0|[1-9]\d*)(\.\d{0,5}[1-9])?$/)
        expect(Money.parse(text.replace('-', ''))).toBe(value < 0n ? -value : value)
      }),
    )
  })

  test.each([
    '',
    '-1',
    '+1',
    '1e3',
    '.5',
    '1.',
    '0.0000001',
    ' 1',
    '1 ',
    '1,5',
    '0x5',
    '١',
    '1_0',
    'NaN',
  ])('error: %j is not an amount', (text) => {
    expect(() => Money.parse(text)).toThrow(Money.InvalidAmountError)
  })

  test('error: text longer than any amount is refused, not cut off', () => {
    expect(() => Money.parse('1'.repeat(31))).toThrow(Money.InvalidAmountError)
  })

  test('error: the message shows the value, at most 40 characters of it', () => {
    expect(() => Money.parse('x'.repeat(100))).toThrowErrorMatchingInlineSnapshot(`
      [Money.InvalidAmountError: Not an amount in USD.
      Value: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
      Write a decimal number with at most six decimals, such as 0.25.]
    `)
  })
})

describe('display', () => {
  test.each([
    [0n, '$0.00'],
    [1n, '$0.000001'],
    [350_000n, '$0.35'],
    [5_000_000n, '$5.00'],
    [-125_000n, '-$0.125'],
    [1_234_567_890_000n, '$1234567.89'],
  ])('behavior: %d', (value, text) => {
    expect(Money.display(value)).toBe(text)
  })
})

describe('fromNumber and toNumber', () => {
  test.each([
    [4.6499999999999995, 4_650_000n],
    [0.1 + 0.2, 300_000n],
    [1.005, 1_005_000n],
    [0.000_000_49, 0n],
    [0.000_000_51, 1n],
    [-0.35, -350_000n],
    [-0, 0n],
    [999_999_999.999999, 999_999_999_999_999n],
    [1e-300, 0n],
  ])('behavior: %d', (value, expected) => {
    expect(Money.fromNumber(value)).toBe(expected)
  })

  test('behavior: every amount survives a JSON number', () => {
    fc.assert(
      fc.property(wireAmount, (value) => {
        const wire = JSON.parse(JSON.stringify(Money.toNumber(value))) as number
        expect(Money.fromNumber(wire)).toBe(value)
        expect(Money.Wire.parse(wire)).toBe(value)
      }),
    )
  })

  test('behavior: sums of prices as a server adds them up come out even', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ max: 100_000_000, min: 0 }), { maxLength: 40 }), (all) => {
        const sum = all.reduce((total, micro) => total + micro / 1e6, 0)
        expect(Money.fromNumber(sum)).toBe(BigInt(all.reduce((total, micro) => total + micro, 0)))
      }),
    )
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e9, -1e9, 1e21])('error: %d', (value) => {
    expect(() => Money.fromNumber(value)).toThrow(Money.InvalidAmountError)
    expect(Money.Wire.safeParse(value).success).toBe(false)
  })

  test.each(['1e999', '"5"', 'null', '[5]', '{}', 'true', '-1e999'])(
    'error: %s on the wire is refused',
    (json) => {
      expect(Money.Wire.safeParse(JSON.parse(json)).success).toBe(false)
    },
  )
})

describe('eight decimals', () => {
  test.each([
    [4.9996799, 4_999_679n, 4_999_680n],
    [-0.00053844, -539n, -538n],
    [0.09999999, 99_999n, 100_000n],
    [0.1 + 0.2, 300_000n, 300_000n],
    [4.6499999999999995, 4_650_000n, 4_650_000n],
    [0.00000001, 0n, 1n],
    [-0.00000001, -1n, 0n],
    [0, 0n, 0n],
    [-0, 0n, 0n],
  ])('behavior: %d is down to %s and up to %s', (value, down, up) => {
    expect(Money.Wire.parse(value)).toBe(down)
    expect(Money.WirePrice.parse(value)).toBe(up)
  })

  test('behavior: an exact amount survives a number and a text', () => {
    const exact = fc.bigInt({ max: 10n ** 15n, min: -(10n ** 15n) })
    fc.assert(
      fc.property(exact, (amount) => {
        expect(Money.exactOf(Money.exactToNumber(amount))).toBe(amount)
        expect(Money.parseExact(Money.formatExact(amount))).toBe(amount)
        expect(Money.ceil(amount)).toBe(-Money.floor(-amount))
        expect(Money.exact(Money.floor(amount))).toBeLessThanOrEqual(amount)
        expect(Money.exact(Money.ceil(amount))).toBeGreaterThanOrEqual(amount)
        expect(Money.ceil(amount) - Money.floor(amount)).toBeLessThanOrEqual(1n)
      }),
    )
  })

  test.each(['', '1.', '.5', '0.123456789', '1e3', ' 1', '--1'])('error: %j', (text) => {
    expect(() => Money.parseExact(text)).toThrow(Money.InvalidAmountError)
  })
})

describe('ceilToCent', () => {
  test('behavior: the least whole cent that covers it', () => {
    fc.assert(
      fc.property(fc.bigInt({ max: 10n ** 15n, min: 0n }), (value) => {
        const cents = Money.ceilToCent(value)
        expect(cents % 10_000n).toBe(0n)
        expect(cents - value).toBeGreaterThanOrEqual(0n)
        expect(cents - value).toBeLessThan(10_000n)
      }),
    )
  })
})

describe('Text', () => {
  test.each(['0', '0.35', '999999999.999999'])('behavior: %s', (text) => {
    expect(Money.parse(Money.Text.parse(text))).toBeGreaterThanOrEqual(0n)
  })

  test.each(['-1', '1e3', '0.1234567', '1234567890', '', ' 1', '1\n'])('error: %j', (text) => {
    expect(Money.Text.safeParse(text).success).toBe(false)
  })
})
