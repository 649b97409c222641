import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { match } from '../../src/internal/match.js'

const pairs = (choices: Record<string, string>) =>
  [...match(new Map(Object.entries(choices).map(([one, all]) => [one, [...all]])))].map((pair) =>
    pair.join(''),
  )

test('default: each has the first of its choices', () => {
  expect(pairs({ 1: 'ab', 2: 'ba' }).toSorted()).toEqual(['1a', '2b'])
})

test('behavior: one makes room for another, but never goes without', () => {
  expect(pairs({ 1: 'ab', 2: 'a' }).toSorted()).toEqual(['1b', '2a'])
  expect(pairs({ 1: 'a', 2: 'a' })).toEqual(['1a'])
  expect(pairs({ 1: '', 2: 'a' })).toEqual(['2a'])
})

test('behavior: none is given twice, and as many have one as can', () => {
  const choices = fc.array(fc.uniqueArray(fc.integer({ max: 5, min: 0 })), { maxLength: 6 })
  fc.assert(
    fc.property(choices, (lists) => {
      const found = match(new Map(lists.map((list, index) => [index, list])))
      expect(new Set(found.values()).size).toBe(found.size)
      for (const [index, value] of found) expect(lists[index]).toContain(value)
      expect(found.size).toBe(most(lists))
    }),
  )
})

/** The largest number of pairs, by trying all. */
function most(
  [first, ...rest]: readonly (readonly number[])[],
  taken: readonly number[] = [],
): number {
  if (!first) return 0
  const free = first.filter((value) => !taken.includes(value))
  return Math.max(most(rest, taken), ...free.map((value) => 1 + most(rest, [...taken, value])))
}
