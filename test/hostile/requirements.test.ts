import { hashTypedData } from 'viem'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import * as Network from '../../src/Network.js'
import * as Envelope from '../../src/Envelope.js'
import * as X402 from '../../src/X402.js'
import { entryV1, entryV2, payTo } from '../support/x402.js'

/** More by hand: `FUZZ_RUNS=20000 npx vitest run test/hostile`. */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 2_000)
const timeout = 30_000 + 10 * numRuns

const networks: readonly Network.Network[] = Object.values(Network.networks)
const nasty = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    null,
    0,
    -1,
    1e21,
    true,
    ['5000000'],
    { toString: 'x' },
    JSON.parse('{"__proto__":{"amount":"1"}}'),
    '',
    '0',
    '00005000000',
    '0x4c4b40',
    '5e6',
    '-5000000',
    ' 5000000',
    '5000000 ',
    '9'.repeat(78),
    '9'.repeat(400),
    'exact',
    'upto',
    'base',
    'solana',
    'eip155:8453',
    'eip155:84532',
    'eip155:1',
    'USD Coin',
    'USDC',
    '2',
    payTo,
    payTo.toUpperCase(),
    `0x${'0'.repeat(40)}`,
    `${payTo}\n`,
    Network.networks.base.asset,
    Network.networks['base-sepolia'].asset,
  ),
)
const field = fc.constantFrom(
  'scheme',
  'network',
  'amount',
  'maxAmountRequired',
  'asset',
  'payTo',
  'maxTimeoutSeconds',
  'extra',
  'x',
)
const extra = fc.dictionary(
  fc.constantFrom(
    'name',
    'version',
    'verifyingContract',
    'assetTransferMethod',
    'chainId',
    'salt',
    'primaryType',
    'to',
    'value',
    'nonce',
    'validBefore',
    '__proto__x',
  ),
  nasty,
  { maxKeys: 4 },
)
const good = fc.constantFrom<Record<string, unknown>>(
  ...networks.flatMap(({ asset, caip2, domain, name }) => [
    entryV2({ asset, extra: { ...domain }, network: caip2 }),
    entryV1({ asset, extra: { ...domain }, network: name }),
  ]),
)
/** An entry that was good once, spoilt in up to three places. */
const entry = fc.oneof(
  {
    arbitrary: fc
      .tuple(good, fc.array(fc.tuple(field, nasty), { maxLength: 3 }))
      .map(([base, changes]) => ({ ...base, ...Object.fromEntries(changes) })),
    weight: 5,
  },
  {
    arbitrary: fc
      .tuple(good, extra)
      .map(([base, change]) => ({ ...base, extra: { ...(base['extra'] as object), ...change } })),
    weight: 3,
  },
  { arbitrary: nasty, weight: 1 },
)
const envelope = fc.record(
  {
    accepts: fc.oneof(
      { arbitrary: fc.array(entry, { maxLength: 5 }), weight: 9 },
      { arbitrary: nasty, weight: 1 },
    ),
    authOptions: nasty,
    code: fc.constantFrom<unknown>('PAYMENT_REQUIRED', 'X', 5, null),
    currentBalanceUsd: nasty,
    error: fc.oneof(fc.constantFrom('SETTLEMENT_FAILED', 'Insufficient'), nasty),
    extensions: fc.oneof(fc.constant({ 'sign-in-with-x': {} }), nasty),
    message: nasty,
    reason: fc.constantFrom<unknown>('insufficient_balance', null),
    resource: nasty,
    x402Version: fc.oneof(
      { arbitrary: fc.constantFrom<unknown>(1, 2), weight: 9 },
      { arbitrary: nasty, weight: 1 },
    ),
  },
  { requiredKeys: ['accepts', 'x402Version'] },
)
const text = fc.oneof(
  { arbitrary: envelope.map((value) => JSON.stringify(value)), weight: 6 },
  { arbitrary: fc.string().map((error) => JSON.stringify({ error })), weight: 3 },
  { arbitrary: fc.json(), weight: 1 },
  { arbitrary: fc.string({ unit: 'binary' }), weight: 1 },
)
const header = fc.oneof(
  fc.constant(null),
  text.map((value) => Buffer.from(value).toString('base64')),
  text.map((value) => Buffer.from(value).toString('base64url')),
  fc.string(),
)
const sent = fc.constantFrom<X402.Sent>('nothing', 'sign-in', 'api-key', 'payment')

function demandOf(header: string | null, text: string, sent: X402.Sent): X402.Demand {
  return X402.demandOf({ headers: { get: () => header }, sent, text })
}

test('behavior: whatever a 402 says, it is read without an error', { timeout }, () => {
  const kinds = new Map<string, number>()
  fc.assert(
    fc.property(header, text, sent, (header, text, sent) => {
      const demand = demandOf(header, text, sent)
      kinds.set(demand.kind, (kinds.get(demand.kind) ?? 0) + 1)
      if ('message' in demand && demand.message !== undefined) {
        expect(demand.message.length).toBeLessThanOrEqual(500)
        expect(demand.message).not.toMatch(/[\p{Cc}\p{Cf}]/u)
      }
    }),
    { numRuns },
  )
  // Otherwise the generator has become too tame or too wild to test anything.
  expect([...kinds.keys()].toSorted()).toEqual([
    'account_unfunded',
    'below_price',
    'insufficient_balance',
    'payment_required',
    'settlement_failed',
    'sign_in',
    'unknown',
  ])
})

test('behavior: an offer is an offer of ours, to the last bit', { timeout }, () => {
  let [offered, refused] = [0, 0]
  fc.assert(
    fc.property(envelope, (value) => {
      const json = JSON.stringify(value)
      const demand = demandOf(null, json, 'nothing')
      if (!('requirements' in demand) || !demand.requirements) return
      const { requirements } = demand
      const entries = (JSON.parse(json) as { accepts: unknown[] }).accepts
      expect(requirements.offers.length + requirements.unknown.length).toBe(entries.length)
      refused += requirements.unknown.length
      for (const offer of requirements.offers) {
        offered += 1
        check(offer, requirements)
      }
      for (const { reason } of requirements.unknown)
        expect(reason).toMatch(/^[a-zA-Z0-9 .-]{3,60}$/)
    }),
    { numRuns },
  )
  expect(Math.min(offered, refused)).toBeGreaterThan(numRuns / 4)
})

/** What a wallet would sign for an offer, and what would be sent. */
function check(offer: X402.Offer, requirements: X402.Requirements): void {
  const raw = offer.raw as Record<string, string>
  const price = offer.version === 2 ? raw['amount'] : raw['maxAmountRequired']
  expect(networks).toContain(offer.network)
  expect(offer.amount > 0n && offer.amount.toString()).toBe(price)
  expect(offer.payTo).toMatch(/^0x(?!0{40})[0-9a-f]{40}$/)
  expect(offer.windowSeconds).toBeGreaterThanOrEqual(30)
  expect(offer.windowSeconds).toBeLessThanOrEqual(600)
  expect(Number.isInteger(offer.windowSeconds)).toBe(true)

  const authorization: X402.Authorization = {
    from: payTo,
    nonce: `0x${'07'.repeat(32)}`,
    to: offer.payTo,
    validAfter: 0n,
    validBefore: 1_790_000_000n + BigInt(offer.windowSeconds),
    value: offer.amount % 2n ** 256n,
  }
  const { asset, chainId, domain } = offer.network
  const data = X402.typedData(authorization, offer.network)
  expect(data.domain).toEqual({ ...domain, chainId, verifyingContract: asset })
  expect(Object.keys(data.types)).toEqual(['TransferWithAuthorization'])
  expect(hashTypedData(data)).toMatch(/^0x[0-9a-f]{64}$/)
  const signed = Envelope.from({ authorization, offer, requirements, signature: '0xab' })
  const envelopes = Envelope.open(Envelope.format(signed))
  expect(envelopes).toEqual(Envelope.all(signed))
  for (const { header, name } of envelopes) {
    expect(header.length).toBeLessThan(16_000)
    const back = JSON.parse(Buffer.from(header, 'base64').toString()) as Record<string, unknown>
    expect(back['payload']).toEqual(signed.payload)
    if (name === 'unchanged')
      expect(JSON.stringify(back['accepted'])).toBe(JSON.stringify(offer.raw))
  }
}
