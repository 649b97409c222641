import { DEFAULT_ASSETS } from '@x402/evm'
import { getAddress } from 'viem'
import { describe, expect, test } from 'vitest'

import * as Money from '../src/Money.js'
import * as Network from '../src/Network.js'

const all = Object.entries(Network.networks)

test.each(all)('behavior: %s is found by each of its names', (name, network) => {
  for (const key of [name, network.caip2, network.chainId]) expect(Network.find(key)).toBe(network)
  expect(network.caip2).toBe(`eip155:${network.chainId}`)
  expect(network.name).toBe(name)
})

test.each(all)('behavior: %s has the token that the reference package pays with', (_, network) => {
  expect(network.asset).toBe(getAddress(network.asset))
  expect(DEFAULT_ASSETS[network.caip2]).toContainEqual({
    asset: network.asset,
    decimals: Money.decimals,
    symbol: 'USDC',
    ...network.domain,
  })
})

describe('error', () => {
  test.each([
    '',
    'Base',
    'base ',
    'eip155:08453',
    'eip155:8453:extra',
    'eip155:0x2105',
    'eip155:1',
    'solana',
    '8453',
    '__proto__',
    'constructor',
    8453n,
    null,
    undefined,
    ['base'],
  ])('%s is no network', (name) => {
    expect(Network.find(name)).toBeUndefined()
  })
})

test('behavior: real money moves on one of them', () => {
  expect(all.map(([name, network]) => [name, Network.isMainnet(network)])).toEqual([
    ['base', true],
    ['base-sepolia', false],
  ])
})
