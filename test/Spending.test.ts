import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import * as Money from '../src/Money.js'
import * as Spending from '../src/Spending.js'
import * as Venice from '../src/Venice.js'

/** A row as it comes over the wire. */
function rowOf(type: string, amount: number, id = `${type} ${amount}`) {
  return Venice.Transaction.parse({
    amount,
    balanceAfter: 4.9996799,
    createdAt: '2026-10-02T00:00:00.000Z',
    id,
    modelId: 'm',
    requestId: 'r',
    type,
  })
}

test('default: a row keeps what the wire said, and is rounded against us', () => {
  expect(rowOf('CHARGE', -0.00053844)).toMatchObject({ amount: -539n, exact: -53_844n })
  expect(rowOf('REFUND', 0.00053844)).toMatchObject({ amount: 538n, balanceAfter: 4_999_679n })
})

test('behavior: one charge comes to the price that was quoted for it', () => {
  fc.assert(
    fc.property(fc.integer({ max: 10_000_000_000, min: 1 }), (units) => {
      const wire = units / 1e8
      const { quote } = Venice.Quote.parse({ quote: wire })
      expect(Spending.charged([rowOf('CHARGE', -wire)])).toBe(quote)
    }),
  )
})

const parts = fc.array(fc.integer({ max: 100_000_000, min: 1 }), { maxLength: 20, minLength: 1 })

test('behavior: several charges come to the price of their sum, and their refund leaves nothing', () => {
  fc.assert(
    fc.property(parts, (units) => {
      const sum = units.reduce((total, part) => total + part, 0) / 1e8
      const { quote } = Venice.Quote.parse({ quote: sum })
      const charges = units.map((part, index) => rowOf('CHARGE', -part / 1e8, `c${index}`))
      expect(Spending.charged(charges)).toBe(quote)
      const all = [...charges, rowOf('REFUND', sum)]
      expect(Spending.refunded(all)).toBe(quote)
      expect(Spending.leavesNothing(all)).toBe(true)
    }),
  )
})

test('behavior: what a part of it gives back never makes too little of what is left', () => {
  fc.assert(
    fc.property(parts, fc.double({ max: 1, min: 0, noNaN: true }), (units, share) => {
      const taken = units.reduce((total, part) => total + part, 0)
      const given = Math.floor(taken * share)
      const charges = units.map((part, index) => rowOf('CHARGE', -part / 1e8, `c${index}`))
      const left =
        Spending.charged(charges) - Spending.refunded([...charges, rowOf('REFUND', given / 1e8)])
      expect(left).toBe(Money.ceil(BigInt(taken - given)))
    }),
  )
})

describe('refunded', () => {
  test.each<[string, Venice.Transaction[], bigint]>([
    ['before its charge', [rowOf('REFUND', 0.11234567)], 112_345n],
    ['none', [rowOf('CHARGE', -0.11234567)], 0n],
    ['nothing at all', [], 0n],
    ['more than was charged', [rowOf('CHARGE', -0.1), rowOf('REFUND', 0.11234567)], 112_345n],
  ])('behavior: %s', (_, rows, refund) => {
    expect(Spending.refunded(rows)).toBe(refund)
  })

  test('behavior: a row kept before eight decimals were is what it says', () => {
    const { exact: _, ...row } = rowOf('CHARGE', -0.112)
    expect(Spending.charged([row])).toBe(112_000n)
  })
})

test('behavior: the charges of a request are those that name it', () => {
  const [one, two] = [rowOf('CHARGE', -0.1, 'a'), rowOf('CHARGE', -0.2, 'b')]
  const other = { ...rowOf('CHARGE', -0.4, 'c'), requestId: 'x' }
  const nameless = { ...rowOf('CHARGE', -0.8, 'd'), requestId: null }
  const rows = [one, two, other, nameless, { ...nameless, id: 'e' }]
  expect(Spending.charged(Spending.requestOf(one, rows))).toBe(300_000n)
  expect(Spending.requestOf(nameless, rows)).toEqual([nameless])
})
