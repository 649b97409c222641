import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, describe, expect, test, vi } from 'vitest'

import { createClient } from '../../src/client/createClient.js'
import { buyVideo } from '../../src/flows/buyVideo.js'
import { createZecchino } from '../../src/flows/createZecchino.js'
import { decide } from '../../src/flows/decide.js'
import { quote } from '../../src/flows/quote.js'
import { raiseCredit } from '../../src/flows/raiseCredit.js'
import { readReceipt } from '../../src/flows/readReceipt.js'
import { reconcile } from '../../src/flows/reconcile.js'
import { findUnresolved, resolve } from '../../src/flows/resolve.js'
import { linesOf, showApproval } from '../../src/flows/showApproval.js'
import { watch } from '../../src/flows/watch.js'
import * as Job from '../../src/Job.js'
import { accountOfKey } from '../../src/ledgers/accountOfKey.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { privateRequest, request } from '../crash/requests.js'
import { createKeyBuyer, newKey } from '../support/createKeyBuyer.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 })

const sandbox = await listenSandbox({ speed: 200 })
const { apiUrl, controlUrl } = sandbox
afterAll(() => sandbox.close())

const buyerOf = (options: Partial<createKeyBuyer.Options> = {}) =>
  createKeyBuyer({ apiUrl, controlUrl, ...options })

describe('default', () => {
  test.each([
    ['a file of its own', request],
    ['a private one, behind its link', privateRequest],
  ])('the account behind the key buys %s, and nothing of x402 is asked', async (_, wanted) => {
    await using buyer = await buyerOf()
    const quoted = await quote(buyer.zecchino, wanted)
    expect(quoted).toMatchObject({ credit: undefined, topUp: 0n })

    const job = await buyer.buy(wanted)

    expect(job).toMatchObject({ file: { codec: 'h264' }, status: 'cleaned' })
    const { charges, jobs, queued, requests } = await buyer.truth()
    expect(charges).toHaveLength(1)
    expect(jobs).toMatchObject([{ media: 'deleted' }])
    expect(queued).toHaveLength(1)
    expect(requests.filter(({ path }) => String(path).includes('/x402/'))).toEqual([])
    expect(await buyer.ledger.usage()).toMatchObject({ perDay: job.price, total: job.price })
    expect(await buyer.ledger.verifyEvents()).toMatchObject({ ok: true })
  })

  test('the same quote is one job, in two processes with the same key as well', async () => {
    await using buyer = await buyerOf()
    await using twin = await buyerOf({ credit: '0', home: buyer.home, key: buyer.key })
    const { quote: made } = await quote(buyer.zecchino, request)

    const bought = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        buyVideo((index % 2 ? twin : buyer).zecchino, { quoteId: made.id }),
      ),
    )
    const [{ job } = expect.fail()] = bought
    const until = ({ status }: Job.Job) => Job.isSettled(status)
    await watch(twin.zecchino, { jobId: job.id, timeout: 50_000, until })

    expect(new Set(bought.map((one) => one.job.id)).size).toBe(1)
    expect((await buyer.truth()).queued).toHaveLength(1)
  })
})

describe('the key', () => {
  test('is nowhere: not on the ledger, nor sealed, nor in a receipt or beside the file', async () => {
    await using buyer = await buyerOf()
    const job = await buyer.buy(privateRequest)

    expect(job.sealedSignIn).toBeUndefined()
    const receipt = await readReceipt(buyer.zecchino, job.id)
    expect(receipt).toMatchObject({ api_key: accountOfKey(apiUrl, buyer.key), status: 'cleaned' })
    expect(receipt).not.toHaveProperty('wallet')
    const folders = [buyer.home, join(buyer.home, 'videos')]
    const files = folders.flatMap((folder) =>
      readdirSync(folder, { withFileTypes: true })
        .filter((file) => file.isFile())
        .map(({ name }) => readFileSync(join(folder, name), 'latin1')),
    )
    const told = [...files, JSON.stringify(receipt), JSON.stringify(buyer.events, text)]
    expect(files.length).toBeGreaterThanOrEqual(3)
    const forms = [buyer.key, Buffer.from(buyer.key).toString('base64').slice(0, 30)]
    for (const form of forms) expect(told.filter((one) => one.includes(form))).toEqual([])
  })

  test('names an account of its own, at each host', () => {
    const one = accountOfKey('https://api.venice.ai/api/v1', 'key-1')
    expect(one).toMatch(/^key:[0-9a-f]{16}$/)
    expect(accountOfKey('https://API.venice.ai/other/path', 'key-1')).toBe(one)
    expect(accountOfKey('https://api.venice.ai/api/v1', 'key-2')).not.toBe(one)
    expect(accountOfKey('http://127.0.0.1:4020/api/v1', 'key-1')).not.toBe(one)
  })

  test('another one sees none of its jobs', async () => {
    await using buyer = await buyerOf()
    const job = await buyer.buy(request)
    await using other = await buyerOf({ home: buyer.home })
    expect(await other.ledger.jobs()).toEqual([])
    expect(await other.ledger.usage()).toMatchObject({ total: 0n })
    expect(await buyer.ledger.jobs()).toMatchObject([{ id: job.id }])
  })

  test('a client with neither is refused', async () => {
    await using buyer = await buyerOf()
    const { ledger, zecchino } = buyer
    const { outputDir, policy } = zecchino
    const client = createClient({ baseUrl: apiUrl })
    const make = () =>
      createZecchino({ client, ledger, outputDir, policy, secret: Buffer.alloc(32) })
    expect(make).toThrow(expect.objectContaining({ code: 'NO_WALLET' }))
  })
})

describe('policy', () => {
  test('caps hold', async () => {
    await using buyer = await buyerOf({ policy: { maxSpendPerDayUsd: '0.2' } })
    await buyer.buy(request)
    await buyer.buy(request)
    await expect(buyer.buy(request)).rejects.toMatchObject({
      code: 'BUDGET_EXCEEDED',
    })
    await using strict = await buyerOf({ policy: { maxPerVideoUsd: '0.01' } })
    await expect(strict.buy(request)).rejects.toMatchObject({ code: 'POLICY_REFUSED' })
    expect((await buyer.truth()).charges).toHaveLength(2)
    expect((await strict.truth()).queued).toEqual([])
  })

  test('an approval is asked for, shown without wallet words, and bound to the key', async () => {
    await using buyer = await buyerOf({ policy: { approveAboveUsd: '0' } })
    const { zecchino } = buyer
    const { needsApproval, quote: made } = await quote(zecchino, request)
    expect(needsApproval).toBe(true)
    const { approval, job } = await buyVideo(zecchino, { quoteId: made.id })
    expect(job.status).toBe('needs_approval')
    expect((await buyer.truth()).queued).toEqual([])

    const shown = await showApproval(zecchino, approval?.id ?? '')
    expect(linesOf(shown).join('\n')).toContain('Paid by   the account behind the API key')
    expect(linesOf(shown).join('\n')).not.toMatch(/USDC|Top-up/)
    expect(await decide(zecchino, { decision: 'approved', shown, via: 'cli' })).toBe(true)
    await buyVideo(zecchino, { quoteId: made.id })
    const until = ({ status }: Job.Job) => Job.isSettled(status)
    const end = await watch(zecchino, { jobId: job.id, timeout: 50_000, until })

    expect(end.status).toBe('cleaned')
    expect((await buyer.truth()).charges).toHaveLength(1)
  })

  test('a frozen account sends nothing', async () => {
    await using buyer = await buyerOf()
    const { quote: made } = await quote(buyer.zecchino, request)
    await buyer.ledger.freeze('the owner stopped it.')
    await expect(buyVideo(buyer.zecchino, { quoteId: made.id })).rejects.toMatchObject({
      code: 'WALLET_FROZEN',
    })
    expect((await buyer.truth()).queued).toEqual([])
  })
})

describe('what a key cannot give is said', () => {
  test.each([
    ['a top-up', raiseCredit, /cannot be topped up from here/, /venice\.ai/],
    ['rows to reconcile with', reconcile, /nothing to reconcile with/, /zecchino audit/],
  ] as const)('%s', async (_, flow, message, hint) => {
    await using buyer = await buyerOf()
    const refused = flow(buyer.zecchino, {})
    await expect(refused).rejects.toMatchObject({
      code: 'NEEDS_WALLET',
      hint: expect.stringMatching(hint),
      shortMessage: expect.stringMatching(message),
    })
    expect((await buyer.truth()).requests).toEqual([])
  })
})

describe('a complete refusal ends the job, and nothing is sent again', () => {
  const status = (code: number, error: string) => ({
    body: { error },
    kind: 'status',
    route: 'queue',
    status: code,
    times: 'always',
  })

  test.each([
    [401, 'Authentication failed', 'SIGN_IN_REFUSED', /Check VENICE_API_KEY/],
    [402, 'Insufficient USD or Diem balance', 'ACCOUNT_UNFUNDED', /Add funds .+ quote again/],
  ] as const)('%i: with its code and the next step', async (code, says, expected, next) => {
    await using buyer = await buyerOf()
    await buyer.fault(status(code, says))

    await expect(buyer.buy(request)).rejects.toMatchObject({
      code: expected,
      hint: expect.stringMatching(next),
      moneyMoved: 'no',
    })

    const [job] = await buyer.ledger.jobs()
    expect(job).toMatchObject({ status: 'rejected', detail: expect.stringMatching(next) })
    expect(job?.detail).toContain(says)
    expect(await buyer.ledger.usage()).toMatchObject({ perDay: 0n, total: 0n })
    expect((await buyer.truth()).charges).toEqual([])
    expect(await queuedAt()).toBe(1)
  })

  test.each([400, 403, 404, 409, 410, 413, 422, 429, 503])(
    '%i: rejected with words',
    async (code) => {
      await using buyer = await buyerOf()
      await buyer.fault(status(code, 'It cannot be made this way.'))

      const job = await buyer.buy(request)

      expect(job).toMatchObject({ status: 'rejected' })
      // Where Venice does not say so, whoever quotes again is told to look first.
      const isSilent = [409, 429, 503].includes(code)
      expect(job.detail).toMatch(
        isSilent ? /look in the usage at venice\.ai/ : /Nothing was charged/,
      )
      expect(await buyer.ledger.usage()).toMatchObject({ total: 0n })
      expect(await queuedAt()).toBe(1)
    },
  )

  test('a key that Venice does not know, and an account that is empty', async () => {
    await using unknown = await buyerOf({ credit: '0' })
    await expect(unknown.buy(request)).rejects.toMatchObject({ code: 'SIGN_IN_REFUSED' })
    await using poor = await buyerOf({ credit: '0.11' })
    await expect(poor.buy({ ...request, audio: true })).rejects.toMatchObject({
      code: 'ACCOUNT_UNFUNDED',
    })
    expect((await poor.truth()).queued).toMatchObject([{ status: 402 }])
    expect((await unknown.truth()).queued).toMatchObject([{ status: 401 }])
  })

  /** How often the queue was called since the newest fault was set; clears the faults. */
  async function queuedAt() {
    const { faults } = (await (await fetch(`${controlUrl}/faults`)).json()) as {
      faults: { hits: number }[]
    }
    await fetch(`${controlUrl}/faults`, { method: 'DELETE' })
    return faults[0]?.hits
  }
})

describe('a lost answer is the owner’s at once', () => {
  const lost = { kind: 'reset', route: 'queue' }
  const timeLimit = { body: { error: 'Response timeout' }, kind: 'status', status: 503 }

  test.each([
    ['accepted, then dropped', { ...lost, when: 'after' }, 1],
    ['dropped before it was read', { ...lost, when: 'before' }, 0],
    ['accepted, the answer broken', { kind: 'malformed-json', route: 'queue' }, 1],
    [
      'accepted, then a time limit that looks like a refusal',
      { ...timeLimit, route: 'queue', when: 'after' },
      1,
    ],
    ['accepted, then 500', { kind: 'status', route: 'queue', status: 500, when: 'after' }, 1],
  ])('%s', async (_, fault, charged) => {
    await using buyer = await buyerOf()
    await buyer.fault(fault)

    const job = await buyer.buy(request)

    expect(job.status).toBe('ambiguous')
    expect(job.detail).toMatch(
      /^The paid request for \$0\.\d+ \(seedance-.+\) left at 20.+Z, and .+\. An API key is shown no rows, .+ usage at venice\.ai, then run: zecchino resolve job_\w+ --retry if it is not there, or --abandon\.$/,
    )
    // Unknown counts as spent.
    expect(await buyer.ledger.usage()).toMatchObject({ total: job.price })
    await buyer.zecchino.close()
    await using later = await buyerOf({ credit: '0', home: buyer.home, key: buyer.key })
    await later.zecchino.ready()
    expect(await later.ledger.findJob(job.id)).toMatchObject({ status: 'ambiguous' })
    const { charges, queued } = await later.truth()
    expect(charges).toHaveLength(charged)
    expect(queued.length).toBeLessThanOrEqual(1)
  })

  test.each(['retry', 'abandon'] as const)('and the owner decides: %s', async (verdict) => {
    await using buyer = await buyerOf()
    await buyer.fault({ ...lost, when: 'before' })
    const job = await buyer.buy(request)
    const found = await findUnresolved(buyer.zecchino, job.id)
    expect(found.verdicts).toEqual(['retry', 'abandon'])

    await resolve(buyer.zecchino, { found, verdict })
    buyer.zecchino.worker.start(job.id)
    const until = ({ status }: Job.Job) => Job.isSettled(status)
    const end = await watch(buyer.zecchino, { jobId: job.id, timeout: 50_000, until })

    expect(end.status).toBe(verdict === 'retry' ? 'cleaned' : 'abandoned')
    expect((await buyer.truth()).charges).toHaveLength(verdict === 'retry' ? 1 : 0)
  })
})

test('behavior: an account that is empty while the video is made: said, and it goes on', async () => {
  await using buyer = await buyerOf({ credit: '0.11' })
  const { quote: made } = await quote(buyer.zecchino, request)
  const { job } = await buyVideo(buyer.zecchino, { quoteId: made.id })

  const told = await watch(buyer.zecchino, {
    jobId: job.id,
    timeout: 20_000,
    until: ({ detail, status }) => status === 'queued' && Boolean(detail),
  })
  expect(told.detail).toMatch(/out of funds, even to a look at this job: add some at venice\.ai/)

  await buyer.creditKey(buyer.key, '1')
  const until = ({ status }: Job.Job) => Job.isSettled(status)
  const end = await watch(buyer.zecchino, { jobId: job.id, timeout: 50_000, until })
  expect(end).toMatchObject({ detail: '', status: 'cleaned' })
})

test('behavior: a key revoked while the video is made: it is said, looked for, and fetched', async () => {
  await using buyer = await buyerOf({ key: newKey() })
  const refused = { body: { error: 'Authentication failed' }, status: 401 }
  await buyer.fault({ ...refused, kind: 'status', route: 'retrieve', times: 2 })
  const { quote: made } = await quote(buyer.zecchino, request)
  const { job } = await buyVideo(buyer.zecchino, { quoteId: made.id })

  const told = await watch(buyer.zecchino, {
    jobId: job.id,
    timeout: 50_000,
    until: ({ detail, status }) => status === 'queued' && detail !== undefined && detail !== '',
  })
  expect(told.detail).toMatch(/does not accept the API key.+VENICE_API_KEY/)

  const until = ({ status }: Job.Job) => Job.isSettled(status)
  const end = await watch(buyer.zecchino, { jobId: job.id, timeout: 50_000, until })
  expect(end).toMatchObject({ detail: '', status: 'cleaned' })
})

const text = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)
