import { fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { expect, test } from 'vitest'

import { pruneApps } from '../../src/cli/installRecord.js'
import { placeApp } from '../../src/cli/placeApp.js'
import { version } from '../../src/version.js'
import { bundleWorker } from '../crash/bundleWorker.js'

/** A small package of ours with one dependency beside it, and an empty home. */
function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino test '))
  const from = join(folder, 'project/node_modules/zecchino')
  const home = join(folder, 'home')
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const program = (words: string) =>
    write(
      'project/node_modules/zecchino/dist/cli/bin.js',
      `import { words } from 'needed'\nif (!process.env.SECRET) console.log(JSON.stringify({ ${words}: words }))\n`,
    )
  program('jobs')
  const manifest = { dependencies: { needed: '1' }, name: 'zecchino', type: 'module', version }
  write('project/node_modules/zecchino/package.json', JSON.stringify(manifest))
  write('project/node_modules/zecchino/dist/index.d.ts', 'export {}')
  write('project/node_modules/zecchino/test/none.js', '')
  write('project/node_modules/needed/package.json', '{"name":"needed","exports":"./index.mjs"}')
  write('project/node_modules/needed/index.mjs', 'export const words = []\n')
  return {
    apps: () => readdirSync(join(home, 'app')).toSorted(),
    folder,
    from,
    home,
    place: () => placeApp(home, { from }),
    program,
    write,
  }
}

test('default: a copy with what it needs, which starts when the rest is gone, and is reused', async () => {
  const { apps, folder, from, home, place } = setup()
  const app = await place()
  expect(app).toEqual({
    entry: join(home, 'app', version, 'node_modules/zecchino/dist/cli/bin.js'),
    folder: join(home, 'app', version),
    isReused: false,
    version,
  })
  expect((readdirSync(app.folder, { recursive: true }) as string[]).toSorted()).toEqual(
    [
      'node_modules',
      'node_modules/needed',
      'node_modules/needed/index.mjs',
      'node_modules/needed/package.json',
      'node_modules/zecchino',
      'node_modules/zecchino/dist',
      'node_modules/zecchino/dist/cli',
      'node_modules/zecchino/dist/cli/bin.js',
      'node_modules/zecchino/package.json',
    ].map((name) => join(name)),
  )
  expect(await place()).toEqual({ ...app, isReused: true })
  rmSync(join(folder, 'project'), { recursive: true })
  // From the copy itself: an installed version may install.
  const own = join(app.folder, 'node_modules/zecchino')
  expect(await placeApp(home, { from: own })).toEqual({ ...app, isReused: true })
  expect(apps()).toEqual([version])
  expect(from).not.toBe(own)
})

test('behavior: what is there is never touched: damage and other content get a name beside it', async () => {
  const { apps, home, place, program, write } = setup()
  const app = await place()
  write(`home/app/${version}/node_modules/needed/index.mjs`, 'broken')
  const second = await place()
  expect(second.isReused).toBe(false)
  expect(second.folder).toMatch(/\+[\da-f]{8}$/)
  expect(readFileSync(join(app.folder, 'node_modules/needed/index.mjs'), 'utf8')).toBe('broken')
  expect(await place()).toEqual({ ...second, isReused: true })
  write(`${second.folder.slice(home.length - 4)}/node_modules/needed/more.js`, '')
  expect((await place()).folder).toBe(`${second.folder}.2`)
  program('other')
  expect((await place()).folder).not.toContain(second.folder)
  expect(apps()).toHaveLength(4)
})

test('behavior: eight at once come to the same one', async () => {
  const { apps, place } = setup()
  const all = await Promise.all(Array.from({ length: 8 }, place))
  expect(new Set(all.map(({ folder }) => folder)).size).toBe(1)
  expect(all.filter(({ isReused }) => !isReused)).toHaveLength(1)
  expect(apps()).toEqual([version])
})

test('behavior: killed at any moment it leaves no half of a version, and the next one goes on', async () => {
  const { apps, from, home, place, write } = setup()
  for (let index = 0; index < 400; index += 1)
    write(`project/node_modules/needed/${index}.js`, 'x'.repeat(20_000))
  const worker = await bundleWorker('test/cli/workers/placeApp.mjs')
  for (const delay of [0, 15, 40, 90, 160]) {
    const child = fork(worker, [home, from], { silent: true })
    await new Promise((started) => child.once('message', started))
    await new Promise((done) => setTimeout(done, delay))
    child.kill('SIGKILL')
    await new Promise((gone) => child.once('exit', gone))
    const whole = apps().filter((name) => !name.endsWith('.part'))
    if (whole.length > 0) expect(await place()).toMatchObject({ isReused: true })
  }
  const app = await place()
  expect(app.folder).toBe(join(home, 'app', version))
  const now = new Date(Date.now() + 2 * 60 * 60_000)
  pruneApps(home, { now, texts: [app.entry] })
  expect(apps()).toEqual([version])
}, 60_000)

test.each([
  ['a package that it needs is not there', 'project/node_modules/needed', 'needed, which it needs'],
  ['it does not start', 'project/node_modules/needed/index.mjs', 'does not start'],
])('error: %s', async (_, gone, why) => {
  const { apps, folder, place } = setup()
  rmSync(join(folder, gone), { recursive: true })
  await expect(place()).rejects.toMatchObject({
    code: 'FILE_FAILED',
    hint: expect.stringContaining('npm install -g zecchino'),
    shortMessage: expect.stringContaining(why),
  })
  if (why.includes('start')) expect(apps()).toEqual([])
})

test('error: a file stands where the folder should be', async () => {
  const { place, write } = setup()
  write('home/app', '')
  await expect(place()).rejects.toMatchObject({
    code: 'FILE_FAILED',
    hint: expect.stringContaining('Move it away'),
  })
})
