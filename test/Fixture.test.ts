import { createHash, randomBytes } from 'node:crypto'

import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import * as Fixture from '../src/Fixture.js'
import { holdsSecret, looksSecret, secretsIn } from '../src/internal/findSecret.js'
import { isPlain, maskWords, placeholderOf } from '../src/internal/maskJson.js'

const hex = (bytes: number) => randomBytes(bytes).toString('hex')
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64')

/** Everything of a session that must not be in a file, fresh at each run. */
function createCanary() {
  const address = `0x${hex(20)}`
  const signature = `0x${hex(65)}`
  const nonce = `0x${hex(32)}`
  const signIn = { address, message: `wants you to\n${address}\n\nNonce: ${hex(16)}`, signature }
  const payment = {
    payload: { authorization: { from: address, nonce, value: '5000000' }, signature },
    x402Version: 2,
  }
  return {
    address,
    apiKey: `venice-${randomBytes(24).toString('base64url')}`,
    download_url: `https://media.example/${randomBytes(24).toString('base64url')}/v.mp4?sig=${hex(32)}`,
    nonce,
    payment: base64(payment),
    queue_id: `${hex(4)}-${hex(2)}-4${hex(2).slice(1)}-8${hex(2).slice(1)}-${hex(6)}`,
    signature,
    signIn: base64(signIn),
    transaction: `0x${hex(32)}`,
  }
}

const empty: Fixture.Fixture = {
  exchanges: [],
  facts: {},
  format: 'zecchino-fixtures',
  taken: { at: '2026-10-02T10:00:00.000Z', by: '0.1.0', host: 'api.venice.ai', network: 'base' },
  version: 1,
}

const exchange = (body: unknown, headers: Record<string, string> = {}): Fixture.Exchange => ({
  body: Fixture.maskBody(body),
  case: 'queue.accepted',
  ...Fixture.maskHeaders(Object.entries(headers)),
  method: 'POST',
  request: { headers: [] },
  route: 'queue',
  status: 200,
})

test('default: what is known to be harmless stays, the rest is told by its kind', () => {
  const { address, download_url, queue_id } = createCanary()
  expect(
    Fixture.maskBody({
      accepts: [{ amount: '5000000', network: 'eip155:8453', payTo: address, scheme: 'exact' }],
      balanceUsd: 4.9996799,
      download_url,
      error: `This model does not support aspect_ratio, ${address} (see ${download_url}).`,
      issues: [{ code: 'unrecognized_keys', keys: ['zecchino_probe'], path: ['body', 0] }],
      model: 'seedance-2-0-reference-to-video-basic',
      paymentId: `x402-${hex(16)}`,
      prompt: 'A gondola at dawn',
      queue_id,
      [address]: true,
    }),
  ).toEqual({
    '<key>': true,
    accepts: [{ amount: '5000000', network: 'eip155:8453', payTo: '<address>', scheme: 'exact' }],
    balanceUsd: '<number 7>',
    download_url: '<url>',
    error: 'This model does not support aspect_ratio, <address> (see <url>).',
    issues: [{ code: 'unrecognized_keys', keys: ['zecchino_probe'], path: ['body', 0] }],
    model: 'seedance-2-0-reference-to-video-basic',
    paymentId: 'x402-<hex 32>',
    prompt: '<text 17>',
    queue_id: '<uuid>',
  })
})

test('behavior: of a header only what says something has a value', () => {
  const { headers, others } = Fixture.maskHeaders([
    ['content-type', 'application/json; charset=utf-8'],
    ['payment-response', createCanary().payment],
    ['set-cookie', `session=${hex(16)}`],
    ['x-ratelimit-remaining', '39'],
    [`x-${hex(16)}`, 'a name that is an id'],
  ])
  expect({ headers, others }).toEqual({
    headers: {
      'content-type': 'application/json',
      'x-ratelimit-remaining': '<number>',
    },
    others: ['payment-response', 'set-cookie'],
  })
})

test('behavior: nothing of a session survives, wherever it is put', () => {
  for (let run = 0; run < 50; run += 1) {
    const canary = createCanary()
    const values = Object.values(canary)
    const secrets = values.flatMap((value) => [value, ...secretsIn(value)])
    const body = {
      ...canary,
      data: { ...canary, list: values, [canary.queue_id]: 1 },
      details: values.join(' '),
      error: { ...canary, message: `no such id: "${canary.queue_id}" (${canary.download_url})` },
      id: canary.queue_id,
      message: values.map((value) => `<${value}>,`).join(' and '),
      model: canary.apiKey,
      modelId: canary.address,
      name: canary.transaction,
      path: values,
    }
    const headers = Object.fromEntries(values.map((value, index) => [`x-canary-${index}`, value]))
    const text = Fixture.format(
      { ...empty, exchanges: [exchange(body, { ...headers, deprecation: canary.queue_id })] },
      { secrets },
    )
    for (const value of values) expect(text).not.toContain(value)
    expect(text).not.toMatch(/https?:|[\da-f]{16}/i)
  }
})

const spellings: Record<string, (value: string) => string> = {
  'as it is': (value) => value,
  base64: (value) => Buffer.from(value).toString('base64'),
  'base64 in the middle': (value) => Buffer.from(`{"a":"${value}"}`).toString('base64'),
  base64url: (value) => Buffer.from(`.${value}`).toString('base64url'),
  capitals: (value) => value.toUpperCase(),
  'cut short': (value) => `${value.slice(0, 16)}…`,
  hex: (value) => Buffer.from(value).toString('hex'),
  'in pieces': (value) => value.replaceAll(/(.{4})/g, '$1 '),
  'percent signs': (value) => encodeURIComponent(value),
}

test.each(Object.keys(spellings))('error: a secret is refused: %s', (name) => {
  for (const [kind, value] of Object.entries(createCanary())) {
    const secrets = [value, ...secretsIn(value)]
    const spelled = spellings[name]?.(value) ?? ''
    const leaky = { ...exchange({}), body: { error: spelled } }
    expect(() => Fixture.format({ ...empty, exchanges: [leaky] }, { secrets }), kind).toThrow(
      Fixture.LeakError,
    )
  }
})

test('error: what looks like a secret is refused although nobody named it', () => {
  for (const value of [`0x${hex(32)}`, 'see https://venice.ai', randomBytes(40).toString('base64')])
    expect(() =>
      Fixture.format({ ...empty, exchanges: [{ ...exchange({}), body: value }] }, { secrets: [] }),
    ).toThrow(Fixture.LeakError)
})

test('error: the refusal tells where, and not what', () => {
  const { queue_id } = createCanary()
  const leaky = { ...exchange({}), body: { error: queue_id } }
  const error = (() => {
    try {
      Fixture.format({ ...empty, exchanges: [leaky] }, { secrets: [queue_id] })
    } catch (error) {
      return error as Fixture.LeakError
    }
    return undefined
  })()
  expect(error?.facts).toEqual(['Where: queue.accepted'])
  expect(JSON.stringify(error)).not.toContain(queue_id.slice(0, 8))
})

test('behavior: a random token is never a plain word', () => {
  const tokens = fc.uint8Array({ maxLength: 64, minLength: 16 })
  fc.assert(
    fc.property(tokens, fc.constantFrom('hex', 'base64', 'base64url'), (bytes, encoding) => {
      const random = createHash('sha512').update(bytes).digest().subarray(0, bytes.length)
      const token = random.toString(encoding)
      expect(isPlain(token)).toBe(false)
      expect(maskWords(`refused ${token}: no`)).not.toContain(token.slice(2, 10))
      expect(placeholderOf(token)).not.toContain(token.slice(0, 12))
    }),
  )
})

test('behavior: honest words are no secrets', () => {
  const sentence = 'Rate limit exceeded. Please try again later, at most 40 requests/min.'
  expect(maskWords(sentence)).toBe(sentence)
  expect(looksSecret(sentence)).toBe(false)
  expect(secretsIn({ error: sentence, model: 'minimax-h3-max-multi-angle' })).toEqual([])
  expect(holdsSecret(sentence, [createCanary().queue_id])).toBe(false)
})

test('error: a file that holds something else is refused, naming what is wrong', () => {
  const text = Fixture.format({ ...empty, facts: { charge_rows: 1 } }, { secrets: [] })
  expect(Fixture.parse(text).facts).toEqual({ charge_rows: 1 })
  const wrong = [
    'no JSON',
    '{}',
    text.replace('"version": 1', '"version": 2'),
    text.replace('charge_rows', 'charged_rows'),
  ]
  for (const one of wrong) expect(() => Fixture.parse(one)).toThrow(Fixture.InvalidError)
  expect(() => Fixture.parse(wrong[2] ?? '')).toThrow('newer')
})
