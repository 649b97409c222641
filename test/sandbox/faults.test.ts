import { request } from 'node:http'

import { expect, test } from 'vitest'

import { faults, type Kind } from '../../src/sandbox/faults.js'
import { linked, linkedPrice } from '../support/cheap.js'
import { setup } from './support/client.js'

type It = Awaited<ReturnType<typeof setup>>
type Job = { model: string; queue_id: string }

const smallVideo = { ...linked }

const models = (it: It) => fetch(`${it.sandbox.apiUrl}/models?type=video`, { redirect: 'manual' })
const balance = async (it: It) => it.api.call(`/x402/balance/${it.person.address}`)
const queue = async (it: It, body: object = smallVideo) => it.api.call('/video/queue', { body })
const retrieve = (it: It, { model, queue_id }: Job) =>
  it.api.call('/video/retrieve', { body: { model, queue_id } })
const queued = async (it: It) => (await (await queue(it)).json()) as Job
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: Error & { cause?: { code?: string } }) => error.cause?.code ?? error.message,
  )
const rows = async (it: It) => {
  const answer = await it.api.call(`/x402/transactions/${it.person.address}`)
  type Row = { createdAt: string; id: string; type: string }
  return ((await answer.json()) as { data: { transactions: Row[] } }).data.transactions
}
const elapsed = async (run: () => Promise<unknown>) => {
  const start = performance.now()
  await run()
  return performance.now() - start
}
const paid = async (it: It) => {
  await it.api.control('/fund', { address: it.person.address, usdc: '100' })
  return it.api.payment()
}
const moved = async (it: It) => {
  const { rows, settlements, wallets } = await it.api.state()
  return { credits: rows.length, settlements: settlements.length, usdc: wallets[0]?.usdc }
}

/** What each fault does, seen from the other end of the socket. A kind without an entry does not compile. */
const effects: Record<Kind, (it: It, set: (fault: object) => Promise<unknown>) => Promise<void>> = {
  async reset(it, set) {
    await it.api.fill()
    await set({ kind: 'reset', route: 'queue', when: 'before' })
    expect(await codeOf(queue(it))).toBe('ECONNRESET')
    expect((await it.api.state()).charges).toHaveLength(0)
    await set({ kind: 'reset', route: 'queue', when: 'after' })
    expect(await codeOf(queue(it))).toBe('ECONNRESET')
    expect((await it.api.state()).charges).toHaveLength(1)
    await set({ kind: 'reset', route: 'models', when: 'mid-body' })
    const response = await models(it)
    expect(response.status).toBe(200)
    expect(await codeOf(response.text())).toMatch(/ECONNRESET|UND_ERR_SOCKET/)
  },
  async hang(it, set) {
    await set({ kind: 'hang', route: 'models', times: 2 })
    const signal = AbortSignal.timeout(300)
    const url = `${it.sandbox.apiUrl}/models`
    expect(await codeOf(fetch(url, { signal }))).toMatch(/aborted/)
    const { requests } = await it.api.state()
    expect(requests.at(-1)).toMatchObject({ fault: 'hang', status: null })
    await it.api.control('/faults', [{ kind: 'hang', route: 'balance', when: 'mid-body' }])
    const response = await balance(it)
    const text = Promise.race([response.text(), new Promise((resolve) => setTimeout(resolve, 300))])
    expect(await text).toBeUndefined()
  },
  async delay(it, set) {
    for (const when of ['before', 'after', 'mid-body']) {
      await set({ kind: 'delay', ms: 400, route: 'models', when })
      const ms = await elapsed(async () => (await models(it)).json())
      expect(ms).toBeGreaterThan(380)
    }
  },
  async status(it, set) {
    await it.api.fill()
    await set({
      body: { error: 'x' },
      headers: { 'X-Y': 'z' },
      kind: 'status',
      route: 'queue',
      status: 418,
      when: 'after',
    })
    const response = await queue(it)
    expect([response.status, await response.json()]).toEqual([418, { error: 'x' }])
    expect(response.headers.get('x-y')).toBe('z')
    expect((await it.api.state()).charges).toHaveLength(1)
    await set({ body: '<html>', kind: 'status', route: 'queue', status: 500 })
    expect(await (await queue(it)).text()).toBe('<html>')
    expect((await it.api.state()).charges).toHaveLength(1)
  },
  async outage(it, set) {
    await it.api.fill()
    const heard = async (fault: object) => {
      await set({ kind: 'outage', route: 'queue', ...fault })
      const response = await queue(it)
      return [response.status, response.headers.get('content-type'), await response.text()]
    }
    expect(await heard({})).toEqual([
      502,
      'text/html; charset=utf-8',
      expect.stringContaining('<h1>Bad Gateway</h1>'),
    ])
    const json = 'application/json'
    expect(await heard({ shape: 'gateway', status: 504 })).toEqual([
      504,
      json,
      '{"message":"Gateway Timeout"}',
    ])
    expect(await heard({ shape: 'status-code', status: 404 })).toEqual([
      404,
      json,
      '{"error":"Not Found","statusCode":404}',
    ])
    expect(await heard({ shape: 'problem', status: 403 })).toEqual([
      403,
      'application/problem+json',
      expect.stringContaining('Forbidden'),
    ])
    expect(await heard({ shape: 'phrase', status: 410 })).toEqual([
      410,
      expect.stringMatching(/^text/),
      'Gone',
    ])
    expect(await heard({ shape: 'empty', status: 200 })).toEqual([200, null, ''])
    expect(await heard({ shape: 'venice', status: 500, when: 'after' })).toEqual([
      500,
      json,
      '{"error":"Inference processing failed"}',
    ])
    expect((await it.api.state()).charges).toHaveLength(1)
  },
  async 'row-clock'(it, set) {
    await it.api.fill()
    await set({ kind: 'row-clock', ms: 300_000, route: '*', times: 1 })
    await queue(it)
    await queue(it)
    const off = (date: string) => Date.parse(date) - now.getTime()
    const now = await it.api.time()
    const [second, first] = await rows(it)
    expect(off(first?.createdAt ?? '')).toBeGreaterThan(290_000)
    expect(off(second?.createdAt ?? '')).toBeLessThan(1_000)
    // The truth is what the clock should have said.
    for (const { at } of (await it.api.state()).charges) expect(off(at)).toBeLessThan(1_000)
  },
  async 'block-clock'(it, set) {
    await set({ kind: 'block-clock', ms: -600_000, route: 'rpc', times: 1 })
    const stamp = async () => {
      const call = { id: 1, jsonrpc: '2.0', method: 'eth_getBlockByNumber' }
      const answer = await it.api.control('/rpc', { ...call, params: ['latest', false] })
      return Number((answer as { result: { timestamp: string } }).result.timestamp)
    }
    const [wrong, right] = [await stamp(), await stamp()]
    expect(right - wrong).toBeGreaterThanOrEqual(600)
    expect(right - wrong).toBeLessThan(700)
  },
  async 'other-chain'(it, set) {
    await set({ chain_id: 8453, kind: 'other-chain', route: 'rpc' })
    const call = { id: 1, jsonrpc: '2.0', method: 'eth_chainId' }
    const told = async () => ((await it.api.control('/rpc', call)) as { result: string }).result
    expect([await told(), await told()]).toEqual(['0x2105', '0x14a34'])
  },
  async 'no-safe-block'(it, set) {
    await set({ kind: 'no-safe-block', route: 'rpc', times: 2 })
    const call = { id: 1, jsonrpc: '2.0', method: 'eth_getBlockByNumber' }
    const block = async (tag: string) => it.api.control('/rpc', { ...call, params: [tag, false] })
    expect(await block('safe')).toMatchObject({ error: { code: -32_602 } })
    expect(await block('latest')).toMatchObject({
      result: { number: expect.any(String) as string },
    })
    expect(await block('safe')).toMatchObject({ result: { number: expect.any(String) as string } })
  },
  async 'late-balance'(it, set) {
    await set({ kind: 'late-balance', ms: 30_000, route: 'balance', times: 'always' })
    await it.api.fill()
    const told = async () => (await (await balance(it)).json()) as { data: { balanceUsd: number } }
    expect((await told()).data.balanceUsd).toBe(0)
    expect((await queue(it)).status).toBe(200)
    await it.api.control('/time', { advance_ms: 31_000 })
    expect((await told()).data.balanceUsd).toBe(4.94)
  },
  async 'late-rows'(it, set) {
    const fault = { kind: 'late-rows', ms: 60_000, of: ['CHARGE'], route: 'transactions' }
    await set({ ...fault, times: 'always' })
    await it.api.fill()
    const before = await it.api.time()
    await queue(it)
    expect((await rows(it)).map(({ type }) => type)).toEqual(['TOP_UP'])
    await it.api.control('/time', { advance_ms: 61_000 })
    const shown = await rows(it)
    expect(shown.map(({ type }) => type)).toEqual(['CHARGE', 'TOP_UP'])
    expect(Date.parse(shown[0]?.createdAt ?? '') - before.getTime()).toBeLessThan(30_000)
  },
  async 'mixed-rows'(it, set) {
    await set({ kind: 'mixed-rows', route: 'transactions' })
    const { address } = it.person
    for (let count = 0; count < 12; count += 1)
      await it.api.control('/credit', { address, usd: '1' })
    const [mixed, right] = [await rows(it), await rows(it)]
    const ids = (list: { id: string }[]) => list.map(({ id }) => id)
    expect(ids(mixed)).not.toEqual(ids(right))
    expect(ids(mixed).toSorted()).toEqual(ids(right).toSorted())
  },
  async 'odd-row'(it, set) {
    await it.api.fill()
    const dated = '2099-01-01T00:00:00.000Z'
    await set({ dated, kind: 'odd-row', route: 'queue', type: 'BONUS', usd: '0.5' })
    await queue(it)
    const [odd] = await rows(it)
    expect(odd).toMatchObject({ amount: 0.5, createdAt: dated, requestId: null, type: 'BONUS' })
    expect((await it.api.state()).wallets).toMatchObject([{ credit_usd: '5.44' }])
  },
  async 'late-refund'(it, set) {
    await it.api.fill()
    const job = await queued(it)
    await set([
      { kind: 'late-refund', ms: 600_000, route: 'retrieve' },
      { kind: 'job-failed', route: 'retrieve' },
    ])
    expect((await retrieve(it, job)).status).toBe(500)
    expect((await it.api.state()).refunds).toEqual([])
    await it.api.control('/time', { advance_ms: 601_000 })
    await balance(it)
    expect((await it.api.state()).refunds).toMatchObject([{ queue_id: job.queue_id }])
  },
  async 'nameless-refund'(it, set) {
    await it.api.fill()
    const job = await queued(it)
    await set([
      { kind: 'nameless-refund', route: 'retrieve' },
      { kind: 'job-failed', route: 'retrieve' },
    ])
    expect((await retrieve(it, job)).status).toBe(500)
    expect((await it.api.state()).refunds).toMatchObject([
      { amount_usd: linkedPrice.usd, queue_id: null },
    ])
  },
  async 'rate-limited'(it, set) {
    await set([
      { kind: 'rate-limited', retry_after: 7, route: 'models' },
      { kind: 'rate-limited', route: 'models' },
    ])
    const [first, second] = [await models(it), await models(it)]
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '7'])
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, null])
  },
  async capacity(it, set) {
    await set({ kind: 'capacity', route: 'queue' })
    expect((await queue(it)).status).toBe(503)
  },
  async unconfigured(it, set) {
    await set({ kind: 'unconfigured', route: 'top-up' })
    const response = await it.api.topUp('')
    expect([response.status, await response.json()]).toMatchObject([
      503,
      { error: 'X402_NOT_CONFIGURED' },
    ])
  },
  async 'malformed-json'(it, set) {
    await set({ kind: 'malformed-json', route: 'models' })
    const text = await (await models(it)).text()
    expect(text.length).toBeGreaterThan(1_000)
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError)
  },
  async truncated(it, set) {
    await set({ kind: 'truncated', route: 'models' })
    const response = await models(it)
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(1_000)
    expect(await codeOf(response.text())).toMatch(/UND_ERR_SOCKET|ECONNRESET/)
  },
  async 'slow-body'(it, set) {
    await set({ kind: 'slow-body', ms: 600, route: 'models' })
    const start = performance.now()
    const response = await models(it)
    expect(performance.now() - start).toBeLessThan(400)
    expect(await response.json()).toMatchObject({ object: 'list' })
    expect(performance.now() - start).toBeGreaterThan(550)
  },
  async 'oversized-header'(it, set) {
    await set({ bytes: 20_000, kind: 'oversized-header', route: 'models' })
    expect(await codeOf(models(it))).toBe('UND_ERR_HEADERS_OVERFLOW')
  },
  async 'gzip-bomb'(it, set) {
    await set({ kind: 'gzip-bomb', megabytes: 20, route: 'models' })
    const packed = await new Promise<number>((resolve) => {
      request(`${it.sandbox.apiUrl}/models`, (response) => {
        let bytes = 0
        response.on('data', (chunk: Buffer) => (bytes += chunk.length))
        response.on('end', () => resolve(bytes))
      }).end()
    })
    expect(packed).toBeLessThan(100_000)
    await set({ kind: 'gzip-bomb', megabytes: 20, route: 'models' })
    expect((await (await models(it)).arrayBuffer()).byteLength).toBe(20 * 1_048_576)
  },
  async 'huge-body'(it, set) {
    await set({ kind: 'huge-body', megabytes: 30, route: 'models' })
    const response = await models(it)
    expect(response.headers.get('content-length')).toBeNull()
    expect((await response.arrayBuffer()).byteLength).toBe(30 * 1_048_576)
  },
  async redirect(it, set) {
    await set({ kind: 'redirect', route: 'models', status: 307, to: 'http://127.0.0.1:9/x' })
    const response = await models(it)
    expect([response.status, response.headers.get('location')]).toEqual([
      307,
      'http://127.0.0.1:9/x',
    ])
  },
  async 'content-type'(it, set) {
    await set({ kind: 'content-type', route: 'models', value: 'text/html' })
    const response = await models(it)
    expect(response.headers.get('content-type')).toBe('text/html')
    expect(await response.json()).toMatchObject({ object: 'list' })
  },
  async 'settle-then-reset'(it, set) {
    const payment = await paid(it)
    await set({ kind: 'settle-then-reset', route: 'top-up' })
    expect((await it.api.topUp('')).status).toBe(402)
    expect(await codeOf(it.api.topUp(payment))).toBe('ECONNRESET')
    expect(await moved(it)).toEqual({ credits: 1, settlements: 1, usdc: '95' })
    expect((await it.api.topUp(payment)).status).toBe(200)
    expect(await moved(it)).toEqual({ credits: 1, settlements: 1, usdc: '95' })
  },
  async 'settle-then-504'(it, set) {
    const payment = await paid(it)
    await set({ kind: 'settle-then-504', route: 'top-up' })
    const response = await it.api.topUp(payment)
    expect([response.status, await response.json()]).toMatchObject([
      504,
      { error: 'SETTLEMENT_TIMEOUT' },
    ])
    expect(await moved(it)).toEqual({ credits: 1, settlements: 1, usdc: '95' })
  },
  async 'settle-slowly'(it, set) {
    const payment = await paid(it)
    await set({ kind: 'settle-slowly', ms: 400, route: 'top-up' })
    const first = it.api.topUp(payment)
    await new Promise((resolve) => setTimeout(resolve, 150))
    const second = await it.api.topUp(payment)
    expect([second.status, await second.json()]).toMatchObject([
      409,
      { error: 'PAYMENT_IN_PROGRESS' },
    ])
    expect((await first).status).toBe(200)
    expect(await moved(it)).toMatchObject({ credits: 1, settlements: 1 })
  },
  async 'settlement-failed'(it, set) {
    const payment = await paid(it)
    await set({ kind: 'settlement-failed', route: 'top-up' })
    const response = await it.api.topUp(payment)
    expect([response.status, await response.json()]).toMatchObject([
      402,
      { error: 'SETTLEMENT_FAILED' },
    ])
    expect(await moved(it)).toEqual({ credits: 0, settlements: 0, usdc: '100' })
    expect((await it.api.topUp(payment)).status).toBe(200)
  },
  async 'credit-lost'(it, set) {
    const payment = await paid(it)
    await set({ credit_after_ms: 60_000, kind: 'credit-lost', route: 'top-up' })
    expect((await it.api.topUp(payment)).status).toBe(504)
    expect((await it.api.topUp(payment)).status).toBe(504)
    expect(await moved(it)).toEqual({ credits: 0, settlements: 1, usdc: '95' })
    await it.api.control('/time', { advance_ms: 61_000 })
    expect((await it.api.topUp(payment)).status).toBe(200)
    expect(await moved(it)).toEqual({ credits: 1, settlements: 1, usdc: '95' })
  },
  async 'refuse-replay'(it, set) {
    const payment = await paid(it)
    await set({ kind: 'refuse-replay', route: 'top-up' })
    expect((await it.api.topUp(payment)).status).toBe(200)
    const response = await it.api.topUp(payment)
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { details: { reason: 'invalid_exact_evm_nonce_already_used' } },
    ])
    await set({ code: 'INVALID_PAYMENT_FORMAT', kind: 'refuse-replay', route: 'top-up' })
    const again = await (await it.api.topUp(payment)).text()
    expect(again).toContain('INVALID_PAYMENT_FORMAT')
    expect(again).not.toMatch(/used/)
  },
  async envelopes(it, set) {
    const payment = await paid(it)
    await set({ kind: 'envelopes', route: 'top-up-payment', takes: 'full' })
    const response = await it.api.topUp(payment)
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: 'INVALID_PAYMENT_FORMAT' },
    ])
    expect(await moved(it)).toEqual({ credits: 0, settlements: 0, usdc: '100' })
    expect((await it.api.topUp(payment)).status).toBe(200)
  },
  async 'receipt-missing'(it, set) {
    await it.api.control('/fund', { address: it.person.address, usdc: '5' })
    await set({ kind: 'receipt-missing', route: 'top-up' })
    const payment = await it.api.payment()
    const response = await it.api.topUp(payment)
    expect([response.status, response.headers.has('payment-response')]).toEqual([200, false])
    const again = await it.api.topUp(payment)
    expect(again.headers.has('payment-response')).toBe(true)
    expect(await again.json()).toEqual(await response.json())
  },
  async 'pay-to-swap'(it, set) {
    const to = '0x1111111111111111111111111111111111111111'
    await set({ kind: 'pay-to-swap', route: 'top-up', to })
    const response = await it.api.topUp('')
    const { accepts } = (await response.json()) as { accepts: { payTo: string }[] }
    expect(accepts[0]?.payTo).toBe(to)
    await it.api.control('/fund', { address: it.person.address, usdc: '5' })
    await it.api.topUp(await it.api.payment({ authorization: { to } }))
    const state = JSON.stringify(await it.api.state())
    expect(state).toContain(`"to":"${to}","amount_usdc":"5"`)
  },
  async offer(it, set) {
    await set({
      change: { amount: '0x4c4b40', network: 'eip155:1' },
      kind: 'offer',
      route: 'top-up',
    })
    const response = await it.api.topUp('')
    const body = (await response.json()) as { accepts: object[] }
    expect(body.accepts[0]).toMatchObject({ amount: '0x4c4b40', network: 'eip155:1' })
    const header = Buffer.from(response.headers.get('payment-required') ?? '', 'base64')
    expect(JSON.parse(header.toString())).toEqual(body)
  },
  async 'endless-402'(it, set) {
    await it.api.fill()
    await set({ kind: 'endless-402', route: 'queue', times: 'always' })
    for (const _ of [1, 2]) expect((await queue(it)).status).toBe(402)
    await set({ kind: 'endless-402', route: 'top-up', when: 'after' })
    await it.api.control('/fund', { address: it.person.address, usdc: '5' })
    const response = await it.api.topUp(await it.api.payment())
    expect(response.status).toBe(402)
    expect(await moved(it)).toMatchObject({ credits: 2, settlements: 2 })
  },
  async 'price-lie'(it, set) {
    await it.api.fill()
    await set([
      { factor: 0.5, kind: 'price-lie', route: 'quote' },
      { factor: 3, kind: 'price-lie', route: 'queue' },
    ])
    const quote = await it.api.call('/video/quote', { body: smallVideo, header: '' })
    expect(await quote.json()).toEqual({ quote: 0.03 })
    await queue(it)
    expect((await it.api.state()).charges).toMatchObject([{ amount_usd: '0.18' }])
  },
  async 'balance-lie'(it, set) {
    await set({ kind: 'balance-lie', route: 'balance', usd: '1000' })
    const answer = (await (await balance(it)).json()) as object
    expect(answer).toMatchObject({ data: { balanceUsd: 1000, canConsume: true } })
  },
  async 'clock-skew'(it, set) {
    await set({ kind: 'clock-skew', ms: 120_000, route: 'balance', times: 2 })
    const now = await it.api.time()
    const response = await balance(it)
    const date = Date.parse(response.headers.get('date') ?? '')
    expect(date - now.getTime()).toBeGreaterThan(118_000)
    const issuedAt = new Date(now.getTime() - 200_000)
    const header = await it.api.signIn({ fields: { issuedAt } })
    const path = `/x402/balance/${it.person.address}`
    expect((await it.api.call(path, { header })).status).toBe(401)
    expect((await it.api.call(path, { header })).status).toBe(200)
  },
  async 'nonce-forgotten'(it, set) {
    await set({ kind: 'nonce-forgotten', route: 'balance', times: 2 })
    const header = await it.api.signIn()
    const path = `/x402/balance/${it.person.address}`
    const statuses = []
    for (let time = 0; time < 4; time += 1)
      statuses.push((await it.api.call(path, { header })).status)
    expect(statuses).toEqual([200, 200, 200, 401])
  },
  async 'needs-consent'(it, set) {
    await it.api.fill()
    await set({ kind: 'needs-consent', route: 'queue' })
    const response = await queue(it)
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({
      consent: { consent_version: expect.any(String), policy_text: expect.any(String) },
      consent_flow: 'seedance',
      error: { code: 'needs_consent' },
      face_media_roles: ['image'],
    })
    expect((await it.api.state()).charges).toHaveLength(0)
  },
  async 'content-policy'(it, set) {
    await it.api.fill()
    await set({ kind: 'content-policy', route: 'queue' })
    const refused = await queue(it)
    expect([refused.status, await refused.json()]).toMatchObject([
      422,
      { error: expect.any(String), suggested_prompt: expect.any(String) },
    ])
    for (const refund of [true, false]) {
      const job = await queued(it)
      await set({ kind: 'content-policy', refund, route: 'retrieve' })
      const response = await retrieve(it, job)
      const error = { credits_refunded: refund, type: 'provider_content_policy' }
      expect([response.status, await response.json()]).toMatchObject([422, { error }])
      expect((await retrieve(it, job)).status).toBe(422)
    }
    expect((await it.api.state()).refunds).toMatchObject([{ amount_usd: linkedPrice.usd }])
  },
  async 'job-failed'(it, set) {
    await it.api.fill()
    const job = await queued(it)
    await set({ kind: 'job-failed', route: 'retrieve' })
    for (const _ of [1, 2]) expect((await retrieve(it, job)).status).toBe(500)
    const { jobs, refunds, wallets } = await it.api.state()
    expect(jobs).toMatchObject([{ refunded: true, status: 'FAILED' }])
    expect(refunds).toHaveLength(1)
    expect(wallets).toMatchObject([{ credit_usd: '5' }])
  },
  async 'media-gone'(it, set) {
    await it.api.fill()
    const job = (await (await queue(it)).json()) as Job & { download_url: string }
    await set({ kind: 'media-gone', route: 'download' })
    expect((await fetch(job.download_url)).status).toBe(410)
    expect((await retrieve(it, job)).status).toBe(404)
    expect((await it.api.state()).jobs).toMatchObject([{ media: 'gone' }])
  },
  async 'other-request-id'(it, set) {
    await it.api.fill()
    await set({ kind: 'other-request-id', route: 'queue' })
    const job = await queued(it)
    const { charges, jobs } = await it.api.state()
    expect(charges).toMatchObject([{ amount_usd: linkedPrice.usd, queue_id: expect.any(String) }])
    expect(charges[0]?.queue_id).not.toBe(job.queue_id)
    expect(charges[0]?.queue_id).toMatch(/^[0-9a-f]{32}$/)
    expect(jobs).toMatchObject([{ request_id: charges[0]?.queue_id }])
    await set({ form: 'none', kind: 'other-request-id', route: 'queue' })
    await queued(it)
    await set({ form: 'chat', kind: 'other-request-id', route: 'queue' })
    await queued(it)
    const names = (await it.api.state()).charges.map(({ queue_id: id }) => id)
    expect(names).toEqual([charges[0]?.queue_id, null, expect.stringMatching(/^chatcmpl-/)])
  },
  async dust(it, set) {
    await it.api.fill()
    await set({ kind: 'dust', route: '*', times: 'always', units: 44 })
    const response = await it.api.call('/video/quote', { body: smallVideo, header: '' })
    const { quote: price } = (await response.json()) as { quote: number }
    await it.api.call('/video/queue', { body: smallVideo })
    const { charges } = await it.api.state()
    expect(price.toFixed(8)).toMatch(/44$/)
    expect(charges.map(({ amount_usd: usd }) => Number(usd))).toEqual([price])
  },
  async 'split-charge'(it, set) {
    await it.api.fill()
    await set({ kind: 'split-charge', route: 'queue', rows: 7 })
    const job = await queued(it)
    await set({ kind: 'job-failed', route: 'retrieve' })
    await it.api.call('/video/retrieve', { body: { model: job.model, queue_id: job.queue_id } })
    const { charges, refunds, wallets } = await it.api.state()
    expect(charges.map(({ amount_usd: usd }) => usd)).toEqual([
      ...Array.from({ length: 6 }, () => '0.00857142'),
      '0.00857148',
    ])
    expect(refunds).toMatchObject([{ amount_usd: linkedPrice.usd }])
    expect(wallets[0]?.credit_usd).toBe('5')
  },
  async 'late-charge'(it, set) {
    await it.api.fill()
    await set({ kind: 'late-charge', ms: 60_000, route: 'queue' })
    await queue(it)
    expect((await it.api.state()).charges).toHaveLength(0)
    await it.api.control('/time', { advance_ms: 61_000 })
    const { charges, wallets } = await it.api.state()
    expect(charges).toHaveLength(1)
    expect(wallets).toMatchObject([{ credit_usd: '4.94' }])
  },
  async 'foreign-charge'(it, set) {
    await it.api.fill()
    await set({ kind: 'foreign-charge', route: 'queue', usd: '0.2' })
    const job = await queued(it)
    const { charges } = await it.api.state()
    expect(charges).toMatchObject([{ queue_id: job.queue_id }, { amount_usd: '0.2' }])
    expect(charges[1]?.queue_id).not.toBe(job.queue_id)
  },
}

test.each(Object.keys(faults) as Kind[])('behavior: %s', async (kind) => {
  await using it = await setup()
  const set = (fault: object) => it.api.control('/faults', fault)
  const { added } = (await set({ ...faults[kind].example })) as { added: object[] }
  expect(added).toHaveLength(1)
  await fetch(`${it.sandbox.controlUrl}/faults`, { method: 'DELETE' })
  await effects[kind](it, set)
})

test('options: skip lets requests pass, times ends it, and the log names it', async () => {
  await using it = await setup()
  await it.api.control('/faults', { kind: 'capacity', route: '*', skip: 1, times: 2 })
  const statuses = []
  for (const _ of [1, 2, 3, 4]) statuses.push((await models(it)).status)
  expect(statuses).toEqual([200, 503, 503, 200])
  const { requests } = await it.api.state()
  expect(requests.map(({ fault }) => fault)).toEqual([undefined, 'capacity', 'capacity', undefined])
})

test('options: lasts_ms ends it, by the simulated clock', async () => {
  await using it = await setup()
  await it.api.control('/faults', {
    kind: 'outage',
    lasts_ms: 3_600_000,
    route: '*',
    times: 'always',
  })
  expect((await models(it)).status).toBe(502)
  await it.api.control('/time', { advance_ms: 3_590_000 })
  expect((await models(it)).status).toBe(502)
  await it.api.control('/time', { advance_ms: 10_000 })
  expect((await models(it)).status).toBe(200)
})

test('options: route rpc strikes the chain and nothing else, and * leaves the chain alone', async () => {
  await using it = await setup()
  const rpc = () =>
    fetch(it.sandbox.rpcUrl, {
      body: JSON.stringify({ id: 1, jsonrpc: '2.0', method: 'eth_chainId' }),
      method: 'POST',
    })
  await it.api.control('/faults', { kind: 'outage', route: '*', times: 'always' })
  expect([(await rpc()).status, (await models(it)).status]).toEqual([200, 502])
  await it.api.control('/faults', { kind: 'reset', route: 'rpc', when: 'before' })
  expect(await codeOf(rpc())).toBe('ECONNRESET')
  expect((await rpc()).status).toBe(200)
})

test('options: faults are on from the start, and gone after a reset', async () => {
  await using it = await setup({ faults: [{ kind: 'capacity', route: 'models', times: 'always' }] })
  expect((await models(it)).status).toBe(503)
  await it.api.control('/reset', {})
  expect((await models(it)).status).toBe(200)
})

test('error: a misspelt fault is refused, and none of its list is on', async () => {
  await using it = await setup()
  const answer = await it.api.control('/faults', [
    { kind: 'capacity', route: 'queue' },
    { kind: 'hang', route: 'queue', wen: 'before' },
  ])
  expect(answer).toMatchInlineSnapshot(`
    {
      "details": [
        "fault: Unrecognized key: "wen"",
      ],
      "error": "The fault is not one that the sandbox knows, so none was switched on.",
    }
  `)
  expect((await it.api.state()).faults).toEqual([])
})

test('behavior: six requests of one wallet at once: the sixth is one too many', async () => {
  await using it = await setup()
  await it.api.control('/faults', {
    kind: 'delay',
    ms: 600,
    route: 'balance',
    times: 'always',
    when: 'after',
  })
  const path = `/x402/balance/${it.person.address}`
  const headers = await Promise.all(Array.from({ length: 6 }, () => it.api.signIn()))
  const answers = await Promise.all(headers.map((header) => it.api.call(path, { header })))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 429])
  const refused = answers.find(({ status }) => status === 429)
  expect(await refused?.json()).toMatchObject({ code: 'X402_CONCURRENCY_LIMIT' })
  expect((await balance(it)).status).toBe(200)
})
