import { spawnSync } from 'node:child_process'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { expect, test } from 'vitest'

import * as Ledger from '../../src/Ledger.js'
import { sqliteLedger } from '../../src/ledgers/sqliteLedger.js'
import { createLedgerFile } from '../support/ledgerFile.js'
import { quoteOf, reserve } from '../support/purchases.js'
import { account } from '../support/stores.js'

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

test('default: all files are the owner’s alone, whatever the umask', async () => {
  const umask = process.umask(0)
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const path = join(folder, 'new/home/ledger.sqlite')
  try {
    const ledger = await sqliteLedger({ account, path })
    await reserve(ledger, 'q')

    const files = readdirSync(join(folder, 'new/home')).toSorted()
    expect(files).toEqual(['ledger.sqlite', 'ledger.sqlite-shm', 'ledger.sqlite-wal'])
    expect(files.map((file) => modeOf(join(folder, 'new/home', file)))).toEqual([
      '600',
      '600',
      '600',
    ])
    expect(modeOf(join(folder, 'new/home'))).toBe('700')
    // Read and write version 2: WAL.
    expect([...readFileSync(path).subarray(18, 20)]).toEqual([2, 2])
    await ledger.close()
  } finally {
    process.umask(umask)
    rmSync(folder, { recursive: true })
  }
})

test('error: a ledger that was replaced or removed while it was open', async () => {
  using bench = await createLedgerFile()
  const ledger = await sqliteLedger({ account, path: bench.path })
  renameSync(bench.path, `${bench.path}.old`)

  await expect(ledger.freeze('x')).rejects.toThrow('its file is gone.')
  renameSync(bench.damaged, bench.path)
  await expect(ledger.freeze('x')).rejects.toThrow('its file was replaced.')
  await ledger.close()
})

test('error: a path that cannot hold a file', async () => {
  using bench = await createLedgerFile()
  const { folder, path } = bench

  await expect(sqliteLedger({ account, path: folder })).rejects.toThrow(
    'its path is not that of a file.',
  )
  const below = join(path, 'ledger.sqlite')
  await expect(sqliteLedger({ account, path: below })).rejects.toThrow('its folder is a file.')
  symlinkSync(join(folder, 'nowhere/x'), join(folder, 'dangling'))
  const dangling = sqliteLedger({ account, path: join(folder, 'dangling') })
  await expect(dangling).rejects.toThrow(Ledger.UnavailableError)
})

test('error: a full disk, and afterwards the ledger is whole', async () => {
  using bench = await createLedgerFile()
  const worker = resolve('test/ledgers/workers/fill.mjs')
  // Files of this process may not grow beyond 256 blocks of 512 or 1024 bytes.
  const limited = `ulimit -f 256; exec "$0" "$1" "$2" "$3"`
  const { stderr, stdout } = spawnSync(
    'sh',
    ['-c', limited, process.execPath, worker, bench.path, account],
    { encoding: 'utf8' },
  )

  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
  expect(stdout).toMatch(/the disk is full|the disk failed/)
  const ledger = await sqliteLedger({ account, path: bench.path })
  expect(ledger.readOnly).toBeUndefined()
  expect(await ledger.verifyEvents()).toMatchObject({ ok: true })
  await reserve(ledger, 'after')
  await ledger.close()
})

test('error: a value that the driver would abort on', async () => {
  using bench = await createLedgerFile()
  const ledger = await sqliteLedger({ account, path: bench.path })

  const saving = ledger.saveQuote({ ...quoteOf('r'), model: true as never })

  await expect(saving).rejects.toMatchObject({ code: 'UNEXPECTED' })
  expect(await ledger.findQuote('r')).toBeUndefined()
  await ledger.close()
})
