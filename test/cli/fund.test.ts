import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'

import { setOwner } from '../../src/cli/owner.js'
import * as Siwx from '../../src/Siwx.js'
import { cheapOwner } from '../support/cheapOwner.js'
import { runBundled, startSandbox } from '../support/runCli.js'
import { runInTerminal } from '../support/runInTerminal.js'

const passphrase = 'correct horse battery'

/** A wallet, and the environment of somebody who plays with it. */
function setup(apiUrl: string) {
  const key = generatePrivateKey()
  const env = {
    ZECCHINO_API_URL: apiUrl,
    ZECCHINO_HOME: mkdtempSync(join(tmpdir(), 'zecchino-test-')),
    ZECCHINO_PRIVATE_KEY: key,
  }
  return { address: privateKeyToAccount(key).address, env }
}

describe('fund', () => {
  test('default: play money, as often as it is asked for', async () => {
    await using sandbox = await startSandbox()
    const { address, env } = setup(sandbox.apiUrl)
    const first = await runBundled(['fund', '--json'], { env })
    expect(first.json()).toEqual({ address, given_usdc: '20', usdc: '20' })
    const second = await runBundled(['fund', '0.5'], { env })
    expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining('USDC      $20.5') })
  })

  test.each([
    ['real money', ['fund'], { ZECCHINO_PROFILE: 'venice' }, 78, 'ZECCHINO_PROFILE=sandbox'],
    ['nothing', ['fund', '0'], {}, 65, 'Not an amount'],
    ['too much', ['fund', '10000.01'], {}, 65, 'Not an amount'],
    ['words', ['fund', '20 USD'], {}, 65, 'Not an amount'],
    ['no sandbox', ['fund'], {}, 69, 'no sandbox at http://127.0.0.1:9'],
  ])('error: %s', async (_, args, more, code, words) => {
    const { env } = setup('http://127.0.0.1:9/api/v1')
    const { ZECCHINO_API_URL: _url, ...real } = env
    const used = 'ZECCHINO_PROFILE' in more ? { ...real, ...more } : env
    const { stderr, ...told } = await runBundled(args, { env: used as Record<string, string> })
    expect({ code: told.code, stderr }).toEqual({ code, stderr: expect.stringContaining(words) })
  })
})

describe('sign-in', () => {
  test('default: a header that signs in, once, with plain fetch', async () => {
    await using sandbox = await startSandbox()
    const { address, env } = setup(sandbox.apiUrl)
    const url = `${sandbox.apiUrl}/x402/balance/${address}`
    const { code, stderr, stdout } = await runBundled(['sign-in', url], { env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('one request') })
    const [, name = '', value = ''] = /^(\S+): (\S+)\n$/.exec(stdout) ?? []
    expect(name).toBe('SIGN-IN-WITH-X')
    const ask = async () => (await fetch(url, { headers: { [name]: value } })).status
    expect([await ask(), await ask()]).toEqual([200, 401])

    const told = (await runBundled(['sign-in', url, '--json'], { env })).json() as { value: string }
    expect(told).toEqual({ header: name, url, valid_seconds: 300, value: expect.any(String) })
    const { message } = Siwx.decode(told.value)
    expect(message).toContain(`URI: ${url}\n`)
  })

  test.each([
    ['another host', 'https://evil.example/api/v1/x402/balance/0x00'],
    ['another port', 'http://127.0.0.1:1/api/v1/models'],
    ['another path', 'http://127.0.0.1:9/api/v10/models'],
    ['a way out of the path', 'http://127.0.0.1:9/api/v1/../../models'],
    ['the host as a user', 'http://127.0.0.1:9@evil.example/api/v1/models'],
    ['a user', 'http://u:p@127.0.0.1:9/api/v1/models'],
    ['another scheme', 'https://127.0.0.1:9/api/v1/models'],
    ['no URL', 'models'],
  ])('error: %s is signed for nobody', async (_, url) => {
    const { env } = setup('http://127.0.0.1:9/api/v1')
    const { code, stderr, stdout } = await runBundled(['sign-in', url], { env })
    expect({ code, stdout }).toEqual({ code: 77, stdout: '' })
    expect(stderr).toContain('nothing was signed')
  })

  test('behavior: with real money the owner gives it, and nobody else', async () => {
    const { address, env } = setup('')
    const real = {
      ZECCHINO_HOME: env.ZECCHINO_HOME,
      ZECCHINO_PRIVATE_KEY: env.ZECCHINO_PRIVATE_KEY,
    }
    await setOwner(env.ZECCHINO_HOME, passphrase)
    cheapOwner(env.ZECCHINO_HOME, passphrase)
    const args = ['sign-in', `https://api.venice.ai/api/v1/x402/balance/${address}`]
    const given = (keys: string) =>
      runInTerminal(args, { answers: [['passphrase', `${keys}\r`]], env: real })
    const wrong = await given('something else')
    expect(wrong).toMatchObject({ answered: 1, code: 77 })
    expect(wrong.output).not.toContain('SIGN-IN-WITH-X')
    const right = await given(passphrase)
    const [, value = ''] = /SIGN-IN-WITH-X: ([\w+/=]+)/.exec(right.output) ?? []
    expect(right).toMatchObject({ answered: 1, code: 0 })
    expect(Siwx.decode(value)).toMatchObject({
      address,
      chainId: 8453,
      message: expect.stringMatching(/^api\.venice\.ai wants/),
    })
  })

  test('error: with real money it is for the owner, at a terminal', async () => {
    const { env } = setup('https://api.venice.ai/api/v1')
    const { ZECCHINO_API_URL: _, ...real } = env
    const url = 'https://api.venice.ai/api/v1/video/queue'
    const { code, stderr, stdout } = await runBundled(['sign-in', url], { env: real })
    expect({ code, stdout }).toEqual({ code: 77, stdout: '' })
    expect(stderr).toContain('NEEDS_TERMINAL')
  })
})
