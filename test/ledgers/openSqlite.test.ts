import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

import Database from 'libsql'
import { expect, test } from 'vitest'

import * as Ledger from '../../src/Ledger.js'
import { sqliteLedger } from '../../src/ledgers/sqliteLedger.js'
import { createLedgerFile, scribble } from '../support/ledgerFile.js'
import { caps, jobOf, price, quoteOf, reserve } from '../support/purchases.js'
import { account } from '../support/stores.js'

test.each([
  ['emptied', (path: string) => truncateSync(path)],
  ['cut to 50 bytes', (path: string) => truncateSync(path, 50)],
  ['cut to 600 bytes', (path: string) => truncateSync(path, 600)],
  ['cut to one page', (path: string) => truncateSync(path, 4_096)],
  ['cut in half', (path: string) => truncateSync(path, (statSync(path).size / 8_192) * 4_096)],
  ['a page short', (path: string) => truncateSync(path, statSync(path).size - 4_096)],
  ['overwritten by text', (path: string) => writeFileSync(path, 'no database\n'.repeat(1_000))],
  ['without its first bytes', (path: string) => scribble(path, 0, 16)],
  [
    'replaced by another database',
    (path: string) => {
      rmSync(path)
      const other = new Database(path)
      other.exec('CREATE TABLE note (text)')
      other.close()
      chmodSync(path, 0o600)
    },
  ],
])('error: a file that was %s', async (_what, damage) => {
  using bench = await createLedgerFile()
  damage(bench.damaged)

  const opening = sqliteLedger({ account, path: bench.damaged })

  await expect(opening).rejects.toThrow(Ledger.CorruptError)
  await expect(opening).rejects.toMatchObject({ facts: [`Ledger: ${bench.damaged}`] })
})

test('behavior: of a file with a damaged page the rest is read, and nothing is written', async () => {
  using bench = await createLedgerFile()
  const database = new Database(bench.damaged)
  const { rootpage } = database
    .prepare(`SELECT rootpage FROM sqlite_schema WHERE name = 'budget'`)
    .get() as { rootpage: number }
  database.close()
  scribble(bench.damaged, (rootpage - 1) * 4_096, 4_096)

  const ledger = await sqliteLedger({ account, path: bench.damaged })

  expect(ledger.readOnly).toMatchObject({ code: 'LEDGER_CORRUPT' })
  expect(await ledger.findJob('job_q')).toMatchObject({ price, status: 'reserved' })
  expect(await ledger.verifyEvents()).toMatchObject({ events: 1, ok: true })
  await expect(ledger.usage()).rejects.toThrow(Ledger.CorruptError)
  await expect(ledger.saveQuote(quoteOf('r'))).rejects.toThrow(Ledger.CorruptError)
  await ledger.close()
})

test('behavior: damage that is found later stops all writes from there on', async () => {
  using bench = await createLedgerFile()
  const { damaged: path } = bench
  const database = new Database(path)
  const body = 'x'.repeat(3_000)
  for (let index = 0; index < 2_000; index += 1)
    database.exec(`INSERT INTO quote VALUES ('big_${index}', '${account}', 'm', '${body}', 'h', 1,
      0, 1, 1)`)
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
  const ledger = await sqliteLedger({ account, path })
  expect(ledger.readOnly).toBeUndefined()
  const { size } = statSync(path)
  scribble(path, Math.floor(size / 8_192) * 4_096, Math.floor(size / 16_384) * 4_096)

  const reading = (async () => {
    for (let index = 0; index < 2_000; index += 1) await ledger.findQuote(`big_${index}`)
  })()

  await expect(reading).rejects.toThrow(Ledger.CorruptError)
  expect(ledger.readOnly).toMatchObject({ code: 'LEDGER_CORRUPT' })
  await expect(ledger.freeze('x')).rejects.toThrow(Ledger.CorruptError)
  expect((await ledger.state()).frozen).toBeUndefined()
  await ledger.close()
})

test.each([
  ['the ledger', ''],
  ['its write-ahead log', '-wal'],
])(
  'behavior: when others can read %s it is only read, with the command that helps',
  async (_what, suffix) => {
    using bench = await createLedgerFile()
    const file = bench.damaged + suffix
    if (suffix) writeFileSync(file, '')
    chmodSync(file, 0o640)

    const ledger = await sqliteLedger({ account, path: bench.damaged })

    expect(ledger.readOnly?.shortMessage).toBe(
      `The ledger cannot be used: others can read it; run: chmod 600 ${file}`,
    )
    expect(await ledger.usage()).toMatchObject({ total: price })
    await expect(ledger.reserveJob({ caps, job: jobOf('q') })).rejects.toThrow('chmod 600')
    await ledger.close()
  },
)

test('behavior: a file that is marked read-only is read and not written, also by root', async () => {
  using bench = await createLedgerFile()
  chmodSync(bench.damaged, 0o400)
  const before = readFileSync(bench.damaged)

  const ledger = await sqliteLedger({ account, path: bench.damaged })

  expect(ledger.readOnly?.shortMessage).toBe('The ledger cannot be used: it is read-only.')
  expect(await ledger.usage()).toMatchObject({ total: price })
  expect(await ledger.jobs()).toHaveLength(1)
  expect(await ledger.verifyEvents()).toMatchObject({ ok: true })
  await expect(ledger.freeze('x')).rejects.toThrow('it is read-only.')
  await ledger.close()
  expect(readFileSync(bench.damaged)).toEqual(before)
})

test('behavior: in a folder that cannot be written, what was committed last is read all the same', async () => {
  using bench = await createLedgerFile()
  const folder = join(bench.folder, 'archive')
  mkdirSync(folder)
  const writer = await sqliteLedger({ account, path: bench.damaged })
  await reserve(writer, 'r')
  for (const suffix of ['', '-wal']) {
    copyFileSync(bench.damaged + suffix, join(folder, `ledger.sqlite${suffix}`))
    chmodSync(join(folder, `ledger.sqlite${suffix}`), 0o600)
  }
  await writer.close()
  const path = join(folder, 'ledger.sqlite')

  const ledger = await asNobody([bench.folder, path, `${path}-wal`], folder, () =>
    sqliteLedger({ account, path }),
  )

  expect(ledger.readOnly?.shortMessage).toBe('The ledger cannot be used: it is read-only.')
  expect(await ledger.usage()).toMatchObject({ total: 2n * price })
  expect(readdirSync(folder)).toEqual(['ledger.sqlite', 'ledger.sqlite-wal'])
  await ledger.close()
})

/** Runs as a user who may read the paths and write nothing in the folder, also when we are root. */
async function asNobody<result>(paths: string[], folder: string, run: () => Promise<result>) {
  chmodSync(folder, 0o555)
  const root = process.geteuid?.() === 0
  if (root) for (const path of paths) chownSync(path, 65_534, 65_534)
  if (root) process.seteuid?.(65_534)
  try {
    return await run()
  } finally {
    if (root) process.seteuid?.(0)
    chmodSync(folder, 0o755)
  }
}
