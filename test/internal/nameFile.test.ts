import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test, vi } from 'vitest'

import { nameFile } from '../../src/internal/nameFile.js'
import { removeFolder } from '../support/removeFolder.js'

vi.setConfig({ testTimeout: 60_000 })

type Told = { error?: string; value?: boolean }

function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const path = join(folder, 'job_a.mp4')
  const children: ChildProcess[] = []
  return {
    folder,
    list: () => readdirSync(folder).toSorted(),
    path,
    /** A finished file that wants the name. */
    part(text = 'whole', name = `job_a.${text.length}${text.slice(0, 11)}.part`) {
      writeFileSync(join(folder, name), text, { mode: 0o600 })
      return join(folder, name)
    },
    read: () => readFileSync(path, 'utf8'),
    /** A process on a disk without hard links, ready to name a file. */
    async start(options: object) {
      const plan = JSON.stringify({ links: 'EPERM', path, ...options })
      const child = fork('test/internal/workers/nameFile.mjs', [plan], { execArgv: [] })
      children.push(child)
      const closed = once(child, 'close')
      await Promise.race([
        once(child, 'message'),
        closed.then((end) => {
          throw new Error(`it ended: ${String(end)}`)
        }),
      ])
      const answer = Promise.race([
        once(child, 'message').then(([told]) => told as Told),
        closed.then(([, signal]): Told => ({ error: String(signal) })),
      ])
      return { answer, child, go: () => (child.send('go'), answer) }
    },
    [Symbol.dispose]() {
      for (const child of children) child.kill('SIGKILL')
      removeFolder(folder)
    },
  }
}

/** As the claims of this machine are called, or of another. */
const claimOf = (pid: number, of = hostname()) =>
  `job_a.mp4.${createHash('sha256').update(of).digest('hex').slice(0, 8)}.${pid}.0123456789ab.part`

/** A process that has ended. */
const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid

test('default: the file has its name, and no other', async () => {
  using place = setup()
  expect(await nameFile(place.part(), place.path)).toBe(true)
  expect([place.list(), place.read()]).toEqual([['job_a.mp4'], 'whole'])
  expect(lstatSync(place.path).mode & 0o777).toBe(0o600)
})

const refusals = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EINVAL']
test.each([...refusals, 'EACCES', 'EISDIR', 'UNKNOWN'])(
  'behavior: where a link fails with %s, too',
  async (links) => {
    using place = setup()
    const { go } = await place.start({ links, part: place.part() })
    expect(await go()).toEqual({ value: true })
    expect([place.list(), place.read()]).toEqual([['job_a.mp4'], 'whole'])
    expect(lstatSync(place.path).mode & 0o777).toBe(0o600)
  },
)

test.each(['with links', 'without'])('behavior: %s, nothing is replaced', async (disk) => {
  using place = setup()
  const name = async (part: string) =>
    disk === 'without'
      ? (await (await place.start({ part })).go()).value
      : nameFile(part, place.path)
  const part = place.part()

  writeFileSync(place.path, 'first')
  expect(await name(part)).toBe(false)
  expect([place.read(), readFileSync(part, 'utf8')]).toEqual(['first', 'whole'])

  rmSync(place.path)
  symlinkSync(join(place.folder, 'nowhere'), place.path)
  expect(await name(part)).toBe(false)
  expect(lstatSync(place.path).isSymbolicLink()).toBe(true)

  rmSync(place.path)
  mkdirSync(place.path)
  expect(await name(part)).toBe(false)
  expect(lstatSync(place.path).isDirectory()).toBe(true)
})

test.each(['with links', 'without'])('error: %s, a file that is not there', async (disk) => {
  using place = setup()
  const part = join(place.folder, 'none.part')
  if (disk === 'without')
    expect(await (await place.start({ part })).go()).toEqual({ error: 'ENOENT' })
  else await expect(nameFile(part, place.path)).rejects.toMatchObject({ code: 'ENOENT' })
  expect(place.list()).toEqual([])
})

const points = ['lstat', 'readdir', 'rename'].flatMap((call) =>
  [0, 1].flatMap((skip) => ['before', 'after'].map((when) => ({ call, skip, when }))),
)
test.each(points.filter(({ call, skip }) => call !== 'readdir' || skip === 0))(
  'behavior: killed $when $call, of which $skip passed ⇒ whole or absent, and the next one names it',
  async (point) => {
    using place = setup()
    const killed = await place.start({ part: place.part('killed'), point })
    expect(await killed.go()).toEqual({ error: 'SIGKILL' })
    const isThere = place.list().includes('job_a.mp4')
    if (isThere) expect(place.read()).toBe('killed')

    const next = await place.start({ part: place.part('next') })
    expect(await next.go()).toEqual({ value: !isThere })

    expect(place.read()).toBe(isThere ? 'killed' : 'next')
    // What is left is what whoever asked for the name clears away: parts, and no claim of the dead.
    expect(place.list().filter((name) => name.startsWith('job_a.mp4.'))).toEqual([])
  },
)

test('behavior: of many at once one has the name, and the others keep their files', async () => {
  using place = setup()
  for (let round = 0; round < 3; round += 1) {
    const parts = Array.from({ length: 8 }, (_, index) => place.part(`${index}`.repeat(9)))
    const processes = await Promise.all(parts.map((part) => place.start({ part })))

    const answers = await Promise.all(processes.map(({ go }) => go()))

    expect(answers.map(({ error }) => error)).toEqual(Array(8).fill(undefined))
    const winners = answers.flatMap(({ value }, index) => (value ? [index] : []))
    expect(winners).toHaveLength(1)
    expect(place.read()).toBe(`${winners[0]}`.repeat(9))
    expect(place.list()).toHaveLength(8) // the name, and seven that did not get it
    for (const name of place.list()) rmSync(join(place.folder, name))
  }
})

test('behavior: the claim of the dead is taken over, and of another file left alone', async () => {
  using place = setup()
  place.part('dead', claimOf(deadPid()))
  const other = claimOf(deadPid()).replace('job_a.mp4', 'job_b.mp4')
  place.part('other', other)
  const { go } = await place.start({ part: place.part(), patience: 600_000 })
  expect(await go()).toEqual({ value: true })
  expect(place.list()).toEqual(['job_a.mp4', other])
})

test.each([
  ['another machine', () => claimOf(process.pid, 'elsewhere')],
  ['a process of this machine', () => claimOf(process.pid)],
])('behavior: the claim of %s is waited for, not for ever', async (_, claim) => {
  using place = setup()
  place.part('held', claim())
  const waiting = await place.start({ part: place.part(), patience: 600_000 })
  const early = await Promise.race([
    waiting.go(),
    new Promise((resolve) => setTimeout(() => resolve('waits'), 400)),
  ])
  expect(early).toBe('waits')
  expect(place.list()).not.toContain('job_a.mp4')
  waiting.child.kill('SIGKILL')
  await waiting.answer

  const { go } = await place.start({ part: place.part('next'), patience: 100 })
  expect(await go()).toEqual({ value: true })
  expect(place.read()).toBe('next')
})

const linux = test.skipIf(process.platform !== 'linux')
linux('behavior: who stood still before the rename wakes up with empty hands', async () => {
  using place = setup()
  const point = { call: 'rename', skip: 1, when: 'before' }
  const part = place.part('sleeper')
  const sleeper = await place.start({ part, point, signal: 'SIGSTOP' })
  const answer = sleeper.go()
  while (!/^State:\s+T/m.test(readFileSync(`/proc/${sleeper.child.pid}/status`, 'utf8')))
    await new Promise((resolve) => setTimeout(resolve, 10))
  const next = await place.start({ part: place.part('next'), patience: 100 })
  expect(await next.go()).toEqual({ value: true })

  sleeper.child.kill('SIGCONT')

  expect(await answer).toEqual({ error: 'ENOENT' })
  expect([place.list(), place.read()]).toEqual([['job_a.mp4'], 'next'])
})
