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
