import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import { control } from '../support/createBuyer.js'
import { runBundled, startSandbox } from '../support/runCli.js'

async function setup(...flags: string[]) {
  const sandbox = await startSandbox(['--speed', '200', ...flags])
  const key = randomBytes(32).toString('hex')
  const { advance, fault, fund, state } = control(sandbox.controlUrl)
  await fund(privateKeyWallet(key).address, '20')
  const env = {
    ZECCHINO_API_URL: sandbox.apiUrl,
    ZECCHINO_HOME: mkdtempSync(join(tmpdir(), 'zecchino-test-')),
    ZECCHINO_PRIVATE_KEY: key,
  }
  return {
    advance,
    fault,
    run: (...args: string[]) => runBundled(args, { env }),
    state,
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  }
}

test('behavior: refused in every form ⇒ says so with the code, and nothing is called paid', async () => {
  await using it = await setup('--envelopes', 'none')

  const refused = await it.run('top-up', '8', '--yes')

  expect(refused.code).toBe(75)
  expect(refused.stdout).toMatch(
    /^Refused {3}\$8 USDC to 0x\w{40}: every form was refused: INVALID_PAYMENT_FORMAT\nCredit {4}\$0\.00\nNext {6}Venice refused .+ Then run `zecchino top-up 8` again: it pays \$5\.00 at a time/,
  )
  expect(refused.stdout).not.toMatch(/^Paid/m)
  const { stdout } = await it.run('wallet')
  expect(stdout).toMatch(
    /^Unresolved {2}payment_\w+: \$8 unknown, every form was refused: INVALID_PAYMENT_FORMAT$/m,
  )
  const again = await it.run('top-up', '8', '--yes', '--json')
  expect([again.code, again.stdout]).toEqual([75, expect.stringContaining('PAYMENT_UNRESOLVED')])
  expect((await it.state()).settlements).toEqual([])
})

test('behavior: a server that takes the last form only ⇒ paid, once', async () => {
  await using it = await setup('--envelopes', 'flat')

  const paid = await it.run('top-up', '8', '--yes')

  expect(paid).toMatchObject({ code: 0 })
  expect(paid.stdout).toMatch(/^Paid {6}\$8 USDC to 0x\w{40}: credited\nSettled/)
  expect((await it.state()).settlements).toMatchObject([{ amount_usd: '8', presented: 1 }])
})

test.each([
  ['settles nothing', 'settlement-failed', 'Sent'],
  ['settles and says that it does not know', 'credit-lost', 'Sent'],
])(
  'behavior: a server that %s ⇒ nothing is called paid, and it is no success',
  async (_, kind, word) => {
    await using it = await setup()
    await it.fault({ kind, route: 'top-up', times: 'always' })

    const sent = await it.run('top-up', '7.3', '--yes')
    expect(sent.code).toBe(75)
    expect(sent.stdout).toMatch(
      new RegExp(
        `^${word} {6}\\$7\\.3 USDC to 0x\\w{40}: not confirmed yet.*\nCredit {4}\\$0\\.00\nNext {6}The payment is not confirmed yet: .+ run \`zecchino wallet\` in a minute\\.$`,
        'm',
      ),
    )
    expect(sent.stdout).not.toMatch(/^Paid/m)
  },
)

test('behavior: the same as JSON says what to do next', async () => {
  await using it = await setup()
  await it.fault({ kind: 'settlement-failed', route: 'top-up', times: 'always' })

  const sent = await it.run('top-up', '7.3', '--yes', '--json')

  expect(sent.code).toBe(75)
  expect(sent.json()).toMatchObject({
    credit_usd: '0',
    next: expect.stringMatching(/Do not pay again/),
    payment: { status: 'unknown' },
  })
})

test('error: a form that no server takes', async () => {
  expect(await runBundled(['sandbox', '--envelopes', 'round'])).toMatchObject({ code: 64 })
})
