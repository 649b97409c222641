import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { expect, test } from 'vitest'

import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import { cheap, cheapFlags } from '../support/cheap.js'
import { control } from '../support/createBuyer.js'
import { runBundled, runCli, startSandbox } from '../support/runCli.js'

function home() {
  return mkdtempSync(join(tmpdir(), 'zecchino-test-'))
}

test(
  'default: a wallet buys, retrieves, lists and reads its balance',
  { timeout: 120_000 },
  async () => {
    await using sandbox = await startSandbox()
    const key = randomBytes(32).toString('hex')
    const { fund, state } = control(sandbox.controlUrl)
    await fund(privateKeyWallet(key).address, '20')
    const env = {
      ZECCHINO_API_URL: sandbox.apiUrl,
      ZECCHINO_HOME: home(),
      ZECCHINO_PRIVATE_KEY: key,
    }
    const run = (...args: string[]) => runCli(args, { env })

    const models = await run('models', 'wan', '--json')
    expect(models.json()).toMatchObject({ models: expect.any(Array) })
    const quoted = await run('quote', cheap.model, 'A', 'bell', ...cheapFlags, '--json')
    expect(quoted.json()).toMatchObject({ price_usd: '0.14', top_up_usd: '5' })

    const refused = await run('generate', cheap.model, 'A bell', ...cheapFlags)
    expect(refused).toMatchObject({ code: 64, stdout: '' })
    expect(refused.stderr).toContain('nobody is here to ask: pass --yes')

    const bought = await run('generate', cheap.model, 'A bell', ...cheapFlags, '--yes', '--json')
    expect(bought).toMatchObject({ code: 0, stderr: '' })
    const { file, job_id } = bought.json() as { file: { path: string }; job_id: string }
    expect(readFileSync(file.path).subarray(4, 8).toString()).toBe('ftyp')

    const again = await run('retrieve', job_id)
    expect(again.stdout).toContain(`Saved     ${file.path}`)
    expect((await run('list')).stdout).toContain(job_id)
    expect((await run('balance', '--json')).json()).toEqual({
      can_consume: true,
      credit_usd: '4.86',
      minimum_top_up_usd: '5',
    })
    expect((await run('top-up', '4', '--yes', '--json')).json()).toMatchObject({
      credit_usd: '4.86',
    })
    const topped = await run('top-up', '6', '--yes', '--json')
    expect(topped.json()).toMatchObject({ credit_usd: '9.86', payment: { amount_usd: '5' } })
    expect((await run('transactions', '--json')).json()).toMatchObject({
      transactions: [{ type: 'TOP_UP' }, { type: 'CHARGE' }, { type: 'TOP_UP' }],
    })
    expect((await run('wallet')).stdout).toMatch(/Per day +\$9999\.86 of \$10000 left/)
    const { charges, settlements } = await state()
    expect([charges.length, settlements.length]).toEqual([1, 2])
  },
)

const canary = randomBytes(32).toString('hex')

test.each([
  ['wrong key format', { ZECCHINO_PRIVATE_KEY: canary.slice(1) }, 'INVALID_KEY', 65],
  ['key of zero', { ZECCHINO_PRIVATE_KEY: '0'.repeat(64) }, 'INVALID_KEY', 65],
  ['wrong mnemonic', { ZECCHINO_MNEMONIC: 'abandon '.repeat(12) }, 'INVALID_KEY', 65],
  ['no wallet', {}, 'NO_WALLET', 78],
  ['unknown profile', { ZECCHINO_PROFILE: 'mainnet' }, 'INVALID_CONFIG', 78],
  ['unknown network', { ZECCHINO_NETWORK: 'polygon' }, 'INVALID_CONFIG', 78],
  ['URL that is none', { ZECCHINO_API_URL: 'api.venice.ai' }, 'INVALID_CONFIG', 78],
  ['plain http elsewhere', { ZECCHINO_API_URL: 'http://example.com/api' }, 'INVALID_CONFIG', 78],
  ['mainnet elsewhere', { ZECCHINO_API_URL: 'https://example.com/api' }, 'INVALID_CONFIG', 78],
  [
    'venice profile on loopback',
    { ZECCHINO_API_URL: 'http://127.0.0.1:9/api/v1', ZECCHINO_PROFILE: 'venice' },
    'INVALID_CONFIG',
    78,
  ],
  [
    'sandbox not running',
    { ZECCHINO_API_URL: 'http://127.0.0.1:9/api/v1', ZECCHINO_PRIVATE_KEY: canary },
    'API_UNREACHABLE',
    69,
  ],
])('error: %s', async (_, env, code, exit) => {
  const args = ['quote', cheap.model, 'A bell', ...cheapFlags]
  const own = { ...env, ZECCHINO_HOME: home() } as Record<string, string>

  const [people, machine] = await Promise.all([
    runBundled([...args, '--verbose'], { env: own }),
    runBundled([...args, '--json'], { env: own }),
  ])
  expect(people).toMatchObject({ code: exit, stdout: '' })
  expect(people.stderr).toContain(`${code}: `)

  expect(machine.code).toBe(exit)
  expect(machine.json()).toMatchObject({
    error: {
      code,
      message: expect.stringMatching(/\.$/),
      money_moved: 'no',
      next: expect.any(String),
    },
  })
  for (const output of [people.stdout, people.stderr, machine.stdout, machine.stderr])
    expect(output).not.toContain(canary.slice(1))
})

test('error: config.json with a bad value starts nothing', async () => {
  const folder = home()
  writeFileSync(join(folder, 'config.json'), '{"maxPerVideoUsd": "two"}')
  const env = { ZECCHINO_HOME: folder, ZECCHINO_PRIVATE_KEY: canary }
  const { code, stderr } = await runCli(['wallet'], { env })
  expect(code).toBe(78)
  expect(stderr).toContain('maxPerVideoUsd: an amount in USD, such as 2 or 0.35')
  expect(readdirSync(folder)).toEqual(['config.json'])
})

test('behavior: help loads neither the MCP SDK nor a driver', async () => {
  // Node traces every module it loads; the trace must not name a heavy one.
  const env = { NODE_DEBUG: 'esm,module' }
  const help = await runCli(['--help'], { env })
  expect(help).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('never twice, never lost'),
  })
  const loaded = new Set(help.stderr.match(/(node_modules|dist\/vendor)\/[^/\s']+/g))
  // What bundled packages share is what a bundler adds to each.
  const named = [...loaded].filter((path) => !path.startsWith('dist/vendor/shared-'))
  expect(named).toEqual(['dist/vendor/commander.js'])
})

test('behavior: every file of the built command line loads by itself', async () => {
  // Most tests run it bundled: what is missing in its own folder would not show there.
  const folder = resolve('dist/cli')
  const names = readdirSync(folder, { recursive: true }) as string[]
  const starts = ['bin.js', 'mcpbBin.js']
  const files = names.filter((name) => name.endsWith('.js') && !starts.includes(name))
  expect(files).toContain(join('commands', 'approve.js'))
  const urls = files.map((name) => pathToFileURL(join(folder, name)).href)
  const script = `await Promise.all(${JSON.stringify(urls)}.map((url) => import(url)))`
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: 'pipe' })
})

test('error: usage', async () => {
  expect((await runCli(['fly'])).code).toBe(64)
  expect((await runCli(['retrieve'])).code).toBe(64)
  expect((await runCli(['sandbox', '--chain', 'anvil'])).code).toBe(64)
})
