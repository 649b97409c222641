import { expect, test } from 'vitest'

import {
  ask,
  caps,
  jobOf,
  pay,
  paymentOf,
  price,
  quoteOf,
  reserve,
} from '../../support/purchases.js'
import type { Store } from '../../support/stores.js'

/** What people agree to: shown exactly, decided once, consumed with the reservation. */
export function approvals(setup: () => Promise<Store>) {
  test('behavior: an approval is asked for once per quote', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const first = await ask(ledger, 'q')

    const again = await ledger.requestApproval({
      approval: { expiresAt: new Date(), hash: 'other', id: 'approval_2', topUp: 0n },
      job: jobOf('q', { id: 'job_2' }),
    })

    expect(again).toEqual(first)
    expect(await ledger.findApproval('approval_q')).toMatchObject({ status: 'open' })
    expect(await ledger.approvals()).toMatchObject([{ id: 'approval_q' }])
    expect(first.job).toMatchObject({ id: 'job_q', status: 'needs_approval' })
    expect((await ledger.usage()).total).toBe(0n)
  })

  test('behavior: it is decided once, on exactly what was shown', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ask(ledger, 'q')
    const decision = 'approved'

    expect(await ledger.decideApproval({ decision, hash: 'other', id: 'approval_q' })).toBe(false)
    expect(await ledger.decideApproval({ decision, hash: 'shown-q', id: 'approval_q' })).toBe(true)
    const denied = { decision: 'denied', hash: 'shown-q', id: 'approval_q' } as const
    expect(await ledger.decideApproval(denied)).toBe(false)
    expect(await ledger.approvals()).toEqual([])
    expect((await ledger.events()).at(-1)?.data).toEqual({
      hash: 'shown-q',
      to: 'approved',
      via: 'cli',
    })
  })

  test('behavior: the audit log tells where the person was asked', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ask(ledger, 'q')
    const via = 'elicitation'
    const decision = 'approved'
    await ledger.decideApproval({ decision, hash: 'shown-q', id: 'approval_q', via })
    expect((await ledger.events()).at(-1)).toMatchObject({ data: { via }, type: 'approval' })
  })

  test('behavior: it is consumed by the write that sets the price aside', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ask(ledger, 'q')
    const reserveIt = (approvalHash?: string, job = jobOf('q')) =>
      ledger.reserveJob({ approvalHash, caps, job })
    const refused = { refused: 'approval' }

    expect(await reserveIt('shown-q')).toEqual(refused)
    await ledger.decideApproval({ decision: 'approved', hash: 'shown-q', id: 'approval_q' })
    expect(await reserveIt()).toEqual(refused)
    expect(await reserveIt('other')).toEqual(refused)
    expect(await reserveIt('shown-q', jobOf('q', { price: price + 1n }))).toEqual(refused)
    expect(await ledger.findApproval('approval_q')).toMatchObject({ status: 'approved' })

    expect(await reserveIt('shown-q')).toMatchObject({ created: true, job: { id: 'job_q' } })
    expect(await ledger.findApproval('approval_q')).toMatchObject({ status: 'used' })
    expect(await reserveIt('shown-q')).toMatchObject({ created: false })
    expect((await ledger.usage()).total).toBe(price)
  })

  test('behavior: what a budget refuses consumes no approval', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ask(ledger, 'q')
    await ledger.decideApproval({ decision: 'approved', hash: 'shown-q', id: 'approval_q' })
    const job = { approvalHash: 'shown-q', job: jobOf('q') }

    expect(await ledger.reserveJob({ ...job, caps: { ...caps, total: 1n } })).toMatchObject({
      refused: 'budget',
    })

    expect(await ledger.findApproval('approval_q')).toMatchObject({ status: 'approved' })
    expect(await ledger.reserveJob({ ...job, caps })).toMatchObject({ created: true })
  })

  test('behavior: denied and expired approvals buy nothing', async () => {
    await using store = await setup()
    let now = new Date('2026-03-01T12:00:00Z')
    const ledger = await store.open({ now: () => now })
    for (const quote of ['no', 'late', 'later']) await ask(ledger, quote)
    await ledger.decideApproval({ decision: 'denied', hash: 'shown-no', id: 'approval_no' })
    await ledger.decideApproval({ decision: 'approved', hash: 'shown-late', id: 'approval_late' })
    now = new Date('2026-03-01T12:15:00Z')

    for (const quote of ['no', 'late'])
      expect(
        await ledger.reserveJob({ approvalHash: `shown-${quote}`, caps, job: jobOf(quote) }),
      ).toEqual({ refused: 'approval' })
    const late = { decision: 'approved', hash: 'shown-later', id: 'approval_later' } as const
    expect(await ledger.decideApproval(late)).toBe(false)
    expect(await ledger.approvals()).toEqual([])
    expect((await ledger.usage()).total).toBe(0n)
  })

  test('behavior: a job without an approval is not reserved with one', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ledger.saveQuote(quoteOf('q'))

    expect(await ledger.reserveJob({ approvalHash: 'any', caps, job: jobOf('q') })).toEqual({
      refused: 'approval',
    })
  })

  test('behavior: the approval that a job consumed carries it through a consent', async () => {
    await using store = await setup()
    let now = new Date('2026-03-01T12:00:00Z')
    const ledger = await store.open({ now: () => now })
    await ask(ledger, 'q')
    await ledger.decideApproval({ decision: 'approved', hash: 'shown-q', id: 'approval_q' })
    const again = { approvalHash: 'shown-q', caps, job: jobOf('q') }
    await ledger.reserveJob(again)
    await ledger.moveJob('job_q', { from: 'reserved', to: 'sending' })
    await ledger.moveJob('job_q', { from: 'sending', to: 'needs_consent' })
    expect((await ledger.usage()).total).toBe(0n)

    expect(await ledger.reserveJob({ ...again, approvalHash: undefined })).toEqual({
      refused: 'approval',
    })
    now = new Date('2026-03-01T12:15:00Z')
    expect(await ledger.reserveJob(again)).toEqual({ refused: 'approval' })
    now = new Date('2026-03-01T12:14:59Z')
    expect(await ledger.reserveJob(again)).toMatchObject({
      created: true,
      job: { id: 'job_q', status: 'reserved' },
    })
    expect((await ledger.usage()).total).toBe(price)
  })

  test('behavior: a consent renews the approval of its job for as long again, at the same price', async () => {
    await using store = await setup()
    let now = new Date('2026-03-01T12:00:00Z')
    const ledger = await store.open({ now: () => now })
    await ask(ledger, 'q')
    await ledger.decideApproval({ decision: 'approved', hash: 'shown-q', id: 'approval_q' })
    const again = { approvalHash: 'shown-q', caps, job: jobOf('q') }
    await ledger.reserveJob(again)
    await ledger.moveJob('job_q', { from: 'reserved', to: 'sending' })
    await ledger.moveJob('job_q', { from: 'sending', to: 'needs_consent' })
    const consent = {
      confirmed_at: '2026-03-01T14:00:00.000Z',
      consent: { consent_version: '1', policy_text: 'Read me.' },
      error: { code: 'needs_consent' as const },
      face_media_roles: [],
    }
    await ledger.noteJob('job_q', { consent })

    now = new Date('2026-03-01T14:15:00Z')
    expect(await ledger.reserveJob(again)).toEqual({ refused: 'approval' })
    now = new Date('2026-03-01T14:14:59Z')
    for (const other of [
      { ...again, approvalHash: 'other' },
      { ...again, job: jobOf('q', { price: price + 1n }) },
    ])
      expect(await ledger.reserveJob(other)).toEqual({ refused: 'approval' })
    expect(await ledger.reserveJob(again)).toMatchObject({ job: { status: 'reserved' } })
  })

  test('behavior: a top-up for a job is at most the one that was approved with it', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ask(ledger, 'q', { topUp: 5_000_000n })
    await ledger.decideApproval({ decision: 'approved', hash: 'shown-q', id: 'approval_q' })
    await ledger.reserveJob({ approvalHash: 'shown-q', caps, job: jobOf('q') })

    const more = paymentOf('p', { amount: 5_000_001n, jobId: 'job_q' })
    expect(await ledger.reservePayment(more)).toEqual({ refused: 'approval' })
    await pay(ledger, 'p', { amount: 5_000_000n, jobId: 'job_q' })
  })

  test.each(['needs_approval', 'needs_consent', 'intent'] as const)(
    'behavior: a job in %s is reserved with its budgets or not at all',
    async (from) => {
      await using store = await setup()
      const ledger = await store.open()
      const id = await reserve(ledger, 'q')
      await store.query(`UPDATE job SET status = '${from}', reserved = 0`)

      expect(await ledger.moveJob(id, { from, to: 'reserved' })).toBe(false)
    },
  )
}
