import { expect, test } from 'vitest'

import { ask, caps, jobOf, pay, paymentOf, reserve } from '../../support/purchases.js'
import type { Store } from '../../support/stores.js'

const day = (text: string) => new Date(`${text}Z`)

/** Payments: one at a time, one per job, each nonce once. */
export function payments(setup: () => Promise<Store>) {
  test('behavior: a payment is booked on the day, and on the credit that was observed', async () => {
    await using store = await setup()
    const ledger = await store.open()

    const refused = await ledger.reservePayment(paymentOf('p', { credit: 5_000_001n }))
    expect(refused).toEqual({
      asked: 5_000_000n,
      cap: 10_000_000n,
      refused: 'budget',
      scope: 'credit',
      used: 5_000_001n,
    })
    expect((await ledger.usage()).topUpsPerDay).toBe(0n)

    const made = await ledger.reservePayment(paymentOf('p', { credit: 5_000_000n }))
    expect(made).toMatchObject({ payment: { amount: 5_000_000n, id: 'p', status: 'intent' } })
    expect((await ledger.usage()).topUpsPerDay).toBe(1n)
  })

  test('behavior: one observation of the credit leads to one payment', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await pay(ledger, 'p', { to: 'credited' })

    expect(await ledger.reservePayment(paymentOf('r', { payments: 0 }))).toEqual({
      refused: 'moved',
    })
    expect(await ledger.reservePayment(paymentOf('r', { payments: 1 }))).toMatchObject({
      payment: { id: 'r' },
    })
  })

  test('behavior: the top-ups of a day are counted, and an unpaid one is none', async () => {
    await using store = await setup()
    let now = day('2026-03-01T12:00:00')
    const ledger = await store.open({ now: () => now })
    await pay(ledger, 'a', { to: 'credited' })
    await pay(ledger, 'b', { payments: 1, to: 'failed_unpaid' })
    expect(await ledger.movePayment('b', { from: 'sent', to: 'failed_unpaid' })).toBe(false)
    await pay(ledger, 'c', { payments: 2, to: 'credited' })
    expect((await ledger.usage()).topUpsPerDay).toBe(2n)

    expect(await ledger.reservePayment(paymentOf('d', { at: now, payments: 3 }))).toMatchObject({
      scope: 'topUpsPerDay',
    })

    now = day('2026-03-02T00:00:00')
    await pay(ledger, 'd', { payments: 3 })
  })

  test('behavior: what was ever paid has a cap of its own, whatever credit is told of', async () => {
    await using store = await setup()
    let now = day('2026-03-01T12:00:00')
    const ledger = await store.open({ now: () => now })
    const tight = { ...caps, paid: 12_000_000n }
    await pay(ledger, 'a', { caps: tight, to: 'credited' })
    await pay(ledger, 'b', { caps: tight, payments: 1, to: 'failed_unpaid' })
    expect((await ledger.usage()).paid).toBe(5_000_000n)
    await pay(ledger, 'c', { caps: tight, payments: 2, to: 'unknown' })
    await ledger.movePayment('c', { from: 'unknown', to: 'paid_not_credited' })
    await ledger.unfreeze('seen')
    await ledger.movePayment('c', { from: 'paid_not_credited', to: 'abandoned' })
    now = day('2027-03-01T12:00:00')

    expect(
      await ledger.reservePayment(paymentOf('d', { at: now, caps: tight, payments: 3 })),
    ).toEqual({
      asked: 5_000_000n,
      cap: 12_000_000n,
      refused: 'budget',
      scope: 'paid',
      used: 10_000_000n,
    })
    expect(await ledger.usage()).toMatchObject({ paid: 10_000_000n, topUpsPerDay: 0n })
    const rest = { amount: 2_000_000n, caps: tight, payments: 3 }
    await pay(ledger, 'd', { ...rest, to: 'credited' })
    expect((await ledger.usage()).paid).toBe(12_000_000n)
  })

  test('behavior: a payment that may have settled stays booked until there is proof', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await pay(ledger, 'p', { to: 'unknown' })
    expect((await ledger.usage()).topUpsPerDay).toBe(1n)

    await ledger.movePayment('p', { from: 'unknown', to: 'failed_unpaid' })
    expect((await ledger.usage()).topUpsPerDay).toBe(0n)
  })

  test.each(['intent', 'signed', 'sent', 'unknown', 'paid_not_credited'] as const)(
    'behavior: while a payment is %s there is no other',
    async (to) => {
      await using store = await setup()
      const ledger = await store.open()
      await pay(ledger, 'p', { to })
      if (to === 'paid_not_credited') await ledger.unfreeze('seen')

      expect(await ledger.reservePayment(paymentOf('r', { payments: 1 }))).toEqual({
        refused: 'open_payment',
      })
    },
  )

  test('behavior: nothing is signed that is over, or valid for too long, by the ledger’s clock', async () => {
    await using store = await setup()
    const at = day('2026-03-01T12:00:00')
    const ledger = await store.open({ now: () => at })
    const until = (seconds: number) => new Date(at.getTime() + seconds * 1_000)
    for (const seconds of [-86_400, 0, 661, 86_400, 1e9])
      expect(
        await ledger.reservePayment(paymentOf('p', { validBefore: until(seconds) })),
      ).toMatchObject({ refused: 'clock' })
    expect(await ledger.usage()).toMatchObject({ paid: 0n, topUpsPerDay: 0n })
    await pay(ledger, 'p', { to: 'failed_unpaid', validBefore: until(660) })
    await pay(ledger, 'r', { payments: 1, validBefore: until(1) })
  })

  test('behavior: a nonce is used once, also after its payment ended', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const nonce = `0x${'ab'.repeat(32)}` as const
    await pay(ledger, 'p', { nonce, to: 'failed_unpaid' })

    expect(await ledger.reservePayment(paymentOf('r', { nonce, payments: 1 }))).toEqual({
      refused: 'moved',
    })
    const upper = `0x${'AB'.repeat(32)}` as const
    expect(await ledger.reservePayment(paymentOf('r', { nonce: upper, payments: 1 }))).toEqual({
      refused: 'moved',
    })
  })

  test('behavior: only a reserved job is topped up for, and once', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const jobId = 'job_q'
    await ask(ledger, 'q')
    await ledger.decideApproval({ decision: 'approved', hash: 'shown-q', id: 'approval_q' })
    await ledger.reserveJob({ approvalHash: 'shown-q', caps, job: jobOf('q') })
    await pay(ledger, 'p', { jobId, to: 'credited' })

    expect(await ledger.reservePayment(paymentOf('r', { jobId, payments: 1 }))).toEqual({
      refused: 'moved',
    })
    expect(await ledger.reservePayment(paymentOf('r', { jobId: 'none', payments: 1 }))).toEqual({
      refused: 'moved',
    })
    const ended = await reserve(ledger, 'ended')
    await ledger.moveJob(ended, { from: 'reserved', to: 'abandoned' })
    expect(await ledger.reservePayment(paymentOf('r', { jobId: ended, payments: 1 }))).toEqual({
      refused: 'moved',
    })
  })
}
