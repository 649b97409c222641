import { chmodSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, expect, test } from 'vitest'

import { createLoopCache } from '../../src/sandbox/createLoopCache.js'
import { createRenderer } from '../../src/sandbox/render.js'

const before = process.env['TMPDIR']
afterEach(() => {
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
})

/** A temporary folder of its own, for this test. */
function ownTmp(): string {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  process.env['TMPDIR'] = folder
  return folder
}

test('default: what one process made another one finds', () => {
  ownTmp()
  createLoopCache(['code']).write('a.mp4', Buffer.from('frames'))
  expect(Buffer.from(createLoopCache(['code']).read('a.mp4') ?? []).toString()).toBe('frames')
  expect(createLoopCache(['code']).read('b.mp4')).toBeUndefined()
})

test('behavior: other code finds nothing of it', () => {
  ownTmp()
  createLoopCache(['code']).write('a.mp4', Buffer.from('frames'))
  expect(createLoopCache(['other code']).read('a.mp4')).toBeUndefined()
})

test('behavior: a folder that others may write to is not used', () => {
  const folder = ownTmp()
  createLoopCache(['code']).write('a.mp4', Buffer.from('frames'))
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o777)
  expect(createLoopCache(['code']).read('a.mp4')).toBeUndefined()
})

test('behavior: damaged frames are made anew', async () => {
  const folder = ownTmp()
  const job = { height: 64, seconds: 1, seed: 1, width: 64 }
  const make = async () => {
    const renderer = createRenderer()
    const file = await renderer.render(job)
    await renderer.close()
    return file
  }
  const made = await make()
  const [name = ''] = readdirSync(folder)
  const kept = join(folder, name, '64x64-1.mp4')
  expect(readdirSync(join(folder, name))).toEqual(['64x64-1.mp4'])
  writeFileSync(kept, 'not frames')
  expect((await make()).byteLength).toBe(made.byteLength)
})
