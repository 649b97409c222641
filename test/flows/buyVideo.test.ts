import { readdirSync, statSync } from 'node:fs'

import { expect, test } from 'vitest'

import { buyVideo } from '../../src/flows/buyVideo.js'
import { quote } from '../../src/flows/quote.js'
import { watch } from '../../src/flows/watch.js'
import * as Job from '../../src/Job.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { cheap, cheapPrice, linked } from '../support/cheap.js'
import { control, createBuyer } from '../support/createBuyer.js'

const request = { ...cheap, aspect_ratio: '9:16', prompt: 'Rain on the Grand Canal.' }

async function setup(policy = {}, options: listenSandbox.Options = {}) {
  const sandbox = await listenSandbox({ speed: 200, ...options })
  const buyer = await createBuyer({ apiUrl: sandbox.apiUrl, policy })
  return {
    ...buyer,
    control: control(sandbox.controlUrl),
    sandbox,
    async [Symbol.asyncDispose]() {
      await buyer[Symbol.asyncDispose]()
      await sandbox.close()
    },
  }
}

async function buy({ zecchino }: Awaited<ReturnType<typeof setup>>, quoteId: string) {
  const { job } = await buyVideo(zecchino, { quoteId })
  return watch(zecchino, {
    jobId: job.id,
    timeout: 20_000,
    until: ({ status }) => status === 'cleaned',
  })
}

test('default: quotes, tops up once, queues once, saves and cleans up', async () => {
  await using setting = await setup()
  await setting.control.fund(setting.address, '20')
  const quoted = await quote(setting.zecchino, request)
  expect({ ...quoted, quote: quoted.quote.price }).toEqual({
    credit: 0n,
    needsApproval: false,
    quote: cheapPrice.micros,
    same: [],
    topUp: 5_000_000n,
    warnings: [],
  })

  const job = await buy(setting, quoted.quote.id)

  expect(job.status).toBe('cleaned')
  expect(job.file).toMatchObject({ codec: 'h264', duration_seconds: 4, height: 854, width: 480 })
  expect(statSync(job.file?.path ?? '').mode & 0o777).toBe(0o600)
  expect(readdirSync(setting.zecchino.outputDir)).toEqual([`${job.id}.json`, `${job.id}.mp4`])
  const state = await setting.control.state()
  expect(state.settlements).toMatchObject([{ amount_usd: '5', credited: true, presented: 1 }])
  expect(state.charges).toMatchObject([{ amount_usd: cheapPrice.usd, queue_id: job.queueId }])
  expect(state.wallets).toMatchObject([{ credit_usd: '4.86', usdc: '15' }])
  expect(state.jobs).toMatchObject([{ media: 'deleted' }])
  const nonces = state.requests.flatMap(({ sign_in_nonce }) => sign_in_nonce ?? [])
  expect(nonces.length).toBeGreaterThan(4)
  expect(new Set(nonces).size).toBe(nonces.length)
})

test.each([{}, linked])('behavior: all of it over IPv6, with %j', async (more) => {
  await using setting = await setup({}, { host: '::1' })
  expect(setting.sandbox.apiUrl).toMatch(/^http:\/\/\[::1\]:\d+\/api\/v1$/)
  await setting.control.fund(setting.address, '20')
  const quoted = await quote(setting.zecchino, { ...request, ...more })
  expect(await buy(setting, quoted.quote.id)).toMatchObject({ status: 'cleaned' })
})

test('behavior: the same quote is the same job, however often and from wherever', async () => {
  await using setting = await setup()
  await setting.control.fund(setting.address, '20')
  await using twin = await createBuyer({
    apiUrl: setting.sandbox.apiUrl,
    home: setting.home,
    key: setting.key,
  })
  const { quote: made } = await quote(setting.zecchino, request)

  const all = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      buyVideo(index % 2 ? twin.zecchino : setting.zecchino, { quoteId: made.id }),
    ),
  )
  const job = await buy(setting, made.id)

  expect(new Set(all.map((one) => one.job.id))).toEqual(new Set([job.id]))
  const { charges, settlements } = await setting.control.state()
  expect(charges).toHaveLength(1)
  expect(settlements).toHaveLength(1)
})

test('behavior: credit that is there already is not topped up', async () => {
  await using setting = await setup()
  await setting.control.credit(setting.address, '1')
  const { quote: made, topUp } = await quote(setting.zecchino, request)
  expect(topUp).toBe(0n)

  expect((await buy(setting, made.id)).status).toBe('cleaned')

  const { settlements, wallets } = await setting.control.state()
  expect(settlements).toEqual([])
  expect(wallets).toMatchObject([{ credit_usd: '0.86' }])
})

test('behavior: a model with a link is fetched through it, which is never shown', async () => {
  await using setting = await setup()
  await setting.control.fund(setting.address, '20')
  const { quote: made } = await quote(setting.zecchino, { ...linked, duration: '5s' })

  const job = await buy(setting, made.id)

  expect(job).toMatchObject({ file: { codec: 'h264' }, status: 'cleaned' })
  expect(job.sealedUrl).not.toContain('http')
  expect(
    JSON.stringify(setting.events, (_, v) => (typeof v === 'bigint' ? `${v}` : v)),
  ).not.toContain('http')
})

test('error: a wallet without USDC signs nothing', async () => {
  await using setting = await setup()
  const { quote: made } = await quote(setting.zecchino, request)
  await buyVideo(setting.zecchino, { quoteId: made.id })
  const { job } = await buyVideo(setting.zecchino, { quoteId: made.id })

  await expect(
    watch(setting.zecchino, { jobId: job.id, timeout: 10_000, until: () => false }),
  ).rejects.toMatchObject({
    code: 'INSUFFICIENT_USDC',
    shortMessage: 'The wallet holds $0.00 USDC; the top-up takes $5.00.',
  })

  expect((await setting.zecchino.ledger.findJob(job.id))?.status).toBe('rejected')
  expect((await setting.control.state()).settlements).toEqual([])
  expect(await setting.zecchino.ledger.payments()).toEqual([])
  expect(await setting.zecchino.ledger.usage()).toMatchObject({ perDay: 0n, total: 0n })
})

test('error: without a chain to ask, one authorization is signed, refused and never settled', async () => {
  const sandbox = await listenSandbox({ speed: 200 })
  await using buyer = await createBuyer({ apiUrl: sandbox.apiUrl, rpc: false })
  const { quote: made } = await quote(buyer.zecchino, request)
  const { job } = await buyVideo(buyer.zecchino, { quoteId: made.id })
  await watch(buyer.zecchino, { jobId: job.id, timeout: 4_000, until: () => false })

  expect(await buyer.zecchino.ledger.payments()).toMatchObject([
    { detail: 'refused: PAYMENT_VERIFICATION_FAILED', status: 'unknown' },
  ])
  expect((await control(sandbox.controlUrl).state()).settlements).toEqual([])
  await sandbox.close()
})

test.each([
  ['price above the cap', { maxPerVideoUsd: '0.1' }, 'POLICY_REFUSED'],
  ['model not allowed', { models: ['another'] }, 'POLICY_REFUSED'],
])('error: %s', async (_, policy, code) => {
  await using setting = await setup(policy)
  await expect(quote(setting.zecchino, request)).rejects.toMatchObject({ code })
})

test.each([
  ['day', { maxSpendPerDayUsd: '0.1' }, 'BUDGET_EXCEEDED'],
  ['total', { maxSpendTotalUsd: '0.1' }, 'BUDGET_EXCEEDED'],
])('error: over the budget of the %s, nothing is set aside', async (_, policy, code) => {
  await using setting = await setup(policy)
  const { quote: made } = await quote(setting.zecchino, request)
  await expect(buyVideo(setting.zecchino, { quoteId: made.id })).rejects.toMatchObject({ code })
  expect(await setting.zecchino.ledger.jobs()).toEqual([])
})

test.each([
  ['per top-up', { maxTopUpUsd: '4' }, 'POLICY_REFUSED'],
  ['of credit', { maxCreditUsd: '4' }, 'BUDGET_EXCEEDED'],
  ['of top-ups a day', { maxTopUpsPerDay: 0 }, 'BUDGET_EXCEEDED'],
])('error: over the cap %s, nothing is signed and the job ends', async (_, policy, code) => {
  await using setting = await setup(policy)
  await setting.control.fund(setting.address, '20')
  const { quote: made } = await quote(setting.zecchino, request)
  const { job } = await buyVideo(setting.zecchino, { quoteId: made.id })
  await expect(
    watch(setting.zecchino, { jobId: job.id, timeout: 10_000, until: () => false }),
  ).rejects.toMatchObject({ code })
  expect((await setting.zecchino.ledger.findJob(job.id))?.status).toBe('rejected')
  expect((await setting.zecchino.ledger.payments()).length).toBe(0)
  expect((await setting.control.state()).settlements).toEqual([])
})

test('error: unknown quote, unknown model, unknown field', async () => {
  await using setting = await setup()
  await expect(buyVideo(setting.zecchino, { quoteId: 'quote_x' })).rejects.toMatchObject({
    code: 'QUOTE_NOT_FOUND',
  })
  await expect(
    quote(setting.zecchino, { ...request, model: 'seedance-1-5-pro-text-to-vide' }),
  ).rejects.toMatchObject({
    code: 'UNKNOWN_MODEL',
    facts: [expect.stringContaining('seedance-1-5-')],
  })
  await expect(quote(setting.zecchino, { ...request, length: '5s' })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    facts: [expect.stringContaining('Unknown field: length. Known: model, prompt')],
  })
})

test('behavior: needs approval, and nothing is bought until the owner agrees', async () => {
  await using setting = await setup({ approveAboveUsd: '0' })
  await setting.control.fund(setting.address, '20')
  const { needsApproval, quote: made } = await quote(setting.zecchino, request)
  expect(needsApproval).toBe(true)

  const { approval, job } = await buyVideo(setting.zecchino, { quoteId: made.id })
  expect(job.status).toBe('needs_approval')
  expect((await setting.control.state()).settlements).toEqual([])
  expect((await buyVideo(setting.zecchino, { quoteId: made.id })).job).toEqual(job)

  const { ledger } = setting.zecchino
  const { hash = '', id = '' } = approval ?? {}
  expect(await ledger.decideApproval({ decision: 'approved', hash: 'another', id })).toBe(false)
  expect(await ledger.decideApproval({ decision: 'approved', hash, id })).toBe(true)
  const bought = await buy(setting, made.id)
  expect(bought).toMatchObject({ id: job.id, status: 'cleaned' })
  expect(await ledger.findApproval(id)).toMatchObject({ status: 'used' })
})

test.each([
  ['nothing', 0],
  ['less than a cent', 0.05],
])('behavior: a price of %s needs the owner, whatever they allow', async (_, factor) => {
  await using setting = await setup({ approveAboveUsd: '1000' })
  await setting.control.credit(setting.address, '5')
  await setting.control.fault({ factor, kind: 'price-lie', route: 'quote', times: 'always' })
  const { needsApproval, quote: made } = await quote(setting.zecchino, request)
  expect(made.price).toBeLessThan(10_000n)
  expect(needsApproval).toBe(true)
  const { job } = await buyVideo(setting.zecchino, { quoteId: made.id })
  expect(job.status).toBe('needs_approval')
  expect((await setting.control.state()).charges).toEqual([])
})

test('behavior: no top-up that needs a person is made for a job that was bought without one', async () => {
  await using setting = await setup({ approveAboveUsd: '1' })
  const { zecchino } = setting
  await setting.control.fund(setting.address, '20')
  await setting.control.credit(setting.address, '0.30') // enough for either, not for both
  const first = await quote(zecchino, request)
  const second = await quote(zecchino, { ...request, prompt: 'Rain on the Giudecca.' })
  expect([first, second]).toMatchObject([{ needsApproval: false }, { needsApproval: false }])

  const jobs = [first, second].map(async ({ quote: { id: quoteId } }) => {
    const { job } = await buyVideo(zecchino, { quoteId })
    const until = ({ status }: Job.Job) => Job.isSettled(status)
    return watch(zecchino, { jobId: job.id, timeout: 20_000, until })
  })
  const ends = (await Promise.all(jobs)).toSorted((a, b) => (a.status < b.status ? -1 : 1))

  expect(ends).toMatchObject([
    { status: 'cleaned' },
    { detail: expect.stringMatching(/top-up of \$5\.00 by now/), status: 'needs_approval' },
  ])
  const { charges, settlements } = await setting.control.state()
  expect(settlements).toEqual([])
  expect(charges).toHaveLength(1)
  expect(await zecchino.ledger.usage()).toMatchObject({ total: first.quote.price })
})

test('behavior: the file is whole or absent while the download fails', async () => {
  await using setting = await setup()
  await setting.control.credit(setting.address, '5')
  await setting.control.fault({ kind: 'truncated', route: 'download', times: 2 })
  const { quote: made } = await quote(setting.zecchino, { ...linked, duration: '5s' })
  const { job } = await buyVideo(setting.zecchino, { quoteId: made.id })
  const path = `${setting.zecchino.outputDir}/${job.id}.mp4`
  const seen: number[] = []
  const done = await watch(setting.zecchino, {
    jobId: job.id,
    onLook: () => seen.push(statSync(path, { throwIfNoEntry: false })?.size ?? 0),
    timeout: 20_000,
    until: ({ status }) => status === 'cleaned',
  })
  expect(done.status).toBe('cleaned')
  expect(seen.filter((bytes) => bytes !== 0 && bytes !== done.file?.bytes)).toEqual([])
  expect(readdirSync(setting.zecchino.outputDir)).toEqual([`${job.id}.json`, `${job.id}.mp4`])
  expect(setting.events.filter(({ type }) => type === 'warning').length).toBeGreaterThan(1)
})
