import { expect, test } from 'vitest'

import * as Fixture from '../../src/Fixture.js'
import { base64, setup, shortVideo } from './support/client.js'

/** Fixtures of a service with habits of its own. */
function fixturesOf(
  facts: Fixture.Facts,
  ...exchanges: { body?: unknown; case: Fixture.Case; status: number; type?: string }[]
): Fixture.Fixture {
  const fixture: Fixture.Fixture = {
    exchanges: exchanges.map(({ body, case: name, status, type = 'application/json' }) => ({
      body: Fixture.maskBody(body),
      case: name,
      headers: { 'content-type': type },
      method: 'POST',
      others: [],
      request: { headers: [] },
      route: 'other',
      status,
    })),
    facts,
    format: 'zecchino-fixtures',
    taken: { at: '2026-10-02T10:00:00.000Z', by: '0.1.0', host: 'api.venice.ai', network: 'base' },
    version: 1,
  }
  return Fixture.parse(Fixture.format(fixture, { secrets: [] }))
}

const rowsOf = async ({ api, person }: Awaited<ReturnType<typeof setup>>) => {
  const answer = await api.call(`/x402/transactions/${person.address}`)
  const { data } = (await answer.json()) as { data: { transactions: Record<string, unknown>[] } }
  return data.transactions
}

test('default: a refusal has the status and the words that were observed', async () => {
  await using it = await setup({
    fixtures: fixturesOf(
      {},
      {
        body: { error: 'No such model here', issues: [{ path: ['model'] }] },
        case: 'queue.unknown-model',
        status: 422,
      },
      { body: { error: 'Nobody queued that' }, case: 'retrieve.unknown-id', status: 404 },
      { body: 'Not here', case: 'route.unknown', status: 404, type: 'text/html' },
      { body: { error: 'Sign in' }, case: 'balance.anonymous', status: 401 },
    ),
  })
  const { api, person } = it
  await api.fill()
  const queued = await api.call('/video/queue', { body: { ...shortVideo, model: 'no-such-model' } })
  expect([queued.status, await queued.json()]).toEqual([
    422,
    { error: 'No such model here', issues: [{ path: ['model'] }] },
  ])
  expect(queued.headers.get('x-sandbox-fidelity')).toBe('observed')
  expect(queued.headers.get('x-sandbox-answer')).toBe('fixture')
  const look = { model: shortVideo.model, queue_id: crypto.randomUUID() }
  const seen = await api.call('/video/retrieve', { body: look })
  expect([seen.status, await seen.json()]).toEqual([404, { error: 'Nobody queued that' }])
  const lost = await api.call('/nothing', { header: '' })
  expect([lost.status, lost.headers.get('content-type'), await lost.text()]).toEqual([
    404,
    'text/html',
    '…',
  ])
  const reader = await api.call(`/x402/balance/${person.address}`, { header: '' })
  expect([reader.status, await reader.json()]).toEqual([401, { error: 'Sign in' }])
  // What was not observed stays as it is.
  expect((await api.call('/video/queue', { body: { ...shortVideo, prompt: '' } })).status).toBe(400)
})

test('behavior: what stands behind a placeholder is our own value', async () => {
  const { person: stranger } = await setup()
  await using it = await setup({
    fixtures: fixturesOf(
      {},
      {
        body: {
          code: 'PAYMENT_REQUIRED',
          currentBalanceUsd: 1.25,
          error: 'Payment is required',
          support: `case ${crypto.randomUUID()}`,
          topUpInstructions: { receiverWallet: stranger.address },
        },
        case: 'queue.floor',
        status: 402,
      },
    ),
  })
  const answer = await it.api.call('/video/queue', { body: shortVideo })
  expect(await answer.json()).toEqual({
    code: 'PAYMENT_REQUIRED',
    currentBalanceUsd: 0,
    error: 'Payment is required',
    support: '…',
    topUpInstructions: { receiverWallet: it.sandbox.payTo.toLowerCase() },
  })
})

test('behavior: a re-sent payment is answered as observed, and credited once all the same', async () => {
  await using it = await setup({
    fixtures: fixturesOf(
      { balance_lag_ms: 60_000, payment_id: 'pay_<hex 12>', payment_response: false },
      { body: { error: 'INVALID_PAYMENT_FORMAT' }, case: 'top-up.replay', status: 400 },
    ),
  })
  const { api, person } = it
  await api.control('/fund', { address: person.address, usdc: '5' })
  const header = base64(await api.payment())
  const paid = await api.topUp(header)
  expect(paid.headers.has('payment-response')).toBe(false)
  expect(await paid.json()).toMatchObject({
    data: { paymentId: expect.stringMatching(/^pay_[\da-f]{12}$/) },
  })
  const again = await api.topUp(header)
  expect([again.status, await again.json()]).toEqual([400, { error: 'INVALID_PAYMENT_FORMAT' }])
  expect((await api.state()).settlements).toMatchObject([{ credited: true, presented: 2 }])

  const balance = async () =>
    ((await (await api.call(`/x402/balance/${person.address}`)).json()) as { data: object }).data
  expect(await balance()).toMatchObject({ balanceUsd: 0, canConsume: true })
  await api.control('/time', { advance_ms: 60_001 })
  expect(await balance()).toMatchObject({ balanceUsd: 5 })
})

test('behavior: a video is charged when and under what was observed', async () => {
  await using it = await setup({
    fixtures: fixturesOf({
      charge_after_ms: 30_000,
      complete: 'deleted',
      download_url: { [shortVideo.model]: true },
      request_id: 'none',
    }),
  })
  const { api } = it
  await api.fill()
  const answer = await api.call('/video/queue', { body: shortVideo })
  const job = (await answer.json()) as { download_url?: string; model: string; queue_id: string }
  expect(job.download_url).toContain('/storage/')
  expect(await rowsOf(it)).toMatchObject([{ type: 'TOP_UP' }])
  await api.control('/time', { advance_ms: 30_001 })
  expect(await rowsOf(it)).toMatchObject([{ requestId: null, type: 'CHARGE' }, { type: 'TOP_UP' }])
  const body = { model: job.model, queue_id: job.queue_id }
  expect(await (await api.call('/video/complete', { body })).json()).toEqual({ success: true })
})

test.each([
  ['admitted', 400],
  ['refused', 402],
] as const)('behavior: a look below the floor is %s', async (retrieve_below_floor, status) => {
  await using it = await setup({ fixtures: fixturesOf({ retrieve_below_floor }) })
  const body = { model: shortVideo.model, queue_id: crypto.randomUUID() }
  expect((await it.api.call('/video/retrieve', { body })).status).toBe(status)
  expect((await it.api.call('/video/queue', { body: shortVideo })).status).toBe(402)
})

test('behavior: good answers carry the headers that were observed', async () => {
  await using it = await setup({
    fixtures: fixturesOf({
      offer_fields: ['amount', 'asset', 'extra.name', 'network', 'payTo'],
      rate_headers: { balance: ['x-ratelimit-remaining'] },
    }),
  })
  const { api, person } = it
  const answer = await api.call(`/x402/balance/${person.address}`)
  expect(answer.headers.has('x-ratelimit-remaining')).toBe(true)
  const offer = (await (await api.topUp('')).json()) as { accepts: object[] }
  expect(Object.keys(offer.accepts[0] ?? {}).toSorted()).toEqual([
    'amount',
    'asset',
    'extra',
    'network',
    'payTo',
  ])
})
