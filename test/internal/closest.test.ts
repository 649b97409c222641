import { expect, test } from 'vitest'

import { closest, meantBy } from '../../src/internal/closest.js'

const models = ['kling-3-text-to-video', 'wan-2-7-text-to-video', 'wan-2-7-image-to-video', 'veo-4']

test.each([
  ['wan-2-7-text-to-vide', 'wan-2-7-text-to-video'],
  ['wan-27-image-to-video', 'wan-2-7-image-to-video'],
  ['veo4', 'veo-4'],
  ['', 'veo-4'],
])('behavior: %j was meant as %s', (word, expected) => {
  expect(closest(word, models, 1)).toEqual([expected])
})

test('behavior: nearest first, at most so many', () => {
  expect(closest('wan-2-7-text-to-video', models, 2)).toEqual([models[1], models[2]])
  expect(closest('x', models, 10)).toHaveLength(models.length)
  expect(closest('x', [], 3)).toEqual([])
})

test('behavior: a word of any length costs no more than a long name', () => {
  const many = Array.from({ length: 500 }, (_, index) => `model-${index}-text-to-video`)
  expect(closest('x'.repeat(10_000_000), many, 1)).toHaveLength(1)
})

test('behavior: a name of any length costs nothing', () => {
  const huge = ['x'.repeat(7_000_000), 'veo-4']
  expect(closest('x'.repeat(80), huge, 2)).toEqual(['veo-4'])
})

const keys = ['maxPerVideoUsd', 'maxSpendPerDayUsd', 'maxTopUpUsd', 'models', 'payTo', 'readFiles']

test.each([
  ['maxPerVideo', 'maxPerVideoUsd'],
  ['max_per_video_usd', 'maxPerVideoUsd'],
  ['max-per-video-usd', 'maxPerVideoUsd'],
  ['MAXPERVIDEOUSD', 'maxPerVideoUsd'],
  ['maxPerVidoeUsd', 'maxPerVideoUsd'],
  ['maxTopupUSD', 'maxTopUpUsd'],
  ['model', 'models'],
  ['payto', 'payTo'],
  ['readFile', 'readFiles'],
  ['maxPerMoonUsd', undefined],
  ['x', undefined],
  ['', undefined],
  ['pay', undefined],
  ['something else altogether', undefined],
])('behavior: %j surely means %j', (word, expected) => {
  expect(meantBy(word, keys)).toBe(expected)
})

test('behavior: between two that are as near none is sure', () => {
  expect(meantBy('node', ['nodes', 'noden'])).toBeUndefined()
  expect(meantBy('nodes', ['nodes', 'noden'])).toBe('nodes')
})
