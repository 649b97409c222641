import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { readConfig } from '../../src/cli/readConfig.js'
import * as Policy from '../../src/Policy.js'

const loopback = 'http://127.0.0.1:4020/api/v1'

/** A home with a `config.json` of these bytes. */
function homeWith(config: object | Buffer) {
  const home = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const bytes = Buffer.isBuffer(config) ? config : JSON.stringify(config)
  writeFileSync(join(home, 'config.json'), bytes)
  return home
}

const read = (config: object | Buffer, env: Record<string, string> = {}) =>
  readConfig({ ZECCHINO_HOME: homeWith(config), ...env })
const sandbox = { ZECCHINO_PROFILE: 'sandbox' }
const defaults = Policy.Policy.parse(Policy.defaults.venice)

test('default: each profile has a section of its own', () => {
  const file = {
    sandbox: { approveAboveUsd: '999999', maxTopUpUsd: '100', outputDir: '/play' },
    venice: { maxPerVideoUsd: 5, outputDir: '/real', rpcUrl: 'none' },
  }
  const real = read(file)
  expect(real).toMatchObject({
    chosen: ['maxPerVideoUsd'],
    outputDir: '/real',
    policy: { ...defaults, maxPerVideoUsd: 5_000_000n },
    profile: 'venice',
    rpcUrls: [],
    unfiled: [],
  })
  expect(read(file, sandbox)).toMatchObject({
    chosen: ['approveAboveUsd', 'maxTopUpUsd'],
    outputDir: '/play',
    policy: { approveAboveUsd: 999_999_000_000n, maxPerVideoUsd: 100_000_000n },
    profile: 'sandbox',
  })
})

test('behavior: caps set before there were sections never loosen what holds for real money', () => {
  const file = {
    approveAboveUsd: '999999',
    approveVia: 'elicitation',
    maxPerVideoUsd: '1',
    maxTopUpUsd: '100',
    maxTopUpsPerDay: 1,
    models: ['wan'],
    readFiles: ['/home'],
  }
  const real = read(file)
  expect(real.policy).toEqual({
    ...defaults,
    maxPerVideoUsd: 1_000_000n,
    maxTopUpsPerDay: 1,
    models: ['wan'],
  })
  expect(real.chosen).toEqual(['maxPerVideoUsd', 'maxTopUpsPerDay', 'models'])
  expect(real.unfiled).toEqual(Object.keys(file))

  const play = read(file, sandbox)
  expect(play.policy).toMatchObject({
    approveAboveUsd: 999_999_000_000n,
    maxTopUpUsd: 100_000_000n,
    readFiles: ['/home'],
  })
  expect(play.chosen).toEqual(Object.keys(file))
})

test('behavior: what stands in the section counts, whatever stands beside it', () => {
  const file = { maxPerVideoUsd: '1', venice: { maxPerVideoUsd: '3' } }
  expect(read(file).policy.maxPerVideoUsd).toBe(3_000_000n)
  expect(read(file, sandbox).policy.maxPerVideoUsd).toBe(1_000_000n)
})

test('behavior: hosts and addresses beside the sections are the sandbox’s', () => {
  const flat = { apiUrl: loopback, hosts: ['example.com'], rpcUrl: 'http://127.0.0.1:8545' }
  expect(read(flat)).toMatchObject({ apiUrl: loopback, profile: 'sandbox' })
  expect(read(flat, { ZECCHINO_PROFILE: 'venice' })).toMatchObject({
    apiUrl: 'https://api.venice.ai/api/v1',
    rpcUrls: ['https://mainnet.base.org'],
  })
  const elsewhere = { apiUrl: 'https://example.com/api/v1', hosts: ['example.com'] }
  expect(() => read(elsewhere)).toThrow('name example.com under "hosts" of "venice"')
  expect(read({ venice: elsewhere }).apiUrl).toBe(elsewhere.apiUrl)
})

test.each([
  [{}, 'https://mainnet.base.org'],
  [{ ZECCHINO_NETWORK: 'base-sepolia' }, 'https://sepolia.base.org'],
  [{ ...sandbox, ZECCHINO_API_URL: loopback }, 'http://127.0.0.1:4020/__sandbox/rpc'],
  [{ ZECCHINO_RPC_URL: 'https://rpc.example' }, 'https://rpc.example'],
])('behavior: the chain that is asked is the one that is paid on: %j', (env, rpcUrl) => {
  expect(read({}, env as Record<string, string>).rpcUrls).toEqual([rpcUrl])
})

test('options: rpcUrl is one node, two that have to agree, or none', () => {
  const two = ['https://a.example/', 'https://b.example/x']
  const of = (ZECCHINO_RPC_URL: string) => read({}, { ZECCHINO_RPC_URL }).rpcUrls
  expect(read({ venice: { rpcUrl: two } }).rpcUrls).toEqual(two)
  expect(of(two.join(', '))).toEqual(two)
  expect(of('none')).toEqual([])
  expect(read({ venice: { rpcUrl: 'none' } }).rpcUrls).toEqual([])
  const wrong = [
    'https://a.example,https://a.example/',
    'none,https://a.example',
    'a',
    ',',
    'https://u:p@a.example',
  ]
  for (const url of [...wrong, [...two, 'https://c.example'].join(',')])
    expect(() => of(url), url).toThrow('ZECCHINO_RPC_URL is not valid')
  // One beside the sections that is this machine's is the sandbox's.
  expect(read({ rpcUrl: [two[0], `${loopback}/rpc`] }).rpcUrls).toEqual([
    'https://mainnet.base.org',
  ])
})

test('behavior: a byte order mark is no part of the file', () => {
  const text = '{"venice": {"maxPerVideoUsd": "0.10"}}'
  expect(read(Buffer.from(`\uFEFF${text}`)).policy.maxPerVideoUsd).toBe(100_000n)
  for (const bytes of [
    Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]),
    Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, 'utf16le').swap16()]),
    Buffer.from(text, 'utf16le'),
  ])
    expect(() => read(bytes)).toThrow('its encoding is UTF-16; save it as UTF-8')
})

const nl = '\r\n'

test.each([
  '{"venice": {"maxPerVideoUsd": "0.10"}} // mine',
  '/* mine */ {"venice": {"maxPerVideoUsd": "0.10",},}',
  '// mine\n{\n  "venice": { // real money\n    "maxPerVideoUsd": "0.10", /* low */\n  },\n}\n',
  `{${nl}  // mine${nl}  "venice": {${nl}    "maxPerVideoUsd": "0.10"${nl}  }${nl}}${nl}`,
  '\uFEFF// mine\n{"venice": {"maxPerVideoUsd": "0.10"}}',
  '{"venice": {"maxPerVideoUsd": "0.10", "outputDir": "/a//b/*c*/"}}',
])('behavior: comments and trailing commas are no part of %j', (text) => {
  const { policy } = read(Buffer.from(text))
  expect(policy.maxPerVideoUsd).toBe(100_000n)
})

test.each<[string, string]>([
  ['', 'the file: line 1, column 1: there is nothing in it'],
  ['{"venice": {"maxPerVideoUsd": "1" "models": null}}', 'line 1, column 35: a comma or a }'],
  ['{\n  venice: {}\n}', 'line 2, column 3: a name in double quotes is expected'],
  ['{"venice": {}, "venice": {}}', 'column 16: a name stands there twice'],
  ['{"venice": {"maxPerVideoUsd": two}}', 'column 31: a value is expected'],
  ['[]', 'the file: an object of sections'],
])('error: of %j it is said what is wrong and where', (text, words) => {
  expect(() => read(Buffer.from(text))).toThrow(words)
})

test.each<[object, string]>([
  [{ venice: { maxPerVideo: 1 } }, 'unknown: venice.maxPerVideo; did you mean maxPerVideoUsd?'],
  [{ venice: { max_per_video_usd: 1 } }, 'did you mean maxPerVideoUsd?'],
  [{ venice: { maxTopUpPerDay: 1 } }, 'did you mean maxTopUpsPerDay?'],
  [{ venice: { RPCURL: 'none' } }, 'did you mean rpcUrl?'],
  [{ venice: { host: [] } }, 'did you mean hosts?'],
  [{ maxPerVideo: 1 }, 'unknown: maxPerVideo; did you mean maxPerVideoUsd?'],
  [{ Venice: {} }, 'unknown: Venice; did you mean venice?'],
  [{ sanbox: {} }, 'unknown: sanbox; did you mean sandbox?'],
  [{ mainnet: {} }, 'unknown: mainnet; known: approveAboveUsd'],
])('error: the key that was meant is named: %j', (config, words) => {
  expect(() => read(config)).toThrow(words)
})

test.each<[object, string]>([
  [
    { maxPerVideoUsd: 'two' },
    'venice.maxPerVideoUsd: an amount in USD, such as 2 or 0.35, not "two"',
  ],
  [{ maxPerVideoUsd: '$2' }, 'not "$2"; did you mean "2"?'],
  [{ maxPerVideoUsd: '0,35' }, 'not "0,35"; did you mean "0.35"?'],
  [{ maxPerVideoUsd: -1 }, 'such as 2 or 0.35, not -1'],
  [{ maxPerVideoUsd: null }, 'such as 2 or 0.35, not null'],
  [{ maxTopUpsPerDay: '3' }, 'a whole number from 0 to 1000, not "3"; did you mean 3?'],
  [{ deleteAfterSave: 'yes' }, 'true or false, not "yes"; did you mean true?'],
  [{ approveVia: 'CLI' }, 'cli or elicitation, not "CLI"; did you mean "cli"?'],
  [{ models: 'wan' }, 'not "wan"; did you mean ["wan"]?'],
  [{ models: ['wan', 2, 3] }, 'venice.models: a list of models'],
  [{ readFiles: '/a, /b' }, 'did you mean ["/a","/b"]?'],
  [{ priceTolerance: '5%' }, 'did you mean 0.05?'],
  [{ payTo: '0x12' }, 'an address (0x and 40 hex digits), or null'],
  [{ rpcUrl: 'secret node' }, 'venice.rpcUrl: a URL, a list of two, or "none"'],
  [{ hosts: 'gateway.example' }, 'venice.hosts: a list of hosts'],
  [{ fileHosts: ['https://files.example'] }, 'venice.fileHosts: a list of hosts'],
])('error: a wrong value is told with what would be right: %j', (venice, words) => {
  expect(() => read({ venice })).toThrow(words)
  expect(() => read({ venice })).not.toThrow('secret')
})

test.each<[object, Record<string, string>, string]>([
  [{ rpcUrl: 'https://me:secret@node.example' }, {}, 'in rpcUrl of config.json is not valid'],
  [{ apiUrl: 'ftp://api.venice.ai' }, {}, 'in apiUrl of config.json is not valid'],
  [{ apiUrl: 'https://other.example' }, {}, 'in apiUrl of config.json is not valid'],
  [{}, { ZECCHINO_API_URL: 'https://other.example' }, 'in ZECCHINO_API_URL is not valid'],
  [{}, { ZECCHINO_RPC_URL: 'https://me:secret@node.example' }, 'in ZECCHINO_RPC_URL is not valid'],
])('error: the place is named where it stands: %j, %j', (venice, env, words) => {
  expect(() => read({ venice }, env)).toThrow(words)
  expect(() => read({ venice }, env)).not.toThrow('secret')
})

test('error: what may be a key is not repeated', () => {
  const payTo = `0x${'ab'.repeat(32)}`
  expect(() => read({ venice: { payTo } })).toThrow('not "[…]"')
  expect(() => read({ venice: { payTo } })).not.toThrow('abab')
})

test.each([
  [{ maxPerMoonUsd: 1 }, 'unknown: maxPerMoonUsd'],
  [{ venice: { maxPerMoonUsd: 1 } }, 'unknown: venice.maxPerMoonUsd'],
  [{ sandbox: { maxPerVideoUsd: 'two' } }, 'sandbox.maxPerVideoUsd: an amount in USD'],
  [{ mainnet: {} }, 'unknown: mainnet'],
  [{ venice: null }, 'venice'],
  [Buffer.from('{"venice": {'), 'the file'],
])('error: %j', (config, words) => {
  for (const env of [{}, sandbox]) expect(() => read(config, env)).toThrow(words)
})
