import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { listenSandbox } from '../../src/sandbox/index.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import { cheap, cheapFlags, linked } from '../support/cheap.js'
import { control } from '../support/createBuyer.js'
import { authorityPem, createProxy, forwardTo } from '../support/createProxy.js'
import { runBundled } from '../support/runCli.js'

const secret = 'hunter2-hunter2'
const authorization = `Basic ${Buffer.from(`me:${secret}`).toString('base64')}`

/**
 * A sandbox that is reached as `https://api.zecchino.test`, and by nobody but a proxy that wants a
 * password and looks into connections; and the environment of a buyer in that network.
 */
async function setup({ isSecure = false } = {}) {
  const sandbox = await listenSandbox({ origin: 'https://api.zecchino.test', speed: 200 })
  const proxy = await createProxy({
    authorization,
    isSecure,
    turn: (target) =>
      target === 'api.zecchino.test:443'
        ? { handler: forwardTo(sandbox.url), kind: 'intercept' }
        : { handler: (socket) => socket.end('HTTP/1.1 403 X\r\n\r\n'), kind: 'raw' },
  })
  const home = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const certificate = join(home, 'authority.pem')
  writeFileSync(certificate, authorityPem)
  writeFileSync(
    join(home, 'config.json'),
    JSON.stringify({ sandbox: { hosts: ['api.zecchino.test'] } }),
  )
  const key = randomBytes(32).toString('hex')
  await control(sandbox.controlUrl).fund(privateKeyWallet(key).address, '20')
  const env = {
    HTTPS_PROXY: proxy.url.replace('//', `//me:${secret}@`),
    NODE_EXTRA_CA_CERTS: certificate,
    ZECCHINO_API_URL: 'https://api.zecchino.test/api/v1',
    ZECCHINO_HOME: home,
    ZECCHINO_PRIVATE_KEY: key,
    ZECCHINO_PROFILE: 'sandbox',
  }
  return {
    env,
    home,
    proxy,
    sandbox,
    async run(args: readonly string[], more: Record<string, string> = {}) {
      const { code, stderr, stdout } = await runBundled(args, { env: { ...env, ...more } })
      expect(stdout + stderr).not.toContain(secret)
      expect(stdout + stderr).not.toContain(authorization.slice(6))
      return { code, stdout }
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await sandbox.close()
    },
  }
}

const jsonOf = <value>({ stdout }: { stdout: string }) => JSON.parse(stdout) as value

test.each([
  ['the answer', cheap.model, cheapFlags],
  ['a link', linked.model, ['--duration', '1s', '--aspect-ratio', '1:1', '--resolution', '480p']],
])('default: a video is bought and saved through a proxy, by %s', async (_, model, flags) => {
  await using network = await setup()
  const bought = await network.run(['--json', 'generate', model, 'Rain.', ...flags, '--yes'])
  expect(jsonOf(bought)).toMatchObject({
    status: expect.stringMatching(/^(saved|cleaned)$/) as string,
  })
  expect(bought.code).toBe(0)
  expect(
    readdirSync(join(network.home, 'videos')).filter((name) => name.endsWith('.mp4')),
  ).toHaveLength(1)
  const state = await control(network.sandbox.controlUrl).state()
  expect([state.charges.length, state.settlements.length]).toEqual([1, 1])
  expect(new Set(network.proxy.asked)).toEqual(new Set(['CONNECT api.zecchino.test:443']))
})

test('behavior: a proxy may be spoken to over TLS, and is held to its certificate', async () => {
  await using network = await setup({ isSecure: true })
  expect((await network.run(['models'])).code).toBe(0)
  const wrong = { HTTPS_PROXY: network.env.HTTPS_PROXY.replace('localhost', '127.0.0.1') }
  const { code, stdout } = await network.run(['--json', 'models'], wrong)
  expect(stdout).toContain('Reason: CERT_ALTNAME_INVALID')
  expect(stdout).toContain('The certificate of the proxy itself is not trusted')
  expect(code).toBe(69)
})

test('behavior: doctor tells what leads where', async () => {
  await using network = await setup()
  type Report = { findings: { check: string; next?: string; says: string; status: string }[] }
  const { findings } = jsonOf<Report>(
    await network.run(['doctor', '--json'], {
      NO_PROXY: 'node.test',
      ZECCHINO_RPC_URL: 'https://node.test',
    }),
  )
  expect(findings.find(({ check }) => check === 'proxy')).toEqual({
    check: 'proxy',
    next: 'Files come from api.venice.ai, *.api.venice.ai, venice.ai, *.venice.ai only; list others under "fileHosts" in config.json.',
    says: `api.zecchino.test through ${network.proxy.url} (HTTPS_PROXY, signed in), node.test without`,
    status: 'ok',
  })
  expect(findings.find(({ check }) => check === 'API')?.status).toBe('ok')
})

test.each([
  [{ HTTPS_PROXY: 'PROXY' }, 69, 'asks for a user name and a password'],
  [{ NODE_EXTRA_CA_CERTS: '' }, 69, 'set NODE_EXTRA_CA_CERTS to the certificate'],
  [{ NO_PROXY: 'zecchino.test' }, 69, 'Where only a proxy leads out, set HTTPS_PROXY.'],
  [{ HTTPS_PROXY: 'http://127.0.0.1:1' }, 69, 'Check HTTPS_PROXY'],
  [
    { HTTPS_PROXY: `socks5://me:${secret}@127.0.0.1:1` },
    78,
    'The proxy in HTTPS_PROXY is not valid.',
  ],
])('error: %j', async (more, code, words) => {
  await using network = await setup()
  const env = Object.fromEntries(
    Object.entries(more).map(([name, value]) => [name, value.replace('PROXY', network.proxy.url)]),
  )
  const listed = await network.run(['--json', 'models'], env)
  expect(listed.stdout).toContain(words)
  expect(listed.code).toBe(code)
})

test('behavior: while certificates are not checked all is shown, and nothing is paid', async () => {
  await using network = await setup()
  const off = { NODE_EXTRA_CA_CERTS: '', NODE_TLS_REJECT_UNAUTHORIZED: '0' }
  const flags = ['Rain.', ...cheapFlags]
  const quoted = await network.run(['--json', 'quote', cheap.model, ...flags], off)
  expect(jsonOf(quoted)).toMatchObject({
    warnings: expect.arrayContaining([expect.stringContaining('Nothing is paid so.')]),
  })
  expect((await network.run(['--json', 'wallet'], off)).code).toBe(0)

  for (const args of [
    ['generate', cheap.model, ...flags, '--yes'],
    ['top-up', '5', '--yes'],
  ]) {
    const refused = await network.run(['--json', ...args], off)
    expect(refused.code).toBe(78)
    expect(refused.stdout).toContain('Nothing is paid while certificates are not checked.')
  }

  type Report = { findings: { check: string; status: string }[] }
  const { findings } = jsonOf<Report>(await network.run(['doctor', '--json'], off))
  expect(findings).toContainEqual(
    expect.objectContaining({ check: 'certificates', status: 'failed' }),
  )
  const { charges, settlements } = await control(network.sandbox.controlUrl).state()
  expect({ charges, settlements }).toEqual({ charges: [], settlements: [] })
})

test('behavior: a sandbox on this machine is reached without, whatever the proxy is', async () => {
  await using sandbox = await listenSandbox({ speed: 200 })
  await using proxy = await createProxy({ turn: () => ({ handler() {}, kind: 'raw' }) })
  const env = {
    HTTPS_PROXY: proxy.url,
    HTTP_PROXY: proxy.url,
    ZECCHINO_API_URL: sandbox.apiUrl,
    ZECCHINO_HOME: mkdtempSync(join(tmpdir(), 'zecchino-test-')),
  }
  for (const odd of [{}, { HTTP_PROXY: 'socks5://x' }]) {
    const { code } = await runBundled(['models'], { env: { ...env, ...odd } })
    expect(code).toBe(0)
  }
  expect(proxy.asked).toEqual([])
})
