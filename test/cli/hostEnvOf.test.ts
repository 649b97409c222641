import { posix, win32 } from 'node:path'

import { describe, expect, test } from 'vitest'

import { hostEnvOf } from '../../src/cli/hostEnvOf.js'
import { versionOf } from '../../src/cli/hosts.js'
import { stableNode } from '../../src/cli/stableNode.js'

const on = {
  posix: { cwd: '/home/u/my project', home: '/home/u/.zecchino', path: posix },
  win32: { cwd: String.raw`C:\my project`, home: String.raw`C:\Users\Ü b\.zecchino`, path: win32 },
}

test.each([
  ['posix', {}, undefined, {}],
  ['win32', {}, undefined, {}],
  [
    'posix',
    { NODE_EXTRA_CA_CERTS: 'ca.pem', ZECCHINO_KEYSTORE: '../k.json', ZECCHINO_OUTPUT_DIR: '/v' },
    undefined,
    {
      NODE_EXTRA_CA_CERTS: '/home/u/my project/ca.pem',
      ZECCHINO_KEYSTORE: '/home/u/k.json',
      ZECCHINO_OUTPUT_DIR: '/v',
    },
  ],
  [
    'win32',
    { NODE_EXTRA_CA_CERTS: 'ca.pem', ZECCHINO_OUTPUT_DIR: String.raw`\\srv\v` },
    undefined,
    {
      NODE_EXTRA_CA_CERTS: String.raw`C:\my project\ca.pem`,
      ZECCHINO_OUTPUT_DIR: String.raw`\\srv\v\ `.trim(),
    },
  ],
  [
    'posix',
    {
      ZECCHINO_API_URL: 'http://127.0.0.1:1',
      ZECCHINO_NETWORK: 'base',
      ZECCHINO_PROFILE: 'sandbox',
    },
    undefined,
    {
      ZECCHINO_API_URL: 'http://127.0.0.1:1',
      ZECCHINO_NETWORK: 'base',
      ZECCHINO_PROFILE: 'sandbox',
    },
  ],
  [
    'posix',
    { ZECCHINO_API_URL: 'https://api.venice.ai/api/v1', ZECCHINO_PROFILE: 'venice' },
    'http://[::1]:4020/api/v1',
    { ZECCHINO_API_URL: 'http://[::1]:4020/api/v1', ZECCHINO_PROFILE: 'sandbox' },
  ],
  [
    'posix',
    { HTTPS_PROXY: 'http://p:1', ZECCHINO_KEYSTORE: '/real.json', ZECCHINO_OUTPUT_DIR: '/v' },
    'own',
    { ZECCHINO_PROFILE: 'sandbox', ZECCHINO_SANDBOX: 'own' },
  ],
  [
    'posix',
    { HTTPS_PROXY: 'proxy.example:3128', no_proxy: '.lan,10.0.0.0/8' },
    undefined,
    { HTTPS_PROXY: 'http://proxy.example:3128', no_proxy: '.lan,10.0.0.0/8' },
  ],
] as const)('default: on %s, of %j with %s', (system, from, sandbox, env) => {
  const { home } = on[system]
  expect(hostEnvOf(from, { ...on[system], sandbox })).toEqual({
    env: { ZECCHINO_HOME: home, ...env },
    unwritten: [],
    withoutPassword: [],
  })
})

test('behavior: nothing that is a key or may hold one is written', () => {
  const secrets = {
    VENICE_API_KEY: 'canary-1',
    ZECCHINO_DATABASE_URL: 'postgres://u:canary-2@h/d',
    ZECCHINO_MNEMONIC: 'canary-3',
    ZECCHINO_PRIVATE_KEY: 'canary-4',
    ZECCHINO_RPC_URL: 'https://rpc.example/canary-5',
    https_proxy: 'http://u:canary-6@p:1',
    HTTP_PROXY: 'http://canary-7@p:1',
    SOMETHING_ELSE: 'canary-8',
  }
  const made = hostEnvOf(secrets, { ...on.posix, sandbox: undefined })
  expect(JSON.stringify(made)).not.toContain('canary')
  expect(made.unwritten).toEqual(Object.keys(secrets).slice(0, 5))
  expect(made.withoutPassword).toEqual(['https_proxy', 'HTTP_PROXY'])
  expect(() =>
    hostEnvOf({ HTTPS_PROXY: 'socks5://u:canary@p:1' }, { ...on.posix, sandbox: undefined }),
  ).toThrow('HTTPS_PROXY is not valid')
})

describe('versionOf', () => {
  test.each([
    ['/usr/bin/node', ['/h o/app/1.2.3/node_modules/zecchino/dist/cli/bin.js', 'mcp'], '1.2.3'],
    [
      String.raw`C:\Program Files\nodejs\node.exe`,
      [
        String.raw`C:\Users\Ü b\.zecchino\app\1.2.3+ab\node_modules\zecchino\dist\cli\bin.js`,
        'mcp',
      ],
      '1.2.3+ab',
    ],
    ['npx', ['-y', 'zecchino', 'mcp'], 'npx'],
    ['cmd', ['/c', 'npx', '-y', 'zecchino', 'mcp'], 'npx'],
    ['npx', ['-y', 'zecchino@1', 'mcp'], undefined],
    ['node', ['/x/node_modules/zecchino/dist/cli/bin.js', 'mcp'], undefined],
    ['node', ['/h/app/1/node_modules/zecchino/dist/cli/bin.js', 'mcp', '--http'], undefined],
    ['node', ['mcp'], undefined],
  ])('%s %j', (command, args, expected) => expect(versionOf({ args, command })).toBe(expected))
})

describe('stableNode', () => {
  const cellar = '/opt/homebrew/Cellar/node@22/22.1.0_1/bin/node'
  test.each([
    ['/usr/bin/node', '/usr/bin/node'],
    [String.raw`C:\Program Files\nodejs\node.exe`, String.raw`C:\Program Files\nodejs\node.exe`],
    ['/home/u/.nvm/versions/node/v22.1.0/bin/node', '/home/u/.nvm/versions/node/v22.1.0/bin/node'],
    [cellar, '/opt/homebrew/opt/node@22/bin/node'],
  ])('default: %s', (node, expected) => expect(stableNode(node, () => true)).toBe(expected))

  test('behavior: a link of Homebrew’s that leads elsewhere is not taken', () => {
    expect(stableNode(cellar, () => false)).toBe(cellar)
  })

  test.each([
    '/home/u/.npm/_npx/ab12/node_modules/node/bin/node',
    String.raw`C:\npm-cache\_npx\ab\node_modules\node\bin\node.exe`,
    '/home/u/.cache/pnpm/dlx/ab/node_modules/node/bin/node',
    '/tmp/dlx-123/node_modules/node/bin/node',
  ])('error: %s is wiped', (node) => {
    expect(() => stableNode(node, () => true)).toThrow('lies in a cache')
  })
})
