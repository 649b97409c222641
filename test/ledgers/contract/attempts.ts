import { expect, test } from 'vitest'

import { pay } from '../../support/purchases.js'
import type { Store } from '../../support/stores.js'

const code = 'INVALID_PAYMENT_FORMAT'

/** The envelopes in which a payment is presented: each on record, once, with what was said to it. */
export function attempts(setup: () => Promise<Store>) {
  test('behavior: attempts are kept in their order, with the first refusal of each', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await pay(ledger, 'p')

    expect(await ledger.beginAttempt('p', 'full')).toBe(true)
    expect(await ledger.beginAttempt('p', 'full')).toBe(true)
    await ledger.refuseAttempt('p', { code, detail: 'no', envelope: 'full' })
    await ledger.refuseAttempt('p', { code: 'OTHER', detail: 'other', envelope: 'full' })
    await ledger.refuseAttempt('p', { code, detail: 'never tried', envelope: 'labelled' })
    expect(await ledger.beginAttempt('p', 'flat')).toBe(true)

    expect(await ledger.attempts('p')).toMatchObject([
      { envelope: 'full', refused: code },
      { envelope: 'flat', refused: undefined },
    ])
    expect(await ledger.findPayment('p')).toMatchObject({ detail: 'no', status: 'sent' })
    const told = (await ledger.events()).filter(({ type }) => type === 'attempt')
    expect(told.map(({ data, subject }) => [subject, data])).toEqual([
      ['p', { envelope: 'full' }],
      ['p', { envelope: 'full', refused: code }],
      ['p', { envelope: 'flat' }],
    ])
  })

  test.each(['intent', 'signed', 'credited', 'failed_unpaid', 'paid_not_credited'] as const)(
    'behavior: a payment that is %s is not presented',
    async (to) => {
      await using store = await setup()
      const ledger = await store.open()
      await pay(ledger, 'p', { to })
      const before = await ledger.events()

      expect(await ledger.beginAttempt('p', 'full')).toBe(false)
      expect(await ledger.beginAttempt('none', 'full')).toBe(false)

      expect(await ledger.attempts('p')).toEqual([])
      expect(await ledger.events()).toEqual(before)
    },
  )

  test('behavior: a refusal proves nothing: the payment stays open and booked', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await pay(ledger, 'p', { to: 'unknown' })
    await ledger.beginAttempt('p', 'full')
    await ledger.refuseAttempt('p', { code, detail: 'no', envelope: 'full' })

    expect((await ledger.findPayment('p'))?.status).toBe('unknown')
    expect((await ledger.usage()).topUpsPerDay).toBe(1n)
  })

  test('behavior: a refusal that comes after the end changes nothing of the payment', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await pay(ledger, 'p')
    await ledger.beginAttempt('p', 'full')
    await ledger.movePayment('p', { from: 'sent', patch: { detail: 'paid' }, to: 'credited' })
    await ledger.refuseAttempt('p', { code, detail: 'no', envelope: 'full' })

    expect(await ledger.findPayment('p')).toMatchObject({ detail: 'paid', status: 'credited' })
  })

  test('behavior: a frozen wallet tries no new envelope, and an old one again', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await pay(ledger, 'p')
    await ledger.beginAttempt('p', 'full')
    await ledger.freeze('no')

    expect(await ledger.beginAttempt('p', 'full')).toBe(true)
    expect(await ledger.beginAttempt('p', 'flat')).toBe(false)

    await ledger.unfreeze('seen')
    expect(await ledger.beginAttempt('p', 'flat')).toBe(true)
  })

  test('behavior: of many that begin at once, one is on record for each envelope', async () => {
    await using store = await setup()
    const ledgers = await Promise.all([store.open(), store.open(), store.open()])
    const [ledger] = ledgers
    if (!ledger) throw new Error('no ledger')
    await pay(ledger, 'p')
    const names = ['full', 'labelled', 'full', 'labelled', 'full', 'labelled'] as const

    const begun = await Promise.all(
      names.flatMap((name) => ledgers.map((one) => one.beginAttempt('p', name))),
    )

    expect(begun.every(Boolean)).toBe(true)
    const found = (await ledger.attempts('p')).map(({ envelope }) => envelope)
    expect(found.toSorted()).toEqual(['full', 'labelled'])
  })

  test('behavior: another wallet of the same store presents nothing of this one', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await pay(ledger, 'p')
    const other = await store.open({ account: 'eip155:84532:0xcc' })

    expect(await other.beginAttempt('p', 'full')).toBe(false)
    await ledger.beginAttempt('p', 'full')
    await other.refuseAttempt('p', { code, detail: 'no', envelope: 'full' })
    expect(await other.attempts('p')).toEqual([])
    expect(await ledger.attempts('p')).toMatchObject([{ refused: undefined }])
  })
}
