import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { requireOwner, setOwner } from '../../src/cli/owner.js'
import { keystoreWallet } from '../../src/wallets/keystoreWallet.js'
import { cheap, cheapFlags } from '../support/cheap.js'
import { cheapOwner } from '../support/cheapOwner.js'
import { control } from '../support/createBuyer.js'
import { runBundled, startSandbox } from '../support/runCli.js'
import { runInTerminal } from '../support/runInTerminal.js'

const passphrase = 'correct horse battery'
const video = [cheap.model, 'A bell', ...cheapFlags]

const sandbox = await startSandbox()
afterAll(() => sandbox[Symbol.asyncDispose]())

function home() {
  return mkdtempSync(join(tmpdir(), 'zecchino-test-'))
}

test('requireOwner: lets nobody through but the passphrase at a terminal', async () => {
  const folder = home()
  const at = (answer: string, isTerminal = true) => ({ ask: async () => answer, isTerminal })
  await expect(requireOwner(folder, at(passphrase))).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
  })
  await setOwner(folder, passphrase)
  expect(statSync(join(folder, 'owner.json')).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(folder, 'owner.json'), 'utf8')).not.toContain(passphrase)
  await expect(setOwner(folder, 'another one')).rejects.toThrow('EEXIST')
  await requireOwner(folder, at(passphrase))

  cheapOwner(folder, passphrase)
  await requireOwner(folder, at(passphrase))
  await expect(requireOwner(folder, at(passphrase, false))).rejects.toMatchObject({
    code: 'NEEDS_TERMINAL',
  })
  for (const wrong of ['', 'correct horse', `${passphrase} `])
    await expect(requireOwner(folder, at(wrong))).rejects.toMatchObject({
      code: 'PASSPHRASE_WRONG',
    })
})

test.each([
  ['init'],
  ['unfreeze'],
  ['policy', 'set', 'maxPerVideoUsd', '1'],
  ['policy', 'trust-payee'],
  ['wallet', 'export', 'backup.json'],
])('error: without a terminal: %s', async (...args) => {
  const folder = home()
  const env = {
    ZECCHINO_API_URL: sandbox.apiUrl,
    ZECCHINO_HOME: folder,
    ...(args[0] !== 'init' && { ZECCHINO_PRIVATE_KEY: '11'.repeat(32) }),
  }
  const { code, json } = await runBundled([...args, '--json'], { env })
  expect(json()).toMatchObject({ error: { code: 'NEEDS_TERMINAL', money_moved: 'no' } })
  expect(code).toBe(77)
  expect(existsSync(join(folder, 'config.json'))).toBe(false)
})

// `script` is part of every Debian and of most other systems; without it there is no terminal here.
test.runIf(existsSync('/usr/bin/script'))(
  'default: the owner approves, denies, freezes and sets the policy at a terminal',
  { timeout: 180_000 },
  async () => {
    const env = { ZECCHINO_API_URL: sandbox.apiUrl, ZECCHINO_HOME: home() }
    const run = (...args: string[]) => runBundled([...args, '--json'], { env })
    const type = (args: string[], ...answers: [string, string][]) =>
      runInTerminal(args, { answers, env })
    const known: [string, string] = ['passphrase', `${passphrase}\r`]

    const made = await type(
      ['init'],
      ['Choose', `${passphrase}\r`],
      ['same again', `${passphrase}\r`],
    )
    expect(made.code).toBe(0)
    const { ZECCHINO_HOME } = env
    for (const name of ['owner.json', 'sandbox.keystore.json', 'sandbox.keystore.password'])
      expect(statSync(join(ZECCHINO_HOME, name)).mode & 0o777).toBe(0o600)
    writeFileSync(join(ZECCHINO_HOME, 'config.json'), '{"approveAboveUsd": 0}')
    const wallet = (await run('wallet')).json() as { address: string }
    await control(sandbox.controlUrl).fund(wallet.address, '20')

    const asked = await run('generate', ...video, '--yes')
    expect(asked.code).toBe(77)
    const { approval_id, job_id, next } = asked.json() as Record<string, string>
    expect(next).toContain(`zecchino approve ${approval_id}`)
    expect((await run('approve', approval_id ?? '')).json()).toMatchObject({
      error: { code: 'NEEDS_TERMINAL' },
    })
    const wrong = await type(['approve', approval_id ?? ''], ['passphrase', 'wrong\r'])
    expect(wrong.output).toContain('PASSPHRASE_WRONG')
    const approved = await type(['approve', approval_id ?? ''], known)
    cheapOwner(ZECCHINO_HOME, passphrase)
    expect(approved.output).toContain('Price     $0.14')
    expect(approved.output).toContain('Top-up    $5.00 USDC')
    expect(approved.code).toBe(0)

    const jobs = (await run('list')).json() as { jobs: { status: string }[] }
    expect(jobs.jobs).toMatchObject([{ job_id, status: 'needs_approval' }])
    const quoteId = await quoteOf(run)
    expect((await run('generate', '--quote', quoteId)).json()).toMatchObject({
      job_id,
      progress: 1,
    })

    const other = (await run('generate', ...video, '--yes')).json() as Record<string, string>
    expect((await run('deny', other['approval_id'] ?? '')).json()).toMatchObject({
      status: 'denied',
    })

    await run('freeze', 'lunch')
    const frozen = (await run('generate', ...video, '--yes')).json() as Record<string, string>
    await type(['approve', frozen['approval_id'] ?? ''], known)
    const refused = await run('generate', '--quote', await quoteOf(run))
    expect(refused.json()).toMatchObject({ error: { code: 'WALLET_FROZEN' } })
    const thawed = await type(['unfreeze'], known)
    expect(thawed.output).toContain('Spending goes on')

    expect((await type(['policy', 'set', 'maxPerVideoUsd', '0.1'], known)).code).toBe(0)
    expect((await run('quote', ...video)).json()).toMatchObject({
      error: { code: 'POLICY_REFUSED' },
    })
    const backup = join(ZECCHINO_HOME, 'backup.json')
    const exported = await type(
      ['wallet', 'export', backup],
      known,
      ['Choose', 'another passphrase\r'],
      ['same again', 'another passphrase\r'],
    )
    expect(exported.code).toBe(0)
    expect(statSync(backup).mode & 0o777).toBe(0o600)
    const copy = await keystoreWallet({ password: 'another passphrase', path: backup })
    expect(copy.address).toBe(wallet.address)

    expect((await run('audit', 'verify')).json()).toMatchObject({ ok: true })
    expect((await run('audit', 'reconcile')).json()).toEqual({
      differences: [],
      open: [],
      rows: 2,
    })
  },
)

/** The quote of the newest job, from the audit log. */
async function quoteOf(run: (...args: string[]) => ReturnType<typeof runBundled>): Promise<string> {
  const { events } = (await run('audit')).json() as {
    events: { data: Record<string, string>; type: string }[]
  }
  return events.findLast(({ data }) => data['quote_id'])?.data['quote_id'] ?? ''
}
