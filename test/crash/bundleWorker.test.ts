import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { bundleWorker } from './bundleWorker.js'

test('behavior: those that make the same at the same time do not disturb each other', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-worker-'))
  const entry = join(folder, 'worker.mjs')
  writeFileSync(entry, "if (process.argv[2] !== 'compile') console.log('it runs')\n")
  const later = async (ms: number) => {
    await setTimeout(ms)
    return bundleWorker(entry)
  }
  const [one = '', ...others] = await Promise.all([0, 15, 30, 45, 60, 75].map(later))
  try {
    expect(new Set(others)).toEqual(new Set([one]))
    expect(execFileSync(process.execPath, [one], { encoding: 'utf8' })).toBe('it runs\n')
    expect(await bundleWorker(entry)).toBe(one)
  } finally {
    for (const made of [folder, dirname(dirname(one))])
      rmSync(made, { force: true, recursive: true })
  }
})
