import { expect, test } from 'vitest'

import { probeVideo } from '../../src/sandbox/probeMedia.js'
import { linked } from '../support/cheap.js'
import { base64, setup, shortVideo } from './support/client.js'

test('default: from discovery to the file, and the truth adds up', async () => {
  await using it = await setup()
  const { api, person, sandbox } = it

  const discovery = await api.call('/video/queue', { body: shortVideo, header: '' })
  expect(discovery.status).toBe(402)
  const quote = await api.call('/video/quote', { body: shortVideo, header: '' })
  expect(await quote.json()).toEqual({ quote: 0.14 })

  const empty = await api.call('/video/queue', { body: shortVideo })
  expect(empty.status).toBe(402)
  expect(await empty.json()).toMatchObject({
    code: 'PAYMENT_REQUIRED',
    currentBalanceUsd: 0,
    minimumTopUpUsd: 5,
    reason: 'insufficient_balance',
  })

  await api.control('/fund', { address: person.address, usdc: '6.5' })
  const demand = await api.topUp('')
  expect(demand.status).toBe(402)
  const requirements = (await demand.json()) as { accepts: { payTo: string }[] }
  expect(demand.headers.get('payment-required')).toBe(base64(requirements))
  const [accepted] = requirements.accepts
  const { payload } = await api.payment()
  const paid = await api.topUp({ accepted, payload, x402Version: 2 })
  expect(paid.status).toBe(200)
  expect(await paid.json()).toMatchObject({
    data: { amountCredited: 5, newBalance: 5, walletAddress: person.address.toLowerCase() },
    success: true,
  })

  const queued = await api.call('/video/queue', { body: shortVideo })
  expect(queued.status).toBe(200)
  const job = (await queued.json()) as { model: string; queue_id: string }
  expect(Object.keys(job)).toEqual(['model', 'queue_id'])
  const file = await api.wait(job)
  expect(file.headers.get('content-type')).toBe('video/mp4')
  const bytes = Buffer.from(await file.arrayBuffer())
  const video = await probeVideo(bytes)
  expect(video).toMatchObject({ height: 480, width: 854 })
  expect(video?.seconds).toBeCloseTo(4, 1)

  const balance = await api.call(`/x402/balance/${person.address}`)
  expect(await balance.json()).toEqual({
    data: {
      balanceUsd: 4.86,
      canConsume: true,
      minimumTopUpUsd: 5,
      suggestedTopUpUsd: 10,
      walletAddress: person.address.toLowerCase(),
    },
    success: true,
  })
  const rows = await api.call(`/x402/transactions/${person.address}?limit=1`)
  expect(await rows.json()).toMatchObject({
    data: {
      currentBalance: 4.86,
      pagination: { hasMore: true, limit: 1, offset: 0 },
      transactions: [
        { amount: -0.14, balanceAfter: 4.86, requestId: job.queue_id, type: 'CHARGE' },
      ],
    },
  })

  const state = await api.state()
  expect(state.settlements).toMatchObject([{ credited: true, presented: 1 }])
  expect(state.charges).toMatchObject([{ amount_usd: '0.14', queue_id: job.queue_id }])
  expect(state.wallets).toEqual([
    { address: person.address.toLowerCase(), credit_usd: '4.86', usdc: '1.5' },
  ])
  expect(state.jobs).toMatchObject([
    { height: 480, media: 'held', price_usd: '0.14', seconds: 4, status: 'COMPLETED', width: 854 },
  ])
  const nonces = state.requests.flatMap((request) => request['sign_in_nonce'] ?? [])
  expect(new Set(nonces).size).toBe(nonces.length)
  expect(sandbox.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
})

test('behavior: a model with a link gives it once, which ends with DELETE', async () => {
  await using it = await setup()
  const { api } = it
  await api.fill()
  const queued = await api.call('/video/queue', { body: linked })
  const job = (await queued.json()) as { download_url: string; model: string; queue_id: string }
  const done = await api.wait(job)
  const status = (await done.json()) as Record<string, unknown>
  expect(status).toMatchObject({ status: 'COMPLETED' })
  expect(Object.keys(status)).not.toContain('download_url')

  const whole = await fetch(job.download_url)
  expect(whole.headers.get('content-type')).toBe('video/mp4')
  const part = await fetch(job.download_url, { headers: { range: 'bytes=4-7' } })
  expect([part.status, await part.text()]).toEqual([206, 'ftyp'])
  expect((await fetch(job.download_url, { method: 'DELETE' })).status).toBe(204)
  expect((await fetch(job.download_url)).status).toBe(410)

  const state = JSON.stringify(await api.state())
  expect(state).not.toContain(new URL(job.download_url).pathname.split('/')[2])
})

test('behavior: thirty copies of one payment make one credit', async () => {
  await using it = await setup({ limits: 'none', speed: 20 })
  const { api, person } = it
  await api.control('/fund', { address: person.address, usdc: '500' })
  const payment = await api.payment()
  const answers = await Promise.all(Array.from({ length: 30 }, () => api.topUp(payment)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]))
  const again = await api.topUp(payment)
  expect(again.status).toBe(200)
  const state = await api.state()
  expect(state.settlements).toHaveLength(1)
  expect(state.rows).toHaveLength(1)
  expect(state.wallets).toMatchObject([{ credit_usd: '5', usdc: '495' }])
})

test('behavior: the clock runs ahead when it is told to, also in the Date header', async () => {
  await using it = await setup()
  const { api } = it
  const before = await api.time()
  await api.control('/time', { advance_ms: 3_600_000 })
  const response = await api.call('/models?type=video', { header: '' })
  const date = Date.parse(response.headers.get('date') ?? '')
  expect(date - before.getTime()).toBeGreaterThan(3_598_000)
  const balance = await api.call(`/x402/balance/${it.person.address}`)
  expect(balance.status).toBe(200)
})
