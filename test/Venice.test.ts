import { describe, expect, test } from 'vitest'

import * as Venice from '../src/Venice.js'

const wallet = '0xA0Cf798816D4b9b9866b5330EEa46a18382f251e'
const model = {
  id: 'wan-2-7-text-to-video',
  type: 'video',
  created: 1_790_000_000,
  model_spec: {
    name: 'Wan 2.7',
    privacy: 'anonymized',
    traits: [],
    constraints: {
      model_type: 'text-to-video',
      aspect_ratios: ['16:9', '9:16'],
      resolutions: ['720p', '1080p'],
      durations: ['5s', '10s'],
      audio: true,
      audio_configurable: false,
      prompt_character_limit: 2_500,
    },
  },
}
const row = {
  id: 'row_1',
  amount: -0.35,
  balanceAfter: 4.6499999999999995,
  type: 'CHARGE',
  createdAt: '2026-10-01T12:00:00.000Z',
  requestId: '11111111-2222-4333-8444-555555555555',
  modelId: 'wan-2-7-text-to-video',
}
const balance = {
  walletAddress: wallet,
  balanceUsd: 4.6499999999999995,
  canConsume: true,
  minimumTopUpUsd: 5,
  suggestedTopUpUsd: 10,
}
const pagination = { hasMore: false, limit: 100, offset: 0 }

describe('what Venice answers is read', () => {
  test('behavior: a model, with its fields of the future kept', () => {
    expect(Venice.Model.parse(model)).toEqual(model)
  })

  test('behavior: a model that leaves out what it may: a missing list is not an empty one', () => {
    const bare = { id: 'x', type: 'video', model_spec: { constraints: { model_type: 'video' } } }
    expect(Venice.Model.parse(bare)).toEqual(bare)
    const strange = { aspect_ratios: 'all', durations: null, model_type: 'video', resolutions: [] }
    expect(
      Venice.Model.parse({ ...bare, model_spec: { constraints: strange } }).model_spec.constraints,
    ).toEqual({ model_type: 'video', resolutions: [] })
  })

  test('behavior: a quote', () => {
    expect(Venice.Quote.parse({ quote: 0.35 })).toEqual({ quote: 350_000n })
  })

  test('behavior: a queued job, private or not', () => {
    const queued = { model: 'x', queue_id: row.requestId }
    expect(Venice.Queued.parse(queued)).toEqual(queued)
    const hidden = { ...queued, download_url: 'https://media.example/x?signature=y' }
    expect(Venice.Queued.parse({ ...hidden, other: 1 })).toEqual(hidden)
  })

  test.each([null, '', 5, ['x'], {}])('behavior: a link of %j does not hide the id', (link) => {
    const queued = { download_url: link, model: link, queue_id: row.requestId }
    expect(Venice.Queued.parse(queued)).toMatchObject({ queue_id: row.requestId })
    expect(Venice.Queued.parse(queued).download_url).toBeUndefined()
  })

  test('behavior: progress, with or without its numbers', () => {
    const progress = {
      status: 'PROCESSING',
      average_execution_time: 145_000,
      execution_duration: 53_200,
    }
    expect(Venice.Progress.parse(progress)).toEqual(progress)
    expect(Venice.Progress.parse({ status: 'COMPLETED', average_execution_time: null })).toEqual({
      status: 'COMPLETED',
      average_execution_time: 0,
      execution_duration: 0,
    })
  })

  test('behavior: a balance, in micro-dollars', () => {
    expect(Venice.Balance.parse({ data: balance, success: true }).data).toEqual({
      ...balance,
      balanceUsd: 4_650_000n,
      minimumTopUpUsd: 5_000_000n,
      suggestedTopUpUsd: 10_000_000n,
    })
    const linked = { data: { ...balance, diemBalanceUsd: 0 }, success: true }
    expect(Venice.Balance.parse(linked).data.diemBalanceUsd).toBe(0n)
  })

  test.each([null, undefined, 'some', Number.NaN])(
    'behavior: DIEM of %j does not hide the credit',
    (diemBalanceUsd) => {
      const body = { data: { ...balance, diemBalanceUsd }, success: true }
      expect(Venice.Balance.parse(body).data).toMatchObject({ balanceUsd: 4_650_000n })
      expect(Venice.Balance.parse(body).data.diemBalanceUsd).toBeUndefined()
    },
  )

  test('behavior: rows, newest first', () => {
    const topUp = { ...row, amount: 5, id: 'row_0', modelId: null, requestId: null, type: 'TOP_UP' }
    const data = {
      walletAddress: wallet,
      currentBalance: 4.65,
      transactions: [row, topUp],
      pagination,
    }
    expect(Venice.Transactions.parse({ data, success: true }).data.transactions).toEqual([
      { ...row, amount: -350_000n, balanceAfter: 4_650_000n, exact: -35_000_000n },
      { ...topUp, amount: 5_000_000n, balanceAfter: 4_650_000n, exact: 500_000_000n },
    ])
  })

  test('behavior: a row that leaves out whose it is', () => {
    const { modelId: _, requestId: __, ...bare } = row
    expect(Venice.Transaction.parse(bare)).toMatchObject({ modelId: null, requestId: null })
  })

  test('behavior: a row of a kind that nobody knows, which names strange things', () => {
    const strange = { ...row, modelId: 7, requestId: {}, type: 'BONUS' }
    expect(Venice.Transaction.parse(strange)).toMatchObject({
      modelId: null,
      requestId: null,
      type: 'BONUS',
    })
  })

  test('behavior: a credited top-up', () => {
    const data = { walletAddress: wallet, amountCredited: 5, newBalance: 5.04, paymentId: 'pay_1' }
    expect(Venice.TopUp.parse({ data, success: true }).data).toEqual({
      ...data,
      amountCredited: 5_000_000n,
      newBalance: 5_040_000n,
    })
  })

  test('behavior: a demand for consent', () => {
    const body = {
      error: { code: 'needs_consent', message: 'Consent is needed' },
      consent_flow: 'seedance',
      face_media_roles: ['image_url'],
      consent: { consent_version: '2026-08-01', policy_text: 'I confirm …' },
      docs_url: 'https://docs.venice.ai',
    }
    expect(Venice.NeedsConsent.parse(body)).toEqual(body)
    expect(
      Venice.NeedsConsent.parse({ consent: body.consent, error: { code: 'needs_consent' } }),
    ).toMatchObject({
      face_media_roles: [],
    })
  })

  test.each([
    ['a sentence', { error: 'Invalid request parameters' }],
    ['details as text', { details: 'duration', error: 'Invalid' }],
    [
      'details as a tree',
      { details: { _errors: [], duration: { _errors: ['no'] } }, error: 'Invalid', issues: [] },
    ],
    ['a code', { code: 'X402_SIGN_IN_EXPIRED', error: 'Expired' }],
    ['code and message', { error: 'AMOUNT_TOO_LOW', message: 'At least $5' }],
    [
      'an object',
      {
        error: {
          credits_refunded: true,
          message: 'no',
          recommended_model: 'y',
          type: 'provider_content_policy',
        },
      },
    ],
    ['a suggestion', { error: 'Refused', suggested_prompt: 'A gondola' }],
  ])('behavior: a failure with %s', (_, body) => {
    expect(Venice.Failure.parse(body)).toEqual(body)
  })

  test('behavior: strange parts of a failure do not hide the rest', () => {
    expect(Venice.Failure.parse({ code: 5, error: ['x'], message: 'text' })).toMatchObject({
      code: undefined,
      error: undefined,
      message: 'text',
    })
  })
})

describe('what does not add up is refused', () => {
  const reject = { data: balance, success: true }
  test.each<[string, { safeParse(value: unknown): { success: boolean } }, unknown]>([
    ['a negative quote', Venice.Quote, { quote: -0.01 }],
    ['a quote in words', Venice.Quote, { quote: '0.35' }],
    ['an endless quote', Venice.Quote, JSON.parse('{"quote":1e999}')],
    ['a quote of a billion', Venice.Quote, { quote: 1e9 }],
    ['no quote', Venice.Quote, {}],
    ['a quote in a list', Venice.Quote, [{ quote: 1 }]],
    ['a queue answer without an id', Venice.Queued, { model: 'x' }],
    ['an empty id', Venice.Queued, { model: 'x', queue_id: '' }],
    ['an id without end', Venice.Queued, { model: 'x', queue_id: 'x'.repeat(501) }],
    ['an id that is a number', Venice.Queued, { model: 'x', queue_id: 5 }],
    ['progress of the future', Venice.Progress, { status: 'FAILED' }],
    ['a balance that failed', Venice.Balance, { ...reject, success: false }],
    ['a balance in words', Venice.Balance, { ...reject, data: { ...balance, balanceUsd: '4.65' } }],
    [
      'a balance that may or may not',
      Venice.Balance,
      { ...reject, data: { ...balance, canConsume: 'yes' } },
    ],
    ['a row without an id', Venice.Transaction, { ...row, id: '' }],
    ['a row at no time', Venice.Transaction, { ...row, createdAt: 'yesterday' }],
    ['a row of no amount', Venice.Transaction, { ...row, amount: null }],
    [
      'a top-up without its id',
      Venice.TopUp,
      { data: { walletAddress: wallet, amountCredited: 5, newBalance: 5 }, success: true },
    ],
    [
      'a top-up that failed',
      Venice.TopUp,
      {
        data: { walletAddress: wallet, amountCredited: 5, newBalance: 5, paymentId: 'x' },
        success: false,
      },
    ],
    [
      'consent without a text',
      Venice.NeedsConsent,
      { consent: { consent_version: '1' }, error: { code: 'needs_consent' } },
    ],
    [
      'another conflict',
      Venice.NeedsConsent,
      { consent: { consent_version: '1', policy_text: 'x' }, error: { code: 'other' } },
    ],
    ['a model that makes pictures', Venice.Model, { ...model, type: 'image' }],
    ['a model without constraints', Venice.Model, { ...model, model_spec: {} }],
  ])('error: %s', (_, schema, value) => {
    expect(schema.safeParse(value).success).toBe(false)
  })
})

test('behavior: the lists of codes have no double', () => {
  for (const codes of [Venice.signInCodes, Venice.topUpCodes])
    expect(new Set(codes).size).toBe(codes.length)
  expect(Venice.signInDomains[0]).toBe(new URL(Venice.apiUrl).host)
})
