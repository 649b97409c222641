import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import * as Fixture from '../../src/Fixture.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import { cheapOwner } from '../support/cheapOwner.js'
import { control } from '../support/createBuyer.js'
import { runBundled, startSandbox } from '../support/runCli.js'
import { runInTerminal } from '../support/runInTerminal.js'

const passphrase = 'correct horse battery'
const sandbox = await startSandbox(['--speed', '500'])
afterAll(() => sandbox[Symbol.asyncDispose]())

/** A home with an owner and real caps, and a wallet of its own with play money. */
async function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const key = crypto.randomUUID().replaceAll('-', '').repeat(2)
  cheapOwner(folder, passphrase)
  writeFileSync(join(folder, 'config.json'), '{"approveAboveUsd": 0}')
  const { address } = privateKeyWallet(key)
  await control(sandbox.controlUrl).fund(address, '20')
  const env = {
    ZECCHINO_API_URL: sandbox.apiUrl,
    ZECCHINO_HOME: folder,
    ZECCHINO_PRIVATE_KEY: key,
  }
  return { address, env, file: join(folder, 'fixtures.json'), key }
}

const creditOf = async (address: string) => {
  const { wallets } = await control(sandbox.controlUrl).state()
  return wallets.find((wallet) => wallet.address === address.toLowerCase())?.credit_usd
}

test('error: without a terminal nothing is asked, signed or written', async () => {
  const { address, env, file } = await setup()
  const { code, json } = await runBundled(['probe', '--out', file, '--json'], { env })
  expect(json()).toMatchObject({ error: { code: 'NEEDS_TERMINAL', money_moved: 'no' } })
  expect(code).toBe(77)
  expect(existsSync(file)).toBe(false)
  expect(await creditOf(address)).toBe('0')
})

test(
  'options: free: asks what costs nothing, and a sandbox answers from the file',
  { timeout: 90_000 },
  async () => {
    const { address, env, file, key } = await setup()
    const { code, json } = await runBundled(['probe', '--free', '--out', file, '--json'], { env })
    expect(json()).toMatchObject({ file, unresolved: [] })
    expect(code).toBe(0)
    expect(await creditOf(address)).toBe('0')

    const text = readFileSync(file, 'utf8')
    const fixture = Fixture.parse(text)
    expect(fixture.exchanges.length).toBeGreaterThan(8)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    for (const secret of [address, key])
      expect(text.toLowerCase()).not.toContain(secret.slice(2, 14))

    const edited = { ...fixture, facts: { ...fixture.facts, retrieve_below_floor: 'admitted' } }
    writeFileSync(file, JSON.stringify(edited))
    await using other = await startSandbox(['--fixtures', file])
    const again = await runBundled(['probe', '--free', '--out', `${file}.2`, '--json'], {
      env: { ...env, ZECCHINO_API_URL: other.apiUrl, ZECCHINO_HOME: join(env.ZECCHINO_HOME, '2') },
    })
    expect(again.json()).toMatchObject({ facts: { retrieve_below_floor: 'admitted' } })
  },
)

test('error: an API key has nothing to ask about', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const { json } = await runBundled(
    ['probe', '--free', '--out', join(folder, 'f.json'), '--json'],
    {
      env: {
        VENICE_API_KEY: 'key-of-nobody',
        ZECCHINO_API_URL: sandbox.apiUrl,
        ZECCHINO_HOME: folder,
      },
    },
  )
  expect(json()).toMatchObject({ error: { code: 'NEEDS_WALLET' } })
})

test('error: a file that is there is not replaced; one that holds no fixtures is not taken', async () => {
  const { env, file } = await setup()
  writeFileSync(file, '{}')
  const { code } = await runBundled(['probe', '--free', '--out', file], { env })
  expect([code, readFileSync(file, 'utf8')]).toEqual([64, '{}'])
  const taken = await runBundled(['sandbox', '--port', '0', '--fixtures', file, '--json'])
  expect([taken.code, taken.json()]).toMatchObject([65, { error: { code: 'INVALID_INPUT' } }])
})

test.runIf(existsSync('/usr/bin/script'))(
  'default: the owner says yes to each step, and what was asked before leaving is kept',
  { timeout: 120_000 },
  async () => {
    const { address, env, file } = await setup()
    const say = (keys: string, ...steps: string[]) =>
      steps.map((step) => [`Ask ${step}?`, keys] as [string, string])
    const wrong = await runInTerminal(['probe', '--out', file], {
      answers: [['passphrase', 'wrong\r']],
      env,
    })
    expect(wrong.output).toContain('PASSPHRASE_WRONG')

    // Free steps, the top-up, the same payment again; then Ctrl-C at the next question.
    const run = await runInTerminal(['probe', '--out', file], {
      answers: [
        ['passphrase', `${passphrase}\r`],
        ...say('y', 'models', 'strangers'),
        ...say('n', 'offer'),
        ...say('y', 'quotes', 'account', 'refusals', 'top-up', 'replay'),
        ...say('\u0003', 'more-refusals'),
      ],
      env,
    })
    expect(run.output).toContain('$5.00 USDC, which becomes credit and stays there')
    expect(run.output).toContain(`Written      ${file}`)
    expect(run.output).not.toContain('Still open')
    expect(run.code).toBe(0)
    expect(await creditOf(address)).toBe('5')
    const { facts } = Fixture.parse(readFileSync(file, 'utf8'))
    expect(facts).toMatchObject({ payment_response: true, replay: { status: 200 } })
    expect(facts.offer_fields).toBeUndefined()
    expect(facts.request_id).toBeUndefined()
  },
)
