import { describe, expect, test } from 'vitest'

import { sendTopUp } from '../../src/actions/sendTopUp.js'
import * as Venice from '../../src/Venice.js'
import * as X402 from '../../src/X402.js'
import { clientOf, wallet } from '../support/client.js'
import { serve, serveBytes, serveSockets } from '../support/serve.js'
import { payTo } from '../support/x402.js'

const authorization = {
  from: wallet.address,
  nonce: `0x${'07'.repeat(32)}`,
  to: payTo,
  validAfter: '0',
  validBefore: '1790000060',
  value: '5000000',
}
const header = X402.encode({
  payload: { authorization, signature: `0x${'ab'.repeat(65)}` },
  x402Version: 2,
})
const data = {
  walletAddress: wallet.address.toLowerCase(),
  amountCredited: 5,
  newBalance: 5.04,
  paymentId: 'pay_1',
}
const transaction = `0x${'cd'.repeat(32)}`

/** The outcome of one answer, and that the payment was sent once. */
async function outcomeOf(response: Response) {
  await using server = await serve(() => response)
  await using client = clientOf(server.origin)
  const outcome = await sendTopUp(client, { header })
  expect(server.requests.map(({ headers }) => headers['payment-signature'])).toEqual([header])
  return outcome
}
const reply = (status: number, json: unknown, headers = {}) =>
  Response.json(json, { headers, status })

test('behavior: the payment travels alone: no sign-in, no key', async () => {
  await using server = await serve(() => ({ data, success: true }))
  await using client = clientOf(server.origin, { apiKey: 'key-1' })
  await sendTopUp(client, { header })
  const { headers, method, path } = server.requests[0]!
  expect([method, path]).toEqual(['POST', '/api/v1/x402/top-up'])
  expect(
    Object.keys(headers).filter((name) => /sign-in|authorization|x-payment|x-402/.test(name)),
  ).toEqual([])
})

describe('credited', () => {
  test('behavior: with its transaction, if it is told', async () => {
    const settled = {
      [X402.headers.response]: X402.encode({ network: 'eip155:8453', success: true, transaction }),
    }
    expect(await outcomeOf(reply(200, { data, success: true }, settled))).toEqual({
      kind: 'credited',
      paymentId: 'pay_1',
      transaction,
    })
    for (const value of [
      '%%%',
      X402.encode({ success: true, transaction: '' }),
      X402.encode({ transaction }),
    ])
      expect(
        await outcomeOf(reply(200, { data, success: true }, { [X402.headers.response]: value })),
      ).toEqual({
        kind: 'credited',
        paymentId: 'pay_1',
        transaction: undefined,
      })
  })

  test('behavior: more than was paid is no worse', async () => {
    expect(
      await outcomeOf(reply(200, { data: { ...data, amountCredited: 6 }, success: true })),
    ).toMatchObject({ kind: 'credited' })
  })
})

describe('refused: it says nothing about later', () => {
  test.each([
    'INVALID_PAYMENT_PAYER',
    'AMOUNT_TOO_LOW',
    'AMOUNT_TOO_HIGH',
    'PAYMENT_VERIFICATION_FAILED',
    'SOMETHING_NEW',
  ])('behavior: 400 %s', async (code) => {
    const outcome = await outcomeOf(reply(400, { details: {}, error: code, message: 'No' }))
    expect(outcome).toEqual({ code, kind: 'refused', says: 'No', status: 400 })
  })

  test('behavior: 402 SETTLEMENT_FAILED', async () => {
    const outcome = await outcomeOf(reply(402, { error: 'SETTLEMENT_FAILED', message: 'No' }))
    expect(outcome).toMatchObject({ code: 'SETTLEMENT_FAILED', kind: 'refused' })
  })

  test.each([400, 401, 402, 403, 404, 410, 413, 422])(
    'behavior: %d without a word',
    async (status) => {
      for (const text of ['', '<html>', '{}'])
        expect(await outcomeOf(new Response(text, { status }))).toEqual({
          code: '',
          kind: 'refused',
          says: '',
          status,
        })
    },
  )
})

describe('form refused: another envelope may be taken', () => {
  test.each([
    'INVALID_PAYMENT_FORMAT',
    'INVALID_PAYMENT',
    'UNSUPPORTED_NETWORK',
    'INVALID_PAYMENT_RECIPIENT',
    'UNSUPPORTED_TOKEN',
    'UNSUPPORTED_SCHEME',
    'INVALID_AMOUNT',
  ])('behavior: 400 %s', async (code) => {
    expect(Venice.topUpCodes).toContain(code)
    for (const json of [
      { error: code, message: 'No' },
      { code, error: 'No' },
    ])
      expect(await outcomeOf(reply(400, json))).toEqual({ code, kind: 'form_refused', says: 'No' })
  })

  test.each([401, 402, 403, 404, 409, 410, 413, 422, 429, 500, 502, 503, 504])(
    'behavior: under status %d its code says nothing about the form',
    async (status) => {
      const { kind } = await outcomeOf(reply(status, { error: 'INVALID_PAYMENT_FORMAT' }))
      expect(['refused', 'unknown']).toContain(kind)
    },
  )

  test.each(['', '<html>INVALID_PAYMENT_FORMAT</html>', '{"error":"invalid payment format"}'])(
    'behavior: 400 with %s is no word of the server about the form',
    async (text) => {
      expect((await outcomeOf(new Response(text, { status: 400 }))).kind).toBe('refused')
    },
  )
})

describe('already used: it was paid', () => {
  test.each<[string, number, object]>([
    ['a code', 400, { error: 'PAYMENT_ALREADY_USED', message: 'x' }],
    [
      'the code of the reference facilitator',
      402,
      { error: 'invalid_exact_evm_nonce_already_used' },
    ],
    [
      'a sentence',
      400,
      { error: 'INVALID_PAYMENT', message: 'This payment was already processed' },
    ],
    ['another sentence', 402, { error: 'Authorization nonce used' }],
    ['a server in trouble', 500, { error: 'nonce already used' }],
    ['a conflict', 409, { error: 'PAYMENT_ALREADY_USED' }],
    [
      'the details of a refusal',
      400,
      {
        details: { reason: 'invalid_exact_evm_nonce_already_used' },
        error: 'PAYMENT_VERIFICATION_FAILED',
      },
    ],
    ['a refusal of the form', 400, { details: 'already used', error: 'INVALID_PAYMENT_FORMAT' }],
    ['the token', 402, { error: 'FiatTokenV2: authorization is used or canceled' }],
    ['the reference seller', 402, { error: 'duplicate_settlement' }],
    ['an English sentence', 400, { error: 'Payment has already been settled' }],
  ])('behavior: %s', async (_, status, json) => {
    expect(await outcomeOf(reply(status, json))).toMatchObject({ kind: 'already_used' })
  })
})

test('behavior: 409 PAYMENT_IN_PROGRESS', async () => {
  expect(await outcomeOf(reply(409, { error: 'PAYMENT_IN_PROGRESS' }))).toEqual({
    kind: 'in_progress',
  })
})

describe('unknown: anything else', () => {
  test.each<[string, unknown]>([
    ['nothing', null],
    ['no success', { data, success: false }],
    ['no payment id', { data: { ...data, paymentId: '' }, success: true }],
    ['an amount in words', { data: { ...data, amountCredited: '5' }, success: true }],
    ['an error', { error: 'PAYMENT_VERIFICATION_FAILED' }],
  ])('behavior: 200 with %s', async (_, json) => {
    expect(await outcomeOf(reply(200, json))).toEqual({
      kind: 'unknown',
      reason: 'The answer was 200, but could not be read.',
    })
  })

  test('behavior: a credit that is not the one that was paid for', async () => {
    expect(
      await outcomeOf(reply(200, { data: { ...data, walletAddress: payTo }, success: true })),
    ).toEqual({
      kind: 'unknown',
      reason: 'The answer credits another wallet.',
    })
    expect(
      await outcomeOf(reply(200, { data: { ...data, amountCredited: 4.999999 }, success: true })),
    ).toEqual({
      kind: 'unknown',
      reason: 'The answer credits $4.999999; paid were $5.00.',
    })
  })

  test.each([409, 429, 500, 502, 503, 504, 520, 599])('behavior: %d', async (status) => {
    const reason = `The answer was status ${status} (SETTLEMENT_TIMEOUT).`
    expect(await outcomeOf(reply(status, { error: 'SETTLEMENT_TIMEOUT' }))).toEqual({
      kind: 'unknown',
      reason,
    })
  })

  test.each([301, 302, 303, 307, 308])('behavior: a redirect (%d)', async (status) => {
    const headers = { location: 'http://127.0.0.1:1/' }
    expect(await outcomeOf(new Response(null, { headers, status }))).toMatchObject({
      kind: 'unknown',
    })
  })

  test.each<[string, string]>([
    ['without a word', ''],
    ['after half a head', 'HTTP/1.1 200 OK\r\n'],
    ['after half a credit', 'HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{"success":true'],
    ['after a 421', 'HTTP/1.1 421 X\r\ncontent-length: 0\r\n\r\n'],
  ])('behavior: the connection ends %s: sent once', async (_, bytes) => {
    await using server = await serveBytes((socket) =>
      bytes ? socket.end(bytes) : socket.resetAndDestroy(),
    )
    await using client = clientOf(server.origin)
    expect(await sendTopUp(client, { header })).toMatchObject({ kind: 'unknown' })
    expect([server.requests(), server.connections()]).toEqual([1, 1])
  })

  test('behavior: reset before it could be read', async () => {
    await using server = await serveSockets((socket) => socket.resetAndDestroy())
    await using client = clientOf(server.origin)
    expect(['unknown', 'unsent']).toContain((await sendTopUp(client, { header })).kind)
    expect(server.connections()).toBe(1)
  })
})

test('behavior: nobody listens: unsent', async () => {
  const server = await serve(() => ({}))
  await server[Symbol.asyncDispose]()
  await using client = clientOf(server.origin)
  expect(await sendTopUp(client, { header })).toMatchObject({
    error: { code: 'API_UNREACHABLE' },
    kind: 'unsent',
  })
})

test('error: what is no payment is credited by no answer, and nothing is thrown', async () => {
  await using server = await serve(() => ({ data, success: true }))
  await using client = clientOf(server.origin)
  expect(await sendTopUp(client, { header: 'AAAA' })).toMatchObject({ kind: 'unknown' })
})
