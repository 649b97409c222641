import { PaymentRequirementsV1Schema, PaymentRequirementsV2Schema } from '@x402/core/schemas'
import { describe, expect, test } from 'vitest'

import * as Network from '../src/Network.js'
import * as X402 from '../src/X402.js'
import { entryV1, entryV2, payTo, requirementsOf } from './support/x402.js'

/** Reads one entry: an offer, or the reason why it is none. */
function read(entry: unknown, version: 1 | 2 = 2): X402.Offer | string {
  const { offers, unknown } = requirementsOf([entry], version)
  expect(offers.length + unknown.length).toBe(1)
  return offers[0] ?? unknown[0]?.reason ?? ''
}

const { base } = Network.networks
const sepolia = Network.networks['base-sepolia']
const permit2 = { assetTransferMethod: 'permit2', name: 'USD Coin', version: '2' }
const gateway = {
  name: 'GatewayWalletBatched',
  verifyingContract: '0x77777777Dcc4d5A8B6E418Fd04D8997ef11000eE',
  version: '1',
}

describe('offers', () => {
  test('default: version 2', () => {
    expect(read(entryV2())).toEqual({
      amount: 5_000_000n,
      network: base,
      payTo,
      raw: entryV2(),
      version: 2,
      windowSeconds: 300,
    })
  })

  test('default: version 1', () => {
    expect(read(entryV1(), 1)).toMatchObject({ amount: 5_000_000n, network: base, version: 1 })
  })

  test.each([
    [
      'another network of ours',
      { asset: sepolia.asset, extra: { ...sepolia.domain }, network: sepolia.caip2 },
    ],
    ['a checksummed asset', { asset: base.asset }],
    ['no extra: the domain is ours anyway', { extra: undefined }],
    ['the transfer method by name', { extra: { ...base.domain, assetTransferMethod: 'eip3009' } }],
    [
      'fields of the future',
      { extra: { ...base.domain, paymentFlow: 'upfront', x: [1] }, y: null },
    ],
    ['one micro-dollar', { amount: '1' }],
    ['more than there is', { amount: '9'.repeat(78) }],
  ])('behavior: %s is an offer', (_, change) => {
    const entry = entryV2(change)
    expect(read(entry)).toMatchObject({ amount: BigInt(entry['amount'] as string), payTo })
    expect(PaymentRequirementsV2Schema.safeParse(entry).success).toBe(true)
  })

  test.each([
    '0x2670B922EF37C7DF47158725C0CC407B5382293F',
    '0x2670B922ef37C7Df47158725C0CC407b5382293F',
  ])('behavior: a payee written %s is the same payee, and goes back as it came', (variant) => {
    expect(read(entryV2({ payTo: variant }))).toMatchObject({ payTo, raw: { payTo: variant } })
  })

  test.each([
    [300, 300],
    [60.9, 60],
    [1, 30],
    [0, 30],
    [-1, 30],
    [1e12, 600],
    [601, 600],
    ['60', 300],
    [null, 300],
    [undefined, 300],
    [{}, 300],
    [[90], 300],
  ])('behavior: a window of %j becomes %d s', (maxTimeoutSeconds, windowSeconds) => {
    expect(read(entryV2({ maxTimeoutSeconds }))).toMatchObject({ windowSeconds })
    expect(X402.windowOf(maxTimeoutSeconds)).toBe(windowSeconds)
  })

  test('behavior: the window of numbers that JSON cannot say', () => {
    expect([Number.NaN, Infinity, -Infinity].map(X402.windowOf)).toEqual([300, 300, 300])
  })
})

describe('kept aside, with the reason', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['a number as amount', 'malformed amount', { amount: 5_000_000 }],
    ['a list as amount', 'malformed amount', { amount: ['5000000'] }],
    ['hex as amount', 'malformed amount', { amount: '0x4c4b40' }],
    ['leading noughts', 'malformed amount', { amount: '00005000000' }],
    ['an exponent', 'malformed amount', { amount: '5e6' }],
    ['a fraction', 'malformed amount', { amount: '5000000.0' }],
    ['a signed amount', 'malformed amount', { amount: '+5000000' }],
    ['spaces about the amount', 'malformed amount', { amount: ' 5000000' }],
    ['a line after the amount', 'malformed amount', { amount: '5000000\n' }],
    ['digits of another script', 'malformed amount', { amount: '٥٠٠٠٠٠٠' }],
    ['more digits than a word has', 'malformed amount', { amount: '9'.repeat(79) }],
    ['a null amount', 'malformed amount', { amount: null }],
    ['an empty amount', 'malformed amount', { amount: '' }],
    ['nothing to pay', 'no amount', { amount: '0' }],
    ['no amount', 'no amount', { amount: undefined }],
    ['the amount of version 1', 'no amount', { amount: undefined, maxAmountRequired: '5000000' }],
    ['no payee', 'malformed payTo', { payTo: undefined }],
    ['a payee of zero', 'no payee', { payTo: `0x${'0'.repeat(40)}` }],
    ['a payee with a line', 'malformed payTo', { payTo: `${payTo}\n` }],
    ['a payee without 0x', 'malformed payTo', { payTo: payTo.slice(2) }],
    ['a payee with 0X', 'malformed payTo', { payTo: payTo.replace('0x', '0X') }],
    ['a role as payee', 'malformed payTo', { payTo: 'merchant' }],
    ['a list of payees', 'malformed payTo', { payTo: [payTo] }],
    ['another token', 'unknown asset', { asset: payTo }],
    ['the token of another chain', 'unknown asset', { asset: sepolia.asset }],
    ['another chain, same token', 'unknown asset', { network: sepolia.caip2 }],
    ['an unknown chain', 'unknown network', { network: 'eip155:1' }],
    ['the chain in hex', 'unknown network', { network: 'eip155:0x2105' }],
    ['the name of version 1', 'unknown network', { network: 'base' }],
    ['bare solana', 'unknown network', { network: 'solana' }],
    [
      'Solana',
      'malformed asset',
      {
        asset: 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v',
        network: 'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp',
      },
    ],
    ['no network', 'malformed network', { network: undefined }],
    ['another scheme', 'unknown scheme', { scheme: 'upto' }],
    ['Permit2', 'not EIP-3009', { extra: permit2 }],
    ['ERC-7710', 'not EIP-3009', { extra: { ...permit2, assetTransferMethod: 'erc7710' } }],
    [
      'a method that is no text',
      'not EIP-3009',
      { extra: { ...permit2, assetTransferMethod: ['eip3009'] } },
    ],
    ['Gateway', 'foreign verifying contract', { extra: gateway }],
    [
      'our own contract by the back door',
      'foreign verifying contract',
      { extra: { ...base.domain, verifyingContract: base.asset } },
    ],
    ['another domain name', 'unknown token name', { extra: { name: 'USDC', version: '2' } }],
    [
      'Gateway by name only',
      'unknown token name',
      { extra: { name: 'GatewayWalletBatched', version: '1' } },
    ],
    [
      'a name that is no text',
      'unknown token name',
      { extra: { name: ['USD Coin'], version: '2' } },
    ],
    [
      'another domain version',
      'unknown token version',
      { extra: { name: 'USD Coin', version: '1' } },
    ],
    [
      'a version that is a number',
      'unknown token version',
      { extra: { name: 'USD Coin', version: 2 } },
    ],
    ['extra as a list', 'malformed extra', { extra: ['USD Coin'] }],
    ['extra as null', 'malformed extra', { extra: null }],
    [
      'more than a header holds',
      'too large to be sent back',
      { extra: { ...base.domain, pad: 'x'.repeat(7_000) } },
    ],
  ])('error: %s', (_, reason, change) => {
    expect(read(entryV2(change))).toBe(reason)
  })

  test('error: an entry that is nested without end', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const body = JSON.stringify({ accepts: [entryV2({ extra: { deep: 0 } })], x402Version: 2 })
    const demand = X402.demandOf({
      headers: new Headers(),
      sent: 'nothing',
      text: body.replace('"deep":0', `"deep":${deep}`),
    })
    expect(demand).toEqual({ kind: 'unknown', message: undefined })
  })

  test.each([
    ['numbers', 1],
    ['nulls', null],
    ['lists', []],
    ['entries of another chain', entryV2({ network: 'eip155:1' })],
  ])('behavior: of 1,000 %s 32 are read', (_, entry) => {
    const accepts = [...Array.from({ length: 31 }, () => entry), entryV2({}), entryV2({})]
    const more = Array.from({ length: 1_000 }, () => entry)
    const text = JSON.stringify({ accepts: [...accepts, ...more], x402Version: 2 })
    const demand = X402.demandOf({ headers: new Headers(), sent: 'nothing', text })
    if (demand.kind !== 'payment_required') throw new Error(demand.kind)
    expect(demand.requirements.offers).toHaveLength(1)
    expect(demand.requirements.unknown).toHaveLength(31)
  })

  test.each([
    ['null', null],
    ['a number', 5],
    ['text', 'exact'],
    ['a list', []],
    ['{}', {}],
  ])('error: %s instead of an entry', (_, entry) => {
    expect(read(entry)).toMatch(/^malformed /)
  })

  test.each<[string, string, Record<string, unknown>]>([
    ['a name of version 2', 'unknown network', { network: base.caip2 }],
    ['the amount of version 2', 'no amount', { amount: '5000000', maxAmountRequired: undefined }],
    ['a number as amount', 'malformed maxAmountRequired', { maxAmountRequired: 5_000_000 }],
  ])('error: version 1 with %s', (_, reason, change) => {
    expect(read(entryV1(change), 1)).toBe(reason)
  })

  test('behavior: a bait in the first place hides nothing behind it', () => {
    const { offers, unknown } = requirementsOf([
      entryV2({ extra: permit2 }),
      null,
      entryV2(),
      entryV2({ amount: 7 }),
    ])
    expect(offers.map(({ raw }) => raw)).toEqual([entryV2()])
    expect(unknown.map(({ reason }) => reason)).toEqual([
      'not EIP-3009',
      'malformed entry',
      'malformed amount',
    ])
  })

  test('behavior: the reference schema accepts what version 1 offers', () => {
    const strict = PaymentRequirementsV1Schema.safeParse({
      description: '',
      mimeType: '',
      outputSchema: {},
      ...entryV1(),
    })
    expect(strict.error).toBeUndefined()
  })
})

test('error: the refusal lists what was offered, cleaned', () => {
  const requirements = requirementsOf([
    entryV2({ network: 'eip155:1' }),
    entryV2({ scheme: '\u001b[31mupto\u202e' }),
    entryV2({ asset: sepolia.asset, extra: { ...sepolia.domain }, network: sepolia.caip2 }),
  ])
  const error = new X402.UnsupportedPaymentError({ network: base, requirements })
  expect(error.message).toMatchInlineSnapshot(`
    "The server offers no way to be paid in USDC on Base.
    Offered: Base Sepolia: USDC
    Offered: exact on eip155:1: unknown network
    Offered: upto on eip155:8453: unknown scheme
    Check ZECCHINO_NETWORK and ZECCHINO_API_URL; nothing was signed."
  `)
})
