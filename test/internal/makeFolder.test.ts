import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { makeFolder } from '../../src/internal/makeFolder.js'

const modeOf = (path: string) => statSync(path).mode & 0o777

// That the names reach the disk is what `npm run prove:powerloss` shows.
test('default: makes the folder and those above it, for the owner alone; one that is there stays', () => {
  const root = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  mkdirSync(join(root, 'a'), { mode: 0o755 })

  makeFolder(join(root, 'a/b/c'))
  makeFolder(join(root, 'a/b/c'))
  makeFolder(join(root, 'a'))

  expect(['a', 'a/b', 'a/b/c'].map((name) => modeOf(join(root, name)))).toEqual([
    0o755, 0o700, 0o700,
  ])
  rmSync(root, { force: true, recursive: true })
})
