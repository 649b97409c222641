import { describe, expect, test } from 'vitest'

import * as X402 from '../src/X402.js'
import { demandOf, entryV1, entryV2 } from './support/x402.js'

const solana = {
  scheme: 'exact',
  network: 'solana',
  amount: '5000000',
  asset: 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v',
  payTo: '8h7oqmVhGM7Ah4LYbp3Pxt4WqTXoDqF2pW2g1NFeeQWo',
  maxTimeoutSeconds: 300,
  extra: { feePayer: '2wKupLR9q6wXYppw8Gr2NvWxKBUqm4PPJKkQfoxHDBg4' },
}
const signIn = { 'sign-in-with-x': { info: { domain: 'api.venice.ai' }, supportedChains: [] } }
const siwxChallenge = { info: { domain: 'api.venice.ai' } }

/** Venice's answer on a paid route when nothing was sent. */
const discovery = {
  x402Version: 2,
  error: 'Payment required',
  resource: { url: 'https://api.venice.ai/api/v1/video/queue' },
  accepts: [entryV2(), solana],
  extensions: signIn,
  authOptions: { 'sign-in-with-x': {} },
}

/** Venice's answer to a signed-in wallet below ten cents. */
const insufficient = {
  code: 'PAYMENT_REQUIRED',
  reason: 'insufficient_balance',
  error: 'Insufficient x402 balance',
  currentBalanceUsd: 0.04,
  minimumBalanceUsd: 0.1,
  minimumTopUpUsd: 5,
  siwxChallenge,
  suggestedTopUpUsd: 10,
  supportedChains: ['base', 'solana'],
  supportedTokens: ['USDC'],
  topUpInstructions: { endpoint: '/x402/top-up' },
}

describe('Venice', () => {
  test('behavior: no credentials: sign in, never pay, though the offers are read', () => {
    for (const sent of ['nothing', 'sign-in', 'payment'] as const)
      for (const header of [discovery, undefined])
        expect(demandOf({ body: discovery, header, sent })).toMatchObject({
          kind: 'sign_in',
          requirements: {
            offers: [{ amount: 5_000_000n }],
            unknown: [{ reason: 'malformed asset' }],
          },
        })
  })

  test('behavior: challenges with nothing to pay are for signing in', () => {
    const { authOptions: _, ...plain } = { ...discovery, accepts: [] }
    expect(demandOf({ body: '{}', header: plain })).toMatchObject({ kind: 'sign_in' })
    expect(demandOf({ body: plain })).toMatchObject({ kind: 'sign_in' })
  })

  test('behavior: an empty list without a way to sign in is a demand for nothing', () => {
    expect(demandOf({ body: { accepts: [], x402Version: 2 } })).toMatchObject({
      kind: 'payment_required',
      requirements: { offers: [], unknown: [] },
    })
  })

  test('behavior: credit below the floor, with the amounts in micro-dollars', () => {
    expect(demandOf({ body: insufficient, header: discovery, sent: 'sign-in' })).toMatchObject({
      kind: 'insufficient_balance',
      currentBalance: 40_000n,
      minimumBalance: 100_000n,
      minimumTopUp: 5_000_000n,
      suggestedTopUp: 10_000_000n,
    })
  })

  test.each([
    ['the code', { code: 'PAYMENT_REQUIRED' }],
    ['the reason', { reason: 'insufficient_balance' }],
    [
      'nonsense as amounts',
      { ...insufficient, currentBalanceUsd: 'lots', minimumTopUpUsd: [5], suggestedTopUpUsd: null },
    ],
  ])('behavior: %s is enough to know it', (_, body) => {
    expect(demandOf({ body, sent: 'sign-in' })).toMatchObject({
      kind: 'insufficient_balance',
      minimumTopUp: undefined,
      suggestedTopUp: undefined,
    })
  })

  test('behavior: amounts that no JSON number can hold are absent, not zero', () => {
    const body = JSON.stringify(insufficient).replace(
      '"currentBalanceUsd":0.04',
      '"currentBalanceUsd":1e999',
    )
    expect(demandOf({ body, sent: 'sign-in' })).toMatchObject({ currentBalance: undefined })
  })

  const sentence = { error: 'Insufficient USD or Diem balance to complete request.' }
  test.each([
    ['sign-in', { kind: 'below_price', message: sentence.error }],
    ['api-key', { kind: 'account_unfunded', message: sentence.error }],
    ['nothing', { kind: 'unknown', message: sentence.error }],
    ['payment', { kind: 'unknown', message: sentence.error }],
  ] as const)('behavior: a bare sentence to %s', (sent, demand) => {
    expect(demandOf({ body: sentence, sent })).toEqual(demand)
  })

  test('behavior: the top-up without a payment: pay', () => {
    const body = {
      accepts: [entryV2(), { ...solana, network: 'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp' }],
      x402Version: 2,
    }
    for (const header of [body, undefined])
      expect(demandOf({ body, header })).toMatchObject({
        kind: 'payment_required',
        requirements: {
          offers: [{ amount: 5_000_000n, version: 2 }],
          resource: undefined,
          source: header ? 'header' : 'body',
        },
      })
  })

  test('behavior: SETTLEMENT_FAILED is one only after a payment', () => {
    const body = { error: 'SETTLEMENT_FAILED', message: 'It did not settle' }
    expect(demandOf({ body, sent: 'payment' })).toEqual({
      kind: 'settlement_failed',
      message: 'It did not settle',
      settlement: undefined,
    })
    expect(demandOf({ body, sent: 'nothing' })).toMatchObject({ kind: 'unknown' })
  })
})

describe('any x402 server', () => {
  test('behavior: version 2 in the header, an empty body', () => {
    const header = { ...discovery, authOptions: undefined, error: null, extensions: { bazaar: {} } }
    expect(demandOf({ body: '{}', header })).toMatchObject({
      kind: 'payment_required',
      error: undefined,
      requirements: { extensions: { bazaar: {} }, resource: discovery.resource, source: 'header' },
    })
  })

  test('behavior: version 1 in the body', () => {
    const body = {
      accepts: [entryV1(), entryV1({ network: 'solana' })],
      error: 'X-PAYMENT header is required',
      x402Version: 1,
    }
    expect(demandOf({ body })).toMatchObject({
      kind: 'payment_required',
      error: 'X-PAYMENT header is required',
      requirements: { offers: [{ version: 1 }], unknown: [{}], version: 1 },
    })
  })

  test('behavior: the header wins, unless it cannot be read', () => {
    const header = { accepts: [entryV2({ amount: '1' })], x402Version: 2 }
    const body = { accepts: [entryV2({ amount: '2' })], x402Version: 2 }
    expect(demandOf({ body, header })).toMatchObject({ requirements: { offers: [{ amount: 1n }] } })
    const url = X402.encode({ ...header, pad: '>>>???ÿÿÿ' })
      .replaceAll('/', '_')
      .replaceAll('+', '-')
    for (const bad of [
      url,
      '%',
      `${X402.encode(header)}, ${X402.encode(header)}`,
      X402.encode({ x402Version: 3 }),
    ])
      expect(demandOf({ body, header: bad })).toMatchObject({
        requirements: { offers: [{ amount: 2n }] },
      })
  })

  test('behavior: non-ASCII text in the header is read', () => {
    const header = { accepts: [entryV2({ description: 'USD₮0 Überweisung' })], x402Version: 2 }
    expect(demandOf({ body: '', header })).toMatchObject({
      requirements: { offers: [{ raw: { description: 'USD₮0 Überweisung' } }] },
    })
  })

  test.each([
    ['nothing', ''],
    ['HTML', '<html>Payment Required</html>'],
    ['JSON cut off', '{"x402Version":2,"accepts":['],
    ['a list', '[]'],
    ['null', 'null'],
    ['a version of the future', JSON.stringify({ accepts: [entryV2()], x402Version: 3 })],
    ['a version in quotes', JSON.stringify({ accepts: [entryV2()], x402Version: '2' })],
    ['no list of entries', JSON.stringify({ accepts: entryV2(), x402Version: 2 })],
    ['a poisoned prototype', '{"__proto__":{"accepts":[],"x402Version":2}}'],
    ['depth', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
  ])('error: %s is not understood, and nothing is thrown', (_, body) => {
    for (const sent of ['nothing', 'sign-in', 'payment', 'api-key'] as const)
      expect(demandOf({ body, sent }).kind).toBe('unknown')
    expect({}).not.toHaveProperty('accepts')
  })

  test('behavior: what would not fit into a header is not echoed', () => {
    const pad = 'x'.repeat(10_000)
    const body = { accepts: [entryV2()], extensions: { pad }, resource: { pad }, x402Version: 2 }
    expect(demandOf({ body })).toMatchObject({
      requirements: { extensions: undefined, offers: [{}], resource: undefined },
    })
  })
})

describe('settlementOf', () => {
  const settled = { network: 'eip155:8453', payer: '0x1', success: true, transaction: '0xabc' }

  test('default', () => {
    expect(X402.settlementOf(X402.encode({ ...settled, extra: {} }))).toEqual(settled)
  })

  test('behavior: strange parts are left out, and the claim stays', () => {
    const value = X402.encode({ errorReason: null, success: false, transaction: null })
    expect(X402.settlementOf(value)).toEqual({ success: false, transaction: '' })
  })

  test.each([
    null,
    undefined,
    '',
    '%%%',
    X402.encode({}),
    X402.encode({ success: 'true' }),
    'bnVsbA==',
  ])('error: %s is no settlement', (value) => {
    expect(X402.settlementOf(value)).toBeUndefined()
  })
})
