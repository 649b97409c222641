import * as fc from 'fast-check'
import { SiweMessage } from 'siwe'
import { getAddress, type Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'

import * as Siwx from '../src/Siwx.js'

const address = '0xA0Cf798816D4b9b9866b5330EEa46a18382f251e'
const nonce = '00112233445566778899aabbccddeeff'
const fields = {
  address,
  chainId: 8453,
  domain: 'api.venice.ai',
  issuedAt: new Date('2026-10-01T12:00:00Z'),
  nonce,
  uri: 'https://api.venice.ai/api/v1/video/queue',
} satisfies Parameters<typeof Siwx.message>[0]

const hex = (digits: number) =>
  fc.string({ maxLength: digits, minLength: digits, unit: fc.constantFrom(...'0123456789abcdef') })
const anyFields = fc.record({
  chainId: fc.integer({ max: 2 ** 31, min: 1 }),
  domain: fc.oneof(
    fc.domain(),
    fc.constantFrom('127.0.0.1:4020', 'localhost:4020', 'api.venice.ai', 'venice.ai'),
    fc.constantFrom('gateway', 'my_gateway:8443', 'xn--bcher-kva.example'),
    fc.ipV6().map((address) => new URL(`http://[${address}]:4020`).host),
  ),
  issuedAt: fc.date({
    max: new Date('2200-01-01T00:00:00Z'),
    min: new Date('2020-01-01T00:00:00Z'),
    noInvalidDate: true,
  }),
  nonce: hex(32),
  uri: fc.webUrl({ withFragments: false, withQueryParameters: true }),
})

describe('message', () => {
  test('default', () => {
    expect(Siwx.message(fields)).toMatchInlineSnapshot(`
      "api.venice.ai wants you to sign in with your Ethereum account:
      0xA0Cf798816D4b9b9866b5330EEa46a18382f251e

      Sign in to Venice AI

      URI: https://api.venice.ai/api/v1/video/queue
      Version: 1
      Chain ID: 8453
      Nonce: 00112233445566778899aabbccddeeff
      Issued At: 2026-10-01T12:00:00.000Z
      Expiration Time: 2026-10-01T12:05:00.000Z"
    `)
  })

  test('behavior: the same fields give the same text', () => {
    expect(Siwx.message({ ...fields, issuedAt: new Date(fields.issuedAt) })).toBe(
      Siwx.message(fields),
    )
  })

  test('behavior: another implementation parses it, agrees on it and verifies it', async () => {
    const key = fc.constant(`0x${'42'.repeat(32)}` as Hex)
    await fc.assert(
      fc.asyncProperty(anyFields, key, async (some, key) => {
        const account = privateKeyToAccount(key)
        const text = Siwx.message({ ...some, address: account.address })
        const parsed = new SiweMessage(text)
        expect(parsed.prepareMessage()).toBe(text)
        expect(parsed).toMatchObject({
          address: account.address,
          chainId: some.chainId,
          domain: some.domain,
          expirationTime: new Date(some.issuedAt.getTime() + Siwx.lifetime).toISOString(),
          issuedAt: some.issuedAt.toISOString(),
          nonce: some.nonce,
          statement: Siwx.statement,
          uri: some.uri,
          version: '1',
        })
        const signature = await account.signMessage({ message: text })
        const verified = await parsed.verify({
          domain: some.domain,
          nonce: some.nonce,
          signature,
          time: some.issuedAt.toISOString(),
        })
        expect(verified.success).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test('behavior: a lower-case address is written with its checksum', () => {
    const lower = address.toLowerCase() as Hex
    expect(Siwx.message({ ...fields, address: lower })).toContain(`\n${getAddress(lower)}\n`)
  })

  test.each(['[::1]:4020', '[2606:4700::1111]', '[::ffff:7f00:1]:80', 'gateway:8443', 'localhost'])(
    'behavior: one can sign in at %s',
    (domain) => {
      const text = Siwx.message({ ...fields, domain, uri: `http://${domain}/api/v1/models` })
      expect(new SiweMessage(text)).toMatchObject({
        domain,
        uri: `http://${domain}/api/v1/models`,
      })
    },
  )

  test.each([
    ['a short nonce', { nonce: 'abcdefgh' }],
    ['a nonce with a line', { nonce: `${nonce.slice(0, 30)}\nX` }],
    ['a nonce in capitals', { nonce: nonce.toUpperCase() }],
    ['a nonce that is longer', { nonce: `${nonce}0` }],
    ['a domain with a line', { domain: 'api.venice.ai\nURI: https://evil.example' }],
    ['a domain with words', { domain: 'api.venice.ai wants' }],
    ['a domain with a tab', { domain: 'api.venice.ai\t' }],
    ['a domain with a no-break space', { domain: 'api.venice.ai\u00A0' }],
    ['a domain with a line separator', { domain: 'api.venice.ai\u2028' }],
    ['a domain in another script', { domain: 'аpi.venice.ai' }],
    ['an empty domain', { domain: '' }],
    ['a domain with a path', { domain: 'api.venice.ai/x' }],
    ['a domain with a user', { domain: 'me@api.venice.ai' }],
    ['a domain with a port that is none', { domain: 'api.venice.ai:99999' }],
    ['an IPv6 address without brackets', { domain: '::1' }],
    ['an IPv6 address that is none', { domain: '[::1::2]:4020' }],
    ['an IPv6 address with a zone', { domain: '[fe80::1%25lo]:4020' }],
    ['an IPv4 address that is none', { domain: '256.1.1.1' }],
    ['a URI with a line', { uri: 'https://api.venice.ai/\nNonce: 1' }],
    ['a URI with a carriage return', { uri: 'https://api.venice.ai/\r' }],
    ['a URI with a space', { uri: 'https://api.venice.ai/a b' }],
    ['a URI that is none', { uri: 'video/queue' }],
    ['a time that is none', { issuedAt: new Date(Number.NaN) }],
    ['a time before 1970', { issuedAt: new Date(-1) }],
    ['a time after the year 9999', { issuedAt: new Date(8.64e15) }],
  ])('error: %s is not signed', (_, change) => {
    expect(() => Siwx.message({ ...fields, ...change })).toThrow(Siwx.InvalidFieldsError)
  })

  test('error: no field can add a line', () => {
    const inject = fc.tuple(fc.string(), fc.constantFrom('\n', '\r\n', '\u2028', ' ', '\0'))
    fc.assert(
      fc.property(inject, fc.constantFrom('domain', 'nonce', 'uri'), ([text, gap], field) => {
        const change = { [field]: `${fields[field as 'uri']}${gap}${text}` }
        expect(() => Siwx.message({ ...fields, ...change })).toThrow(Siwx.InvalidFieldsError)
      }),
    )
  })

  test('error: the message names the field and repeats no value', () => {
    const evil = 'https://evil.example/\n'
    expect(() => Siwx.message({ ...fields, uri: evil })).toThrowErrorMatchingInlineSnapshot(`
      [Siwx.InvalidFieldsError: The sign-in's domain or uri is not valid, so nothing was signed.
      Use a plain host, such as api.venice.ai, 127.0.0.1:4020 or [::1]:4020, and a URL without spaces.]
    `)
  })
})

describe('encode and decode', () => {
  const proof = Siwx.proof({ ...fields, signature: `0x${'ab'.repeat(65)}` })

  test('default: what Venice wants and nothing else', () => {
    expect(Object.keys(proof)).toEqual(['address', 'chainId', 'message', 'signature', 'timestamp'])
    expect(proof).toMatchObject({ chainId: 8453, timestamp: fields.issuedAt.getTime() })
    expect(JSON.parse(atob(Siwx.encode(proof)))).toEqual(proof)
  })

  test('behavior: there and back, in standard base64', () => {
    fc.assert(
      fc.property(anyFields, hex(130), (some, digits) => {
        const one = Siwx.proof({ ...some, address, signature: `0x${digits}` })
        expect(Siwx.encode(one)).toMatch(/^[A-Za-z0-9+/]+={0,2}$/)
        expect(Siwx.decode(Siwx.encode(one))).toEqual(one)
      }),
    )
  })

  test('behavior: missing padding is tolerated', () => {
    expect(Siwx.decode(Siwx.encode(proof).replace(/=+$/, ''))).toEqual(proof)
  })

  test('error: base64url is refused', () => {
    // ÿ at three offsets makes both of the letters that the alphabets disagree on.
    const odd = { ...proof, message: 'ÿ ÿÿ >>>???~~~ ÿÿÿ' }
    const standard = Siwx.encode(odd)
    const url = standard.replaceAll('+', '-').replaceAll('/', '_')
    expect(url).not.toBe(standard)
    expect(Siwx.decode(standard)).toEqual(odd)
    expect(() => Siwx.decode(url)).toThrow(Siwx.InvalidHeaderError)
  })

  test.each([
    ['nothing', ''],
    ['no base64', 'not base64'],
    ['an empty object', 'e30='],
    ['no JSON', 'aGFsbG8='],
    ['no signature', Siwx.encode({ ...proof, signature: undefined as never })],
    ['a chain in words', Siwx.encode({ ...proof, chainId: 'base' as never })],
    ['an address that is none', Siwx.encode({ ...proof, address: '0x12' })],
  ])('error: %s', (_, value) => {
    expect(() => Siwx.decode(value)).toThrow(Siwx.InvalidHeaderError)
  })

  test('error: the message does not repeat the value', () => {
    expect(() => Siwx.decode('secret')).toThrowErrorMatchingInlineSnapshot(`
      [Siwx.InvalidHeaderError: The SIGN-IN-WITH-X header is not a valid proof.
      Send base64 of the JSON proof, with a fresh nonce for each request.]
    `)
  })
})
