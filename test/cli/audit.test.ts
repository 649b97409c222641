import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import { cheap, cheapFlags } from '../support/cheap.js'
import { control } from '../support/createBuyer.js'
import { runBundled, startSandbox } from '../support/runCli.js'

test('behavior: a normal purchase whose charge names no job is no difference, and no failure', async () => {
  await using sandbox = await startSandbox()
  const key = randomBytes(32).toString('hex')
  const { advance, fault, fund } = control(sandbox.controlUrl)
  await fund(privateKeyWallet(key).address, '20')
  await fault({ form: 'none', kind: 'other-request-id', route: 'queue' })
  const env = {
    ZECCHINO_API_URL: sandbox.apiUrl,
    ZECCHINO_HOME: mkdtempSync(join(tmpdir(), 'zecchino-test-')),
    ZECCHINO_PRIVATE_KEY: key,
  }
  const run = (...args: string[]) => runBundled(args, { env })
  const bought = await run('generate', cheap.model, 'A bell', ...cheapFlags, '--yes', '--json')
  expect(bought.code).toBe(0)

  const told = await run('audit', 'reconcile')
  expect(told.code).toBe(0)
  expect(told.stdout).toMatch(
    /^No difference, or none yet:\nledger_\S+ {2}CHARGE of .+ is tied to nothing yet: .+\njob_\w+ {2}queued for \$0\.14; its charge has not shown yet, and more may show until .+Z\n2 rows at Venice, 0 differences\.$/m,
  )
  const machine = await run('audit', 'reconcile', '--json')
  expect(machine.code).toBe(0)
  expect(machine.json()).toMatchObject({ differences: [], open: [{}, {}], rows: 2 })

  // Somebody else's is one, and says so to scripts.
  await fault({ kind: 'odd-row', route: 'queue', type: 'FEE', usd: '-0.5' })
  await run('generate', cheap.model, 'A drum', ...cheapFlags, '--yes', '--json')
  await advance(5 * 60_000)
  const differs = await run('audit', 'reconcile', '--json')
  expect(differs.code).toBe(65)
})
