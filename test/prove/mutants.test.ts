import { expect, test, vi } from 'vitest'

import { lostTexts, plantBugs } from './plantBugs.js'
import type { Bug } from './planted/bug.js'
import { plantedBugs } from './plantedBugs.js'

vi.setConfig({ testTimeout: 180_000 })

const finder = { test: 'test/actions/queueVideo.test.ts' }
const file = 'src/actions/queueVideo.ts'
const from = 'repeatable: false'

test('behavior: each bug can be planted', () => {
  const names = plantedBugs.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBeGreaterThanOrEqual(20)
  expect(plantedBugs.flatMap(lostTexts)).toEqual([])
})

test('behavior: a bug is caught, and a change that is none is reported as missed', async () => {
  const bugs: Bug[] = [
    { edits: [{ file, from, to: 'repeatable: true' }], finder, name: 'sent again' },
    { edits: [{ file, from, to: 'repeatable: (false)' }], finder, name: 'no bug at all' },
  ]

  expect(await plantBugs(bugs, { lanes: 1, onProgress: () => {} })).toEqual({
    caught: 1,
    missed: ['no bug at all'],
    problems: ['no bug at all: nobody noticed'],
  })
})
