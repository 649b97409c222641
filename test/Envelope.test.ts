import { PaymentPayloadV1Schema, PaymentPayloadV2Schema } from '@x402/core/schemas'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import * as Envelope from '../src/Envelope.js'
import * as Network from '../src/Network.js'
import * as X402 from '../src/X402.js'
import { demandOf, entryV1, entryV2, payTo } from './support/x402.js'

const from = '0x00000000000000000000000000000000000000aa'
const nonce = `0x${'07'.repeat(32)}` as const
const signature = `0x${'ab'.repeat(65)}` as const

type Options = { body?: object; defaults?: X402.Defaults; value?: bigint; version?: 1 | 2 }

/** What is kept of a payment for an entry. */
function signedFor(entry: unknown, options: Options = {}): Envelope.Signed {
  const { body = {}, defaults, value = 5_000_000n, version = 2 } = options
  const demand = demandOf({ body: { accepts: [entry], x402Version: version, ...body }, defaults })
  if (demand.kind !== 'payment_required') throw new Error(demand.kind)
  const { requirements } = demand
  const [offer] = requirements.offers
  if (!offer) throw new Error(requirements.unknown[0]?.reason)
  const authorization: X402.Authorization = {
    from,
    nonce,
    to: offer.payTo,
    validAfter: 0n,
    validBefore: 1_790_000_060n,
    value,
  }
  return Envelope.from({ authorization, offer, requirements, signature })
}

/** The envelopes as JSON, by name. */
function envelopesFor(entry: unknown, options?: Options): Record<string, unknown> {
  const read = ({ header }: Envelope.Envelope) =>
    JSON.parse(Buffer.from(header, 'base64').toString()) as unknown
  const envelopes = Envelope.all(signedFor(entry, options))
  return Object.fromEntries(envelopes.map((envelope) => [envelope.name, read(envelope)]))
}

const payloadOf = (value = '5000000') => ({
  authorization: { from, to: payTo, value, validAfter: '0', validBefore: '1790000060', nonce },
  signature,
})
const rail = { scheme: 'exact', network: 'base' }

describe('all', () => {
  test('default: the advertised amount; what would be the same bytes is there once', () => {
    const payload = payloadOf()
    const envelopes = envelopesFor(entryV2())
    expect(Object.entries(envelopes)).toEqual([
      ['full', { x402Version: 2, accepted: entryV2(), payload }],
      ['labelled', { x402Version: 2, ...rail, accepted: entryV2(), payload }],
      ['flat', { x402Version: 2, ...rail, payload }],
    ])
    expect(PaymentPayloadV2Schema.safeParse(envelopes['full']).error).toBeUndefined()
  })

  test('behavior: more than that is said in `accepted`, then in the authorization alone', () => {
    const payload = payloadOf('8000000')
    const paid = entryV2({ amount: '8000000' })
    expect(Object.entries(envelopesFor(entryV2(), { value: 8_000_000n }))).toEqual([
      ['full', { x402Version: 2, accepted: paid, payload }],
      ['unchanged', { x402Version: 2, accepted: entryV2(), payload }],
      ['labelled', { x402Version: 2, ...rail, accepted: paid, payload }],
      ['flat', { x402Version: 2, ...rail, payload }],
    ])
  })

  test('behavior: version 1 has one shape, whatever is paid', () => {
    const envelopes = envelopesFor(entryV1(), { value: 8_000_000n, version: 1 })
    expect(envelopes).toEqual({ v1: { x402Version: 1, ...rail, payload: payloadOf('8000000') } })
    expect(PaymentPayloadV1Schema.safeParse(envelopes['v1']).error).toBeUndefined()
  })

  test('behavior: an entry that leaves out what was signed is completed, then echoed', () => {
    const { extra: _, maxTimeoutSeconds: __, scheme: ___, ...may } = entryV2()
    const defaults = { scheme: 'exact' } as const
    expect(() => signedFor(may)).toThrow('malformed scheme')
    const { full, unchanged } = envelopesFor(may, { defaults })
    expect(full).toEqual({ x402Version: 2, accepted: entryV2(), payload: payloadOf() })
    expect(unchanged).toEqual({ x402Version: 2, accepted: may, payload: payloadOf() })
  })

  test('behavior: resource and extensions are echoed, where there is a place for them', () => {
    const resource = { url: 'https://shop.example/a', description: 'Über' }
    const extensions = { 'payment-identifier': { info: { required: false } } }
    const envelopes = envelopesFor(entryV2(), { body: { extensions, resource } })
    const payload = payloadOf()
    expect(JSON.stringify(envelopes['full'])).toBe(
      JSON.stringify({ x402Version: 2, resource, accepted: entryV2(), payload, extensions }),
    )
    expect(envelopes['labelled']).toMatchObject({ extensions, resource })
    expect(envelopes['flat']).toEqual({ x402Version: 2, ...rail, payload })
  })

  test('behavior: what was accepted goes back byte for byte, whatever the order of its keys', () => {
    const order = fc.shuffledSubarray(Object.keys(entryV2()), { minLength: 7 })
    const extra = fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), {
      maxKeys: 4,
    })
    fc.assert(
      fc.property(order, extra, extra, (keys, more, inner) => {
        const payTo = '0x2670B922ef37C7Df47158725C0CC407b5382293F'
        const known = entryV2({ payTo, extra: { ...inner, ...Network.networks.base.domain } })
        const {
          assetTransferMethod: _,
          verifyingContract: __,
          ...safe
        } = known['extra'] as object as Record<string, unknown>
        const entry = {
          ...more,
          ...Object.fromEntries(keys.map((key) => [key, known[key]])),
          extra: safe,
        }
        const text = JSON.stringify(entry)
        const signed = signedFor(JSON.parse(text))
        const [full, ...others] = Envelope.open(Envelope.format(signed))
        const sent = Buffer.from(full?.header ?? '', 'base64').toString()
        expect(sent).toContain(`"accepted":${text},"payload":`)
        expect([full, ...others]).toEqual(Envelope.all(signed))
      }),
      { numRuns: 300 },
    )
  })

  test('behavior: whatever is paid, no two are the same, and all carry the one signature', () => {
    fc.assert(
      fc.property(fc.bigInt({ max: 10n ** 12n, min: 1n }), (value) => {
        const envelopes = Object.values(envelopesFor(entryV2(), { value }))
        const texts = envelopes.map((envelope) => JSON.stringify(envelope))
        expect(new Set(texts).size).toBe(texts.length)
        for (const envelope of envelopes)
          expect(envelope).toMatchObject({ payload: payloadOf(value.toString()) })
      }),
      { numRuns: 100 },
    )
  })

  test('behavior: the header is standard base64, non-ASCII included', () => {
    const [full] = Envelope.all(signedFor(entryV2({ description: 'USD₮0 >>>???' })))
    expect(full?.header).toMatch(/^[A-Za-z0-9+/]+={0,2}$/)
    expect(JSON.parse(Buffer.from(full?.header ?? '', 'base64').toString())).toMatchObject({
      accepted: { description: 'USD₮0 >>>???' },
    })
  })
})

describe('open', () => {
  test('default: from the text that is kept come the same envelopes', () => {
    const signed = signedFor(entryV2(), { value: 8_000_000n })
    expect(Envelope.open(Envelope.format(signed))).toEqual(Envelope.all(signed))
  })

  test.each([
    ['a full payment', { accepted: entryV2(), payload: payloadOf(), x402Version: 2 }],
    ['a flat one', { ...rail, payload: payloadOf(), x402Version: 2 }],
  ])('behavior: a header that was kept before goes out as it is: %s', (_, payment) => {
    const header = X402.encode(payment)
    expect(Envelope.open(header)).toEqual([{ header, name: 'kept' }])
  })
})
