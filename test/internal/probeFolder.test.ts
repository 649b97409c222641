import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { expect, test } from 'vitest'

import { freeBytes } from '../../src/internal/freeBytes.js'
import { probeFolder } from '../../src/internal/probeFolder.js'

function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  return { folder, [Symbol.dispose]: () => rmSync(folder, { force: true, recursive: true }) }
}

test('default: nothing is left behind', async () => {
  using place = setup()
  writeFileSync(join(place.folder, 'x.0123456789ab.part'), 'of somebody else')
  expect(await probeFolder(place.folder, { name: 'x' })).toEqual({ access: 'owner' })
  expect(await probeFolder(place.folder, { bytes: 3_000_000, name: 'x' })).toMatchObject({})
  expect(readdirSync(place.folder)).toEqual(['x.0123456789ab.part'])
})

test('error: more than there is room for is not begun', async () => {
  using place = setup()
  const bytes = ((await freeBytes(place.folder)) ?? 0) * 2
  const refused = probeFolder(place.folder, { bytes, name: 'x' })
  await expect(refused).rejects.toMatchObject({ code: 'ENOSPC', syscall: 'write' })
  expect(readdirSync(place.folder)).toEqual([])
})

test.each([
  ['no folder', 'none', 'ENOENT'],
  ['a file', 'file', 'ENOTDIR'],
])('error: %s', async (_, name, code) => {
  using place = setup()
  writeFileSync(join(place.folder, 'file'), '')
  const refused = probeFolder(join(place.folder, name), { name: 'x' })
  await expect(refused).rejects.toMatchObject({ code })
})

test.skipIf(process.platform === 'win32')('error: over a limit of the process', () => {
  using place = setup()
  const program = `
    import { probeFolder } from ${JSON.stringify(pathToFileURL(resolve('dist/internal/probeFolder.js')).href)}
    const probe = (bytes) => probeFolder(${JSON.stringify(place.folder)}, { bytes, name: 'x' })
    await probe(4_096)
    await probe(2_000_000).catch(({ code }) => process.stdout.write(code))`
  const node = `'${process.execPath}' --input-type=module -e "$PROGRAM"`
  const { stdout } = spawnSync('sh', ['-c', `ulimit -f 1000; ${node}`], {
    env: { PROGRAM: program },
  })
  expect(stdout.toString()).toBe('EFBIG')
  expect(readdirSync(place.folder)).toEqual([])
})
