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
import * as Policy from '../../../src/Policy.js'
import type { Store } from '../../support/stores.js'

/** A policy whose owner is asked above an amount. */
const withLimit = (approveAboveUsd: string) =>
  Policy.Policy.parse({ ...Policy.defaults.sandbox, approveAboveUsd })

/** What asks anew about the job of quote `q`, by its number. */
const anewOf = (number: string) => ({
  approval: {
    expiresAt: new Date(Date.now() + 900_000),
    hash: `shown-${number}`,
    id: `approval_${number}`,
    topUp: 5_000_000n,
  },
  detail: 'more by now',
  from: 'reserved' as const,
  jobId: 'job_q',
  price: price + 1n,
  replaces: 'approval_q',
})

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
    expect(await ledger.reservePayment(more)).toEqual({
      agreed: 5_000_000n,
      asked: 5_000_001n,
      refused: 'approval',
    })
    await pay(ledger, 'p', { amount: 5_000_000n, jobId: 'job_q' })
    expect(await ledger.findPayment('p')).toMatchObject({ agreed: 5_000_000n })
  })

  test('behavior: what is above the owner’s limit is paid with a person’s word only, whatever led there', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const own = { chosen: Policy.keys, policy: withLimit('1') }
    const jobId = await reserve(ledger, 'unasked')
    const refused = { asked: 5_000_000n, refused: 'approval' }
    expect(await ledger.reservePayment({ ...paymentOf('p', { jobId }), own })).toEqual(refused)
    // A word that was given for nothing in particular is none about this job.
    const told = { ...paymentOf('p', { jobId }), agreed: 9_000_000n, own }
    expect(await ledger.reservePayment(told)).toEqual(refused)
    const unasked = { ...paymentOf('p'), agreed: undefined }
    expect(await ledger.reservePayment({ ...unasked, own })).toEqual(refused)
    const less = { ...paymentOf('p'), agreed: 4_999_999n, own }
    expect(await ledger.reservePayment(less)).toEqual({ ...refused, agreed: 4_999_999n })
    expect(await ledger.usage()).toMatchObject({ paid: 0n, topUpsPerDay: 0n })

    const word = { ...paymentOf('p'), agreed: 5_000_000n, own }
    expect(await ledger.reservePayment(word)).toMatchObject({ payment: { agreed: 5_000_000n } })
    await ledger.movePayment('p', { from: 'intent', to: 'failed_unpaid' })
    const small = { ...paymentOf('r', { amount: 1_000_000n, payments: 1 }), own }
    expect(await ledger.reservePayment(small)).toMatchObject({ payment: { amount: 1_000_000n } })
  })

  test('behavior: where nobody has brought a policy, nothing is paid that nobody agreed to', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const jobId = await reserve(ledger, 'unasked')
    const refused = { asked: 5_000_000n, refused: 'approval' }
    const unasked = { ...paymentOf('p'), agreed: undefined }
    expect(await ledger.reservePayment(unasked)).toEqual(refused)
    expect(await ledger.reservePayment(paymentOf('p', { jobId }))).toEqual(refused)
    expect(await ledger.usage()).toMatchObject({ paid: 0n, topUpsPerDay: 0n })
  })

  test('behavior: an approval that was not used yet pays for nothing', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const own = { chosen: Policy.keys, policy: withLimit('1') }
    await ask(ledger, 'q')
    await store.query(`UPDATE job SET status = 'reserved', reserved = price`)
    const payment = { ...paymentOf('p', { jobId: 'job_q' }), own }
    expect(await ledger.reservePayment(payment)).toMatchObject({ refused: 'approval' })
    await ledger.decideApproval({ decision: 'approved', hash: 'shown-q', id: 'approval_q' })
    expect(await ledger.reservePayment(payment)).toMatchObject({ refused: 'approval' })
  })

  test('behavior: a job is asked about anew, and only the last word counts', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ask(ledger, 'q', { topUp: 0n })
    await ledger.decideApproval({ decision: 'approved', hash: 'shown-q', id: 'approval_q' })
    await ledger.reserveJob({ approvalHash: 'shown-q', caps, job: jobOf('q') })
    expect((await ledger.usage()).total).toBe(price)
    const anew = anewOf('2')

    for (const other of [
      { ...anew, replaces: undefined },
      { ...anew, replaces: 'approval_x' },
      { ...anew, from: 'needs_approval' as const },
      { ...anew, from: 'queued' as 'reserved' },
      { ...anew, jobId: 'job_x' },
    ])
      expect(await ledger.askAgain(other)).toEqual({ refused: 'moved' })
    expect(await ledger.askAgain(anew)).toMatchObject({
      approval: { id: 'approval_2', status: 'open', topUp: 5_000_000n },
      job: { detail: 'more by now', price: price + 1n, status: 'needs_approval' },
    })
    expect(await ledger.askAgain(anew)).toEqual({ refused: 'moved' })

    expect((await ledger.usage()).total).toBe(0n)
    expect(await ledger.findApproval('approval_q')).toMatchObject({ status: 'superseded' })
    expect(await ledger.findApprovalOfJob('job_q')).toMatchObject({ id: 'approval_2' })
    expect(await ledger.approvals()).toMatchObject([{ id: 'approval_2' }])
    const buy = (approvalHash: string) =>
      ledger.reserveJob({ approvalHash, caps, job: jobOf('q', { price: price + 1n }) })
    for (const hash of ['shown-q', 'shown-2'])
      expect(await buy(hash)).toEqual({ refused: 'approval' })
    const old = { decision: 'approved', hash: 'shown-q', id: 'approval_q' } as const
    expect(await ledger.decideApproval(old)).toBe(false)
    expect(await ledger.decideApproval({ ...old, hash: 'shown-2', id: 'approval_2' })).toBe(true)
    expect(await buy('shown-q')).toEqual({ refused: 'approval' })
    expect(await buy('shown-2')).toMatchObject({ created: true, job: { id: 'job_q' } })
    expect((await ledger.usage()).total).toBe(price + 1n)
    expect(await ledger.verifyEvents()).toMatchObject({ ok: true })
  })

  test('behavior: nobody is asked anew after a no, nor without end', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ask(ledger, 'q')
    const from = 'needs_approval'
    let replaces = 'approval_q'
    for (let asked = 1; asked < Policy.mostAsked.job; asked += 1) {
      const next = await ledger.askAgain({ ...anewOf(`${asked}`), from, replaces })
      expect(next).toMatchObject({ approval: { status: 'open' } })
      replaces = `approval_${asked}`
    }
    expect(await ledger.askAgain({ ...anewOf('x'), from, replaces })).toEqual({
      refused: 'approval',
    })

    await ask(ledger, 'r')
    await ledger.decideApproval({ decision: 'denied', hash: 'shown-r', id: 'approval_r' })
    expect(
      await ledger.askAgain({ ...anewOf('y'), from, jobId: 'job_r', replaces: 'approval_r' }),
    ).toEqual({ refused: 'moved' })
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
