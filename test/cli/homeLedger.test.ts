import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { checkBefore, keepLedger, read, trustLedger } from '../../src/cli/homeLedger.js'
import { account } from '../support/stores.js'

const [one, two] = ['1'.repeat(32), '2'.repeat(32)]

function setup(databaseUrl?: string) {
  const home = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  return { databaseUrl, home, profile: 'venice' as const }
}

test('default: the first ledger is written down, and every later one is held to it', async () => {
  const config = setup()
  writeFileSync(join(config.home, 'venice.sqlite'), '')
  checkBefore(config, account)
  await keepLedger(config, { account, ledger: one })

  expect(read(config, account)).toMatchObject({ account, kind: 'sqlite', ledger: one })
  const [name = ''] = readdirSync(config.home).filter((name) => name.includes('ledger.json'))
  expect(statSync(join(config.home, name)).mode & 0o777).toBe(0o600)
  await keepLedger(config, { account, ledger: one })
  await expect(keepLedger(config, { account, ledger: two })).rejects.toMatchObject({
    code: 'LEDGER_OTHER',
    facts: [expect.stringContaining(one), expect.stringContaining(two)],
    hint: expect.stringContaining('zecchino policy trust-ledger'),
  })
  // Another wallet of the home, and the other profile, have ledgers of their own.
  await keepLedger(config, { account: account.replace('aa', 'ab'), ledger: two })
  await keepLedger({ ...config, profile: 'sandbox' }, { account, ledger: two })

  trustLedger(config, { account, ledger: two })
  await keepLedger(config, { account, ledger: two })
  expect(readdirSync(config.home).filter((name) => name.endsWith('.part'))).toEqual([])
})

test('behavior: another kind, or a file that is gone, is refused before anything is made', async () => {
  const config = setup('postgres://db.example/zecchino')
  await keepLedger(config, { account, ledger: one })
  const forgotten = { ...config, databaseUrl: undefined }
  expect(() => checkBefore(forgotten, account)).toThrow('Set ZECCHINO_DATABASE_URL')

  const file = setup()
  await keepLedger(file, { account, ledger: one })
  writeFileSync(join(file.home, 'venice.sqlite'), '')
  const set = { ...file, databaseUrl: 'postgres://db.example/zecchino' }
  expect(() => checkBefore(set, account)).toThrow('Unset ZECCHINO_DATABASE_URL')
  checkBefore(file, account)
  rmSync(join(file.home, 'venice.sqlite'))
  expect(() => checkBefore(file, account)).toThrow('Put the file back from a copy')
})

test('behavior: of two that start at once with ledgers of their own, one is refused', async () => {
  for (let round = 0; round < 20; round += 1) {
    const config = setup()
    const results = await Promise.allSettled(
      [one, two, one, two].map((ledger) => keepLedger(config, { account, ledger })),
    )
    const record = read(config, account)
    const kept = typeof record === 'object' ? record.ledger : undefined
    expect(results.map(({ status }) => status)).toEqual(
      [one, two, one, two].map((ledger) => (ledger === kept ? 'fulfilled' : 'rejected')),
    )
    expect(readdirSync(config.home)).toHaveLength(1)
  }
})

test('error: a record that cannot be read allows no ledger', async () => {
  const config = setup()
  await keepLedger(config, { account, ledger: one })
  const [name = ''] = readdirSync(config.home)
  for (const text of ['', '{', '{"account":"another"}']) {
    writeFileSync(join(config.home, name), text)
    await expect(keepLedger(config, { account, ledger: one })).rejects.toMatchObject({
      code: 'LEDGER_OTHER',
    })
  }
  trustLedger(config, { account, ledger: one })
  await keepLedger(config, { account, ledger: one })
})
