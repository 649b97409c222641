import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { createDisk } from './createDisk.js'
import { calls, type Operation, readTrace } from './readTrace.js'
import { replay } from './replay.js'

/** Lines as strace writes them: texts in braces are put in hex. */
function trace(lines: readonly string[]): Operation[] {
  const hex = (text: string) => Buffer.from(text).toString('hex').replaceAll(/../g, '\\x$&')
  const text = lines.map((line) => line.replaceAll(/\{(.*?)\}/gs, (_, plain: string) => hex(plain)))
  return readTrace(text.join('\n'), '/d')
}

function shown(image: ReadonlyMap<string, Buffer>): Record<string, string> {
  return Object.fromEntries([...image].map(([path, bytes]) => [path, bytes.toString()]))
}

const written = trace([
  '7 openat(AT_FDCWD<{/}>, "{/d/a}", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 21<{/d/a}>',
  '7 pwrite64(21<{/d/a}>, "{safe}", 4, 0) = 4',
  '8 fsync(21<{/d/a}> <unfinished ...>',
  '7 pwrite64(21<{/d/a}>, "{late}", 4, 2) = 4',
  '7 write(1<{/dev/pts/0}>, "{noise}", 5) = 5',
  '8 <... fsync resumed>) = 0',
  '7 fsync(22<{/d}>) = 0',
])

test('behavior: what is written after a sync began is not safe with it', () => {
  const disk = createDisk({ root: '/d' })
  for (const operation of written) disk.apply(operation)

  expect(shown(disk.everything())).toEqual({ '/d/a': 'salate' })
  expect(shown(disk.synced())).toEqual({ '/d/a': 'safe' })
  expect(shown(disk.torn(() => 0.1))).toEqual({ '/d/a': 'salate' })
  expect(shown(disk.torn(() => 0.9))).toEqual({ '/d/a': 'safe' })
})

test('behavior: a name is safe once its folder is synced, and the folder’s own once its parent is', () => {
  const disk = createDisk({ root: '/d' })
  const steps = trace([
    '7 mkdir("{/d/f}", 0700) = 0',
    '7 openat(AT_FDCWD<{/}>, "{/d/f/a}", O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0600) = 21<{/d/f/a}>',
    '7 write(21<{/d/f/a}>, "{one}", 3) = 3',
    '7 write(21<{/d/f/a}>, "{two}", 3) = 3',
    '7 fsync(21<{/d/f/a}>) = 0',
    '7 link("{/d/f/a}", "{/d/f/b}") = 0',
    '7 unlink("{/d/f/a}") = 0',
    '7 fsync(22<{/d/f}>) = 0',
    '7 fsync(23<{/d}>) = 0',
  ])
  const seen = steps.map((step) => {
    disk.apply(step)
    return shown(disk.synced())
  })

  expect(seen.slice(0, -1).filter((image) => Object.keys(image).length > 0)).toEqual([])
  expect(seen.at(-1)).toEqual({ '/d/f/b': 'onetwo' })
})

test('error: a call that cannot be replayed ends the proof', () => {
  expect(() => trace(['7 pwritev(21<{/d/a}>, [{iov_base="", iov_len=1}], 1, 0) = 1'])).toThrow(
    'a call that cannot be replayed',
  )
  expect(() => trace(['7 pwrite64(21<{/d/a}>, "{ab}"..., 4, 0) = 4'])).toThrow('cannot be replayed')
})

test('behavior: a send whose intent did not reach the disk is found', async () => {
  const lines = [
    '7 openat(AT_FDCWD<{/}>, "{/d/sends.log}", O_WRONLY|O_CREAT|O_APPEND, 0600) = 3<{/d/sends.log}>',
    '7 write(3<{/d/sends.log}>, "{job abc\n}", 8) = 8',
  ]
  const options = { account: 'a', path: '/d/ledger.sqlite', root: '/d', seed: 1 }
  const { counts, sent } = await replay(trace(lines), { ...options, sends: '/d/sends.log' })

  expect(sent).toEqual(['job abc'])
  expect(counts).toMatchObject({ lost_intents: 3, replays: 3, unopened: 0 })
})

test.runIf(spawnable('strace'))('behavior: what strace records is read whole', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const script = `const fs = require('fs')
    fs.mkdirSync(process.argv[1] + '/f')
    const file = fs.openSync(process.argv[1] + '/f/a', 'w')
    fs.writeSync(file, 'hello')
    fs.writeSync(file, 'J', 0)
    fs.ftruncateSync(file, 3)
    fs.fsyncSync(file)
    fs.renameSync(process.argv[1] + '/f/a', process.argv[1] + '/f/b')`
  const output = join(folder, 'trace')
  const flags = ['-f', '-y', '-xx', '-s', '1000', '-e', `trace=${calls.join()}`]
  execFileSync('strace', [...flags, '-o', output, process.execPath, '-e', script, folder])
  const disk = createDisk({ root: folder })
  for (const operation of readTrace(readFileSync(output, 'latin1'), folder)) disk.apply(operation)

  expect(shown(disk.everything())).toEqual({ [join(folder, 'f/b')]: 'Jel' })
  expect(shown(disk.synced())).toEqual({})
  rmSync(folder, { force: true, recursive: true })
})

function spawnable(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false // not installed
  }
}
