import { afterAll, expect, test, vi } from 'vitest'

import * as Job from '../../src/Job.js'
import * as Ledger from '../../src/Ledger.js'
import { nextOf } from '../../src/tools/nextOf.js'
import { request, sandboxFor, setup } from '../mcp/support/connect.js'
import { rowOf } from '../support/purchases.js'

const sandbox = await sandboxFor()
afterAll(() => sandbox.close())
vi.setConfig({ testTimeout: 90_000 })

type Setting = Awaited<ReturnType<typeof setup>>

const caps = {
  credit: 10n ** 12n,
  paid: 10n ** 12n,
  perDay: 10n ** 12n,
  topUpsPerDay: 100n,
  total: 10n ** 12n,
}

const file = {
  bytes: 1,
  codec: 'h264',
  duration_seconds: 0.04,
  height: 2,
  path: '/nowhere/x.mp4',
  sha256: '0'.repeat(64),
  width: 2,
}

const consent = {
  consent: { consent_version: '1', policy_text: 'Read me.\u202e' },
  error: { code: 'needs_consent' },
  face_media_roles: ['image', 'x'.repeat(500)],
} as const

/** The shortest way of a job from `reserved` to each status, with what is known on the way. */
const ways: Partial<Record<Job.Status, readonly (readonly [Job.Status, Ledger.JobPatch?])[]>> = {
  reserved: [],
  needs_consent: [
    ['sending'],
    ['needs_consent', { consent: { ...consent, face_media_roles: [...consent.face_media_roles] } }],
  ],
  queued: [['sending'], ['queued', { estimate: 0, queueId: 'q', queuedAt: new Date(0) }]],
  ready: [['sending'], ['queued'], ['ready']],
  saved: [['sending'], ['queued'], ['ready'], ['saved', { file }]],
  cleaned: [['sending'], ['queued'], ['ready'], ['saved', { file }], ['cleaned']],
  rejected: [['rejected', { detail: 'No.' }]],
  failed_refunded: [['sending'], ['queued'], ['failed_refunded', { detail: 'No.' }]],
  failed_unrefunded: [['sending'], ['queued'], ['failed_unrefunded']],
  ambiguous: [['sending'], ['ambiguous', { detail: 'Who knows.' }]],
  lost_media: [['sending'], ['lost_media']],
  abandoned: [['abandoned']],
  // Last, because one job at a time may stand there.
  sending: [['sending']],
}

/** A job of a quote of its own, moved to a status on the ledger, where no worker touches it. */
async function jobIn({ zecchino }: Setting, status: Job.Status) {
  const { ledger } = zecchino
  const now = await ledger.now()
  const id = `job_${status}`
  const quote = {
    body: JSON.stringify(request),
    createdAt: now,
    estimate: false,
    expiresAt: new Date(now.getTime() + 60_000),
    hash: '0'.repeat(64),
    id: `quote_${status}`,
    model: request.model,
    price: 210_000n,
  }
  await ledger.saveQuote(quote)
  const job = { hash: quote.hash, id, model: quote.model, price: quote.price, quoteId: quote.id }
  if (status === 'needs_approval') {
    const approval = { expiresAt: quote.expiresAt, hash: 'h', id: 'approval_1', topUp: 0n }
    await ledger.requestApproval({ approval, job })
    return job
  }
  await ledger.reserveJob({ caps, job })
  await ledger.claimJob(id, { owner: 'nobody', ttl: 15_000 })
  let from: Job.Status = 'reserved'
  for (const [to, patch] of ways[status] ?? []) {
    const moved = await ledger.moveJob(id, { from, patch: patch ?? {}, to })
    expect(moved, `${status}: ${from} to ${to}`).toBe(true)
    from = to
  }
  if (status === 'failed_refunded') {
    await ledger.recordRows([rowOf('refund', { amount: 1n, type: 'REFUND' })])
    await ledger.linkRow('refund', id)
  }
  return job
}

test('behavior: every status fits the schema of every tool that shows it', async () => {
  await using setting = await setup(sandbox)
  const { call } = setting
  const shown: string[] = []
  const statuses = ['needs_approval', ...Object.keys(ways)] as Job.Status[]
  for (const status of statuses) {
    const job = await jobIn(setting, status)
    // The client of the SDK refuses a result that does not fit its tool's output schema.
    const looked = await call('video_retrieve', { job_id: job.id, wait_seconds: 0 })
    expect(JSON.stringify(looked)).not.toContain('\u202e')
    expect(looked).toMatchObject({ job_id: job.id, next: expect.any(String), status })
    if (!['needs_approval', 'reserved', 'sending'].includes(status)) {
      const again = await call('video_generate', { quote_id: job.quoteId })
      expect(again).toMatchObject({ job_id: job.id, next: looked.next, status })
      expect(JSON.stringify(again)).not.toContain('\u202e')
    }
    const { jobs } = await call('video_list', { status })
    expect(jobs).toMatchObject([{ job_id: job.id, status }])
    shown.push(status)
  }
  // `intent` is a word for what is not on record yet.
  expect(new Set([...shown, 'intent'])).toEqual(new Set(Job.statuses))
  const status = await call('wallet_status')
  expect(status).toMatchObject({
    open_approvals: [{ approval_id: 'approval_1', job_id: 'job_needs_approval' }],
    unresolved: expect.arrayContaining([
      { detail: 'Who knows.', id: 'job_ambiguous', status: 'ambiguous', usd: '0.21' },
    ]),
  })
  expect(await setting.truth()).toEqual({ charges: [], jobs: 0, settlements: [] })
})

test('behavior: a wallet that is frozen, or whose provider is away, still shows what is known', async () => {
  await using setting = await setup(sandbox, { usdc: '0' })
  await setting.zecchino.ledger.freeze('Somebody else spends.')
  for (const route of ['balance', 'transactions'])
    await setting.control.fault({ kind: 'status', route, status: 503, times: 'always' })
  const status = await setting.call('wallet_status')
  await fetch(`${sandbox.controlUrl}/faults`, { method: 'DELETE' })
  expect(status).toMatchObject({ frozen: 'Somebody else spends.' })
  expect(status).not.toHaveProperty('credit_usd')
  expect(status.next).toContain('tell the wallet’s owner')
})

test('behavior: no status is left without words, and none invites to buy what is paid for', () => {
  const now = new Date(0)
  const base = { createdAt: now, hash: '', model: 'm', price: 1n, updatedAt: now }
  for (const status of Job.statuses) {
    const next = nextOf({ ...base, id: 'job_1', quoteId: 'quote_1', status }, { now })
    expect(next.length, status).toBeGreaterThan(30)
    const paid = ['sending', 'queued', 'ready', 'ambiguous', 'lost_media', 'failed_unrefunded']
    if (paid.includes(status)) expect(next, status).not.toMatch(/call video_quote|start over/i)
  }
})
