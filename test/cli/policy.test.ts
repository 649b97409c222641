import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test, vi } from 'vitest'

import { openZecchino } from '../../src/cli/openZecchino.js'
import { readConfig } from '../../src/cli/readConfig.js'
import { buyVideo } from '../../src/flows/buyVideo.js'
import { quote } from '../../src/flows/quote.js'
import { cheap, cheapFlags } from '../support/cheap.js'
import { cheapOwner } from '../support/cheapOwner.js'
import { control } from '../support/createBuyer.js'
import { startPostgres } from '../support/postgres.js'
import { runBundled, startSandbox } from '../support/runCli.js'
import { runInTerminal } from '../support/runInTerminal.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'

vi.setConfig({ testTimeout: 180_000 })

const passphrase = 'correct horse battery'
const key = '5d'.repeat(32)
const sandbox = await startSandbox()
afterAll(() => sandbox[Symbol.asyncDispose]())

/** A home with an owner and what stands in its `config.json`. */
async function setup(file?: object) {
  const home = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  cheapOwner(home, passphrase)
  const path = join(home, 'config.json')
  if (file) writeFileSync(path, JSON.stringify(file))
  const env = {
    ZECCHINO_API_URL: sandbox.apiUrl,
    ZECCHINO_HOME: home,
    ZECCHINO_PRIVATE_KEY: key,
  }
  return {
    config: () => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>,
    edit: (file: object) => writeFileSync(path, JSON.stringify(file)),
    env,
    home,
    run: (...args: string[]) => runBundled([...args, '--json'], { env }),
    /** Types a command and the owner's passphrase. */
    say: (...args: string[]) =>
      runInTerminal(args, { answers: [['passphrase', `${passphrase}\r`]], env }),
  }
}

const hasTerminal = existsSync('/usr/bin/script')

test.runIf(hasTerminal)(
  'default: a lowered cap binds a process that runs, and only the owner raises it again',
  async () => {
    const { config, edit, env, run, say } = await setup({ sandbox: { maxPerVideoUsd: '5' } })
    await control(sandbox.controlUrl).credit(privateKeyWallet(key).address, '20')
    const running = await openZecchino(readConfig({ ...env }))
    const { quote: made } = await quote(running, cheap)

    const lowered = await say('policy', 'set', 'maxPerVideoUsd', '0.1')
    expect(lowered.code).toBe(0)
    expect(lowered.output).toContain('It holds for every process of this wallet')
    expect(config()).toEqual({ sandbox: { maxPerVideoUsd: 0.1 } })
    await expect(buyVideo(running, { quoteId: made.id })).rejects.toMatchObject({
      code: 'POLICY_REFUSED',
    })
    await running.close()

    // By hand it is not raised, and that is said wherever somebody looks.
    edit({ sandbox: { maxPerVideoUsd: '5' } })
    expect((await run('quote', ...video)).json()).toMatchObject({
      error: { code: 'POLICY_REFUSED' },
    })
    const words = 'config.json says maxPerVideoUsd 5; in force is 0.1'
    const way = 'zecchino policy set maxPerVideoUsd 5'
    for (const args of [['policy'], ['doctor'], ['wallet']]) {
      const { stdout } = await run(...args)
      expect(stdout).toContain(words)
      expect(stdout).toContain(way)
    }
    expect((await run('policy')).json()).toMatchObject({
      in_force: { by: 'owner', version: 2 },
      maxPerVideoUsd: '0.1',
    })
    expect((await run('policy', 'set', 'maxPerVideoUsd', '5')).json()).toMatchObject({
      error: { code: 'NEEDS_TERMINAL' },
    })

    expect((await say('policy', 'set', 'maxPerVideoUsd', '5')).code).toBe(0)
    expect((await run('quote', ...video)).code).toBe(0)
    expect((await run('policy')).stdout).not.toContain('config.json says')
    expect((await run('audit', 'verify')).json()).toMatchObject({ ok: true })
  },
)

const video = [cheap.model, 'A bell', ...cheapFlags]

test('behavior: a process that is started with less says so to all', async () => {
  const { edit, env, run } = await setup({ sandbox: { maxPerVideoUsd: '5' } })
  const running = await openZecchino(readConfig({ ...env }))
  const { quote: made } = await quote(running, cheap)
  edit({ sandbox: { maxPerVideoUsd: '0.01' } })
  await run('wallet')
  await expect(buyVideo(running, { quoteId: made.id })).rejects.toMatchObject({
    code: 'POLICY_REFUSED',
  })
  await running.close()
})

test.runIf(hasTerminal)(
  'behavior: keys of no profile become one’s by the owner’s word',
  async () => {
    const { config, run, say } = await setup({
      approveAboveUsd: '3',
      venice: { maxPerVideoUsd: 1 },
    })
    const told = (await run('policy')).stdout
    expect(told).toContain('keys of no profile (approveAboveUsd): they hold for the sandbox')
    expect(told).toContain('zecchino policy move')

    const moved = await say('policy', 'move')
    expect(moved.output).toContain('to hold for the profile sandbox, and for no other')
    expect(moved.code).toBe(0)
    expect(config()).toEqual({ sandbox: { approveAboveUsd: '3' }, venice: { maxPerVideoUsd: 1 } })
    expect((await run('policy')).json()).toMatchObject({ approveAboveUsd: '3' })
    expect((await run('policy', 'move')).code).toBe(64)
    expect((await say('policy', 'set', 'models', '["wan"]')).code).toBe(0)
    expect((await say('policy', 'set', 'models', 'null')).code).toBe(0)
    expect((await run('policy')).json()).toMatchObject({ models: null })
  },
)

test.runIf(hasTerminal)('behavior: what its owner wrote around the values stays', async () => {
  const { home, say, run } = await setup()
  const path = join(home, 'config.json')
  const text = [
    '\uFEFF// What I allow.',
    '{',
    '  "approveAboveUsd": "3", // before there were sections',
    '  "sandbox": {',
    '    // enough for a test',
    '    "maxPerVideoUsd": "5", // see the bill',
    '  },',
    '}',
    '',
  ].join('\r\n')
  writeFileSync(path, text)
  expect((await say('policy', 'set', 'maxPerVideoUsd', '0.5')).code).toBe(0)
  expect(readFileSync(path, 'utf8')).toBe(text.replace('"5"', '0.5'))
  expect((await say('policy', 'set', 'models', '["wan"]')).code).toBe(0)
  expect((await say('policy', 'move')).code).toBe(0)
  const after = readFileSync(path, 'utf8')
  for (const words of ['// What I allow.', '// before there', '// enough', '// see the bill'])
    expect(after).toContain(words)
  expect(after.replaceAll('\r\n', '')).not.toContain('\n')
  expect((await run('policy')).json()).toMatchObject({
    approveAboveUsd: '3',
    maxPerVideoUsd: '0.5',
    models: ['wan'],
  })
  expect((await run('policy', 'move')).code).toBe(64)
})

test.each([
  [
    ['maxPerVideoUsd', 'banana'],
    'maxPerVideoUsd: an amount in USD, such as 2 or 0.35, not "banana".',
  ],
  [['maxPerVideoUsd', '$5'], 'not "$5"; did you mean "5"?'],
  [['maxPerVideoUsd'], 'such as 2 or 0.35, not nothing.'],
  [['maxTopUpsPerDay', '2.5'], 'a whole number from 0 to 1000, not 2.5.'],
  [['deleteAfterSave', 'no'], 'did you mean false?'],
  [['models', 'wan, veo'], 'did you mean ["wan","veo"]?'],
])('error: `policy set` speaks of the value: %j', async (args, words) => {
  const { home, run } = await setup({ venice: { maxPerVideoUsd: 1 } })
  const { code, json } = await run('policy', 'set', ...args)
  const { error } = json() as { error: { message: string; next: string } }
  expect(error.message).toContain(words)
  expect(error.message).toContain('Nothing was changed.')
  expect(JSON.stringify(error)).not.toContain(join(home, 'config.json'))
  expect(code).toBe(64)
})

test.each([
  ['maxPerVideo', 'maxPerVideo is no key of the policy; did you mean maxPerVideoUsd?'],
  ['max-top-up-usd', 'did you mean maxTopUpUsd?'],
  ['Models', 'did you mean models?'],
  ['colour', 'colour is no key of the policy; it is one of approveAboveUsd'],
])('error: `policy set %s` names the key that was meant', async (key, words) => {
  const { run } = await setup()
  const { code, stdout } = await run('policy', 'set', key, '1')
  expect(stdout).toContain(words)
  expect(code).toBe(64)
})

test('behavior: doctor tells what is wrong in the configuration', async () => {
  const { run } = await setup({ sandbox: { maxPerVideo: 1 } })
  expect((await run('doctor')).stdout).toContain('did you mean maxPerVideoUsd?')
})

test('behavior: a host that forgets the database does not get budgets of its own', async () => {
  const server = await startPostgres()
  try {
    const { env, home } = await setup()
    const remembers = { ...env, ZECCHINO_DATABASE_URL: server.url }
    const first = await runBundled(['wallet', '--json'], { env: remembers })
    expect(first.code).toBe(0)

    const forgot = await runBundled(['quote', ...video, '--json'], { env })
    expect(forgot.code).toBe(78)
    const { error } = forgot.json() as { error: Record<string, unknown> }
    expect(error).toMatchObject({ code: 'LEDGER_OTHER', money_moved: 'no' })
    expect(error['next']).toContain('Set ZECCHINO_DATABASE_URL as it was set before')
    expect(readdirSync(home).filter((name) => name.includes('.sqlite'))).toEqual([])
    expect((await runBundled(['wallet', '--json'], { env: remembers })).code).toBe(0)
    // What a database cannot keep while it is away is kept in the home.
    const remote = await openZecchino(readConfig({ ...remembers }))
    expect(remote.answersDir).toBe(join(home, 'answers'))
    await remote.close()
  } finally {
    await server.stop()
  }
})

test.runIf(hasTerminal)('behavior: a wallet goes on with its own ledger only', async () => {
  const { env, home, run, say } = await setup()
  expect((await run('wallet')).code).toBe(0)
  const other = await runBundled(['wallet', '--json'], {
    // Nobody listens there, and nobody is asked.
    env: { ...env, ZECCHINO_DATABASE_URL: 'postgres://127.0.0.1:9/none' },
  })
  expect(other.json()).toMatchObject({
    error: { code: 'LEDGER_OTHER', next: expect.stringContaining('Unset ZECCHINO_DATABASE_URL') },
  })
  expect(other.code).toBe(78)

  for (const name of readdirSync(home).filter((name) => name.includes('.sqlite')))
    rmSync(join(home, name))
  const lost = await run('quote', ...video)
  expect(lost.json()).toMatchObject({ error: { code: 'LEDGER_OTHER' } })
  expect(readdirSync(home).filter((name) => name.includes('.sqlite'))).toEqual([])
  expect((await run('doctor')).json()).toMatchObject({ ok: false })

  const trusted = await say('policy', 'trust-ledger')
  expect(trusted.output).toContain('a new file, on which nothing is paid for')
  expect(trusted.code).toBe(0)
  expect((await run('wallet')).code).toBe(0)
  const again = await say('policy', 'trust-ledger')
  expect(again.output).toContain('0 jobs, 0 payments')
  expect(again.code).toBe(0)
})
