import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { afterAll, expect, test, vi } from 'vitest'

import { accountOfKey } from '../../src/ledgers/accountOfKey.js'
import { cheap, cheapFlags, cheapPrice } from '../support/cheap.js'
import { control } from '../support/createBuyer.js'
import { keyTruthOf, newKey } from '../support/createKeyBuyer.js'
import { bundledBin, cleanEnv, runBundled, startSandbox } from '../support/runCli.js'
import { runInTerminal } from '../support/runInTerminal.js'

vi.setConfig({ hookTimeout: 120_000, testTimeout: 120_000 })

const sandbox = await startSandbox()
afterAll(() => sandbox[Symbol.asyncDispose]())

const controls = control(sandbox.controlUrl)
const video = [cheap.model, 'A bell', ...cheapFlags]

type Told = { code: number | null; stderr: string; stdout: string }

/** A home with nothing in it but an API key in the environment. */
async function setup(env: Record<string, string> = {}) {
  const key = newKey()
  await controls.creditKey(key, '20')
  const own = {
    VENICE_API_KEY: key,
    ZECCHINO_API_URL: sandbox.apiUrl,
    ZECCHINO_HOME: mkdtempSync(join(tmpdir(), 'zecchino-test-')),
    ...env,
  }
  const told: Told[] = []
  return {
    account: accountOfKey(sandbox.apiUrl, key),
    env: own,
    home: own.ZECCHINO_HOME,
    key,
    async run(...args: string[]) {
      const result = await runBundled(args, { env: own })
      told.push(result)
      return result
    },
    told,
    truth: () => keyTruthOf(sandbox.controlUrl, key),
  }
}

test('default: a key buys, retrieves and lists, and what it cannot give is said', async () => {
  const { account, env, home, key, run, told, truth } = await setup()
  // As it comes out of a file.
  env.VENICE_API_KEY = ` ${key}\r\n`

  expect((await run('models', 'wan', '--json')).code).toBe(0)
  const quoted = (await run('quote', ...video, '--json')).json() as object
  expect(quoted).toMatchObject({ price_usd: cheapPrice.usd, top_up_usd: '0' })
  expect(quoted).not.toHaveProperty('credit_usd')
  expect((await run('quote', ...video)).stdout).toContain('unknown: an API key does not show it')

  const bought = await run('generate', ...video, '--yes', '--json', '--verbose')
  const { file, job_id } = bought.json() as { file: { path: string }; job_id: string }
  expect(readFileSync(file.path).subarray(4, 8).toString()).toBe('ftyp')
  expect((await run('retrieve', job_id)).stdout).toContain(`Saved     ${file.path}`)
  expect((await run('list')).stdout).toContain(job_id)

  const wallet = await run('wallet')
  expect(wallet.stdout).toMatch(new RegExp(`^API key +${account} `))
  expect(wallet.stdout).toMatch(/Per day +\$9999\.86 of \$10000 left/)
  expect(wallet.stdout).toMatch(/Note +An API key pays, .+ cannot be topped up from here/)
  expect(wallet.stdout).not.toMatch(/Per top-up|USDC/)
  expect((await run('wallet', '--json')).json()).toMatchObject({
    api_key: account,
    pays_with: 'api_key',
  })

  for (const [args, words] of [
    [['top-up', '6', '--yes'], /cannot be topped up from here.+Add funds .+ at venice\.ai/s],
    [['balance'], /does not show its credit.+venice\.ai/s],
    [['transactions'], /none of Venice’s own rows.+zecchino list/s],
    [['audit', 'reconcile'], /nothing to reconcile with.+zecchino audit/s],
  ] as const) {
    const refused = await run(...args)
    expect(refused).toMatchObject({ code: 78, stdout: '' })
    expect(refused.stderr).toMatch(/^NEEDS_WALLET: /)
    expect(refused.stderr).toMatch(words)
  }
  expect((await run('audit', 'verify')).code).toBe(0)
  expect((await run('recover', '--json')).code).toBe(0)

  const { charges, queued, requests } = await truth()
  expect([charges.length, queued.length]).toEqual([1, 1])
  expect(requests.filter(({ path }) => String(path).includes('x402'))).toEqual([])
  const folders = [home, join(home, 'videos')]
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => readFileSync(join(folder, name), 'latin1')),
  )
  const texts = [...files, ...told.flatMap(({ stderr, stdout }) => [stderr, stdout])]
  expect(texts.filter((one) => one.includes(key))).toEqual([])
})

test('behavior: a wallet beside it pays, and says so', async () => {
  const { env, run, truth } = await setup({ ZECCHINO_PRIVATE_KEY: '3c'.repeat(32) })
  const { address, note } = (await run('wallet', '--json')).json() as Record<string, string>
  expect(note).toBe('A wallet and VENICE_API_KEY are both given: the wallet pays.')
  await controls.fund(address ?? '', '20')

  const bought = await run('generate', ...video, '--yes')
  expect(bought.code).toBe(0)
  expect(bought.stderr).toContain('A wallet and VENICE_API_KEY are both given: the wallet pays.')
  expect(await truth()).toMatchObject({ charges: [], requests: [] })

  // Even a key that could never be one, or never go there, is not looked at.
  Object.assign(env, { VENICE_API_KEY: 'VENICE-INFERENCE-KEY-1' })
  expect((await run('balance', '--json')).code).toBe(0)
})

test('error: a key that Venice refuses, and one that is none', async () => {
  const { env, run } = await setup()
  for (const [wrong, code] of [
    [newKey(), 'SIGN_IN_REFUSED'],
    [`Bearer ${newKey()}`, 'INVALID_KEY'],
    [`"${newKey()}"`, 'INVALID_KEY'],
    [`${newKey()}\n${newKey()}`, 'INVALID_KEY'],
    [' \n', 'NO_WALLET'],
    [`VENICE-INFERENCE-KEY-${newKey()}`, 'INVALID_CONFIG'],
  ] as const) {
    env.VENICE_API_KEY = wrong
    const refused = await run('generate', ...video, '--yes', '--json')
    expect(refused.json()).toMatchObject({
      error: { code, money_moved: 'no', next: expect.any(String) },
    })
    if (wrong.trim()) expect(refused.stdout + refused.stderr).not.toContain(wrong.trim())
  }
})

test('error: a key goes to Venice or to a host that the owner named, whatever the network', async () => {
  const { env, home, run } = await setup({
    ZECCHINO_API_URL: 'https://example.invalid/api/v1',
    ZECCHINO_NETWORK: 'base-sepolia',
    ZECCHINO_PROFILE: 'venice',
  })
  const refused = await run('quote', ...video)
  expect(refused.code).toBe(78)
  expect(refused.stderr).toContain('an API key is only sent to api.venice.ai')

  // Named for no profile it may have been meant for play money.
  writeFileSync(join(home, 'config.json'), '{"hosts": ["example.invalid"]}')
  expect((await run('quote', ...video)).stderr).toContain('under "hosts" of "venice"')
  writeFileSync(join(home, 'config.json'), '{"venice": {"hosts": ["example.invalid"]}}')
  expect((await run('wallet', '--json')).json()).toMatchObject({
    api_key: accountOfKey(env.ZECCHINO_API_URL, env.VENICE_API_KEY),
  })
})

test('behavior: doctor looks at what a key needs', async () => {
  const { account, env, run } = await setup()
  const look = async () => {
    const { findings } = (await run('doctor', '--json')).json() as {
      findings: { check: string; next?: string; says: string; status: string }[]
    }
    return Object.fromEntries(findings.map((one) => [one.check, one]))
  }
  const found = await look()
  expect(found['key']).toMatchObject({ says: 'an API key from the environment' })
  expect(found['API key and ledger']?.says).toContain(account)
  expect(found['sign-in']).toMatchObject({ says: /accepted/, status: 'ok' })
  expect(found['chain']).toBeUndefined()

  env.VENICE_API_KEY = newKey()
  expect((await look())['sign-in']).toMatchObject({ next: /VENICE_API_KEY/, status: 'failed' })
  await controls.creditKey(env.VENICE_API_KEY, '0.05')
  expect((await look())['sign-in']).toMatchObject({ says: /out of funds/, status: 'failed' })
})

test.runIf(existsSync('/usr/bin/script'))(
  'behavior: init makes no wallet beside a key unless somebody says so',
  async () => {
    const { account, env, home } = await setup()
    const secret = 'correct horse battery'
    const passphrase: [string, string][] = [
      ['Choose', `${secret}\r`],
      ['same again', `${secret}\r`],
    ]
    const answers: [string, string][] = [...passphrase, ['Make a wallet', '\r']]
    const kept = await runInTerminal(['init'], { answers, env })
    expect(kept).toMatchObject({ answered: 3, code: 0 })
    expect(kept.output).toContain(`API key   ${account}`)
    expect(existsSync(join(home, 'owner.json'))).toBe(true)
    expect(existsSync(join(home, 'sandbox.keystore.json'))).toBe(false)

    const made = await runInTerminal(['init'], { answers: [['Make a wallet', 'y']], env })
    expect(made.output).toMatch(/Wallet +0x\w+ \(new\)/)
    expect(existsSync(join(home, 'sandbox.keystore.json'))).toBe(true)
  },
)

test('behavior: killed while it waits for the answer ⇒ not sent again', async () => {
  const { env, run, truth } = await setup()
  await controls.fault({ kind: 'hang', route: 'queue', when: 'after' })
  const child = spawn(process.execPath, [await bundledBin(), 'generate', ...video, '--yes'], {
    env: cleanEnv(env),
    stdio: 'ignore',
  })
  while ((await truth()).charges.length === 0) await pause(50)
  child.kill('SIGKILL')

  // Until an answer could no longer come it is left to whoever sent it; then it is the owner's.
  await run('recover', '--wait', '3')
  const { jobs } = (await run('list', '--json')).json() as { jobs: object[] }
  expect(jobs).toMatchObject([{ status: 'sending' }])
  const { charges, queued } = await truth()
  expect([charges.length, queued.length]).toEqual([1, 1])
  await fetch(`${sandbox.controlUrl}/faults`, { method: 'DELETE' })
})
