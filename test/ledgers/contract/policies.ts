import { expect, test } from 'vitest'

import * as Policy from '../../../src/Policy.js'
import { caps, jobOf, pay, paymentOf, price, quoteOf, reserve } from '../../support/purchases.js'
import { account, type Store } from '../../support/stores.js'

/** What a process brings: the sandbox's generous policy, with rules that somebody chose. */
function own(change: Partial<Policy.Policy> = {}, chosen?: readonly Policy.Key[]): Policy.Own {
  const policy = { ...Policy.Policy.parse(Policy.defaults.sandbox), ...change }
  return { chosen: chosen ?? (Object.keys(change) as Policy.Key[]), policy }
}

const payTo = '0x00000000000000000000000000000000000000bb'
const other = '0x00000000000000000000000000000000000000cc'

/** The owner's policy: versions on the ledger, and what is booked under them. */
export function policies(setup: () => Promise<Store>) {
  test('behavior: the first booking makes what the process brings the first version', async () => {
    await using store = await setup()
    const ledger = await store.open()
    expect(await ledger.policy()).toBeUndefined()
    await ledger.bringPolicy(own())
    expect(await ledger.policy()).toBeUndefined()

    await ledger.saveQuote(quoteOf('q'))
    await ledger.reserveJob({ caps, job: jobOf('q'), own: own() })

    expect(await ledger.policy()).toMatchObject({
      author: 'process',
      number: 1,
      owned: [],
      policy: own().policy,
    })
    const { data } = (await ledger.events()).find(({ type }) => type === 'policy') ?? {}
    expect(data).toMatchObject({ author: 'process', maxPerVideoUsd: '100', version: 1 })
  })

  test('behavior: a stricter process holds for every other, at its next booking', async () => {
    await using store = await setup()
    const [running, started] = [await store.open(), await store.open()]
    await running.bringPolicy(own({ maxPerVideoUsd: 5n * price }))

    await started.bringPolicy(own({ maxPerVideoUsd: price - 1n }))

    expect(await running.policy()).toMatchObject({ author: 'process', number: 2 })
    await running.saveQuote(quoteOf('q'))
    const refused = await running.reserveJob({
      caps,
      job: jobOf('q'),
      own: own({ maxPerVideoUsd: 5n * price }),
    })
    expect(refused).toEqual({
      asked: '$1.00',
      limit: '$0.999999',
      refused: 'policy',
      rule: 'maxPerVideoUsd',
    })
    expect(await running.findJobOfQuote('q')).toBeUndefined()
    expect(await running.usage()).toMatchObject({ perDay: 0n, total: 0n })
  })

  test('behavior: a process does not allow more than there is on record', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ledger.bringPolicy(own({ maxPerVideoUsd: price - 1n, maxSpendPerDayUsd: 3n }))

    await ledger.bringPolicy(own({ maxPerVideoUsd: 9n * price }))
    await ledger.bringPolicy(own({}, Policy.keys))

    expect(await ledger.policy()).toMatchObject({
      number: 1,
      policy: { maxPerVideoUsd: price - 1n, maxSpendPerDayUsd: 3n },
    })
    const loose = own({ maxPerVideoUsd: 9n * price })
    await ledger.saveQuote(quoteOf('q'))
    expect(await ledger.reserveJob({ caps, job: jobOf('q'), own: loose })).toMatchObject({
      refused: 'policy',
    })
  })

  test('behavior: the owner’s word replaces what was in force, for running processes too', async () => {
    await using store = await setup()
    const [running, terminal] = [await store.open(), await store.open()]
    const defaults = own({ maxPerVideoUsd: price - 1n }, [])
    await running.saveQuote(quoteOf('q'))
    expect(await running.reserveJob({ caps, job: jobOf('q'), own: defaults })).toMatchObject({
      refused: 'policy',
    })

    const said = await terminal.setPolicy({ maxPerVideoUsd: price }, defaults)

    expect(said).toMatchObject({ author: 'owner', owned: ['maxPerVideoUsd'] })
    expect(await running.reserveJob({ caps, job: jobOf('q'), own: defaults })).toMatchObject({
      created: true,
    })
    // A process for which somebody chose less keeps to that, and others start with it.
    await running.saveQuote(quoteOf('r'))
    const strict = own({ maxPerVideoUsd: price - 1n })
    expect(await running.reserveJob({ caps, job: jobOf('r'), own: strict })).toMatchObject({
      refused: 'policy',
    })
  })

  test('behavior: a cap lowered on the ledger binds a caller that brings a higher one', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await reserve(ledger, 'a')
    const lower = { maxCreditUsd: 4_999_999n, maxSpendPerDayUsd: 2n * price - 1n }
    await ledger.setPolicy(lower, own())
    await ledger.saveQuote(quoteOf('q'))

    expect(await ledger.reserveJob({ caps, job: jobOf('q'), own: own() })).toMatchObject({
      cap: 2n * price - 1n,
      refused: 'budget',
      scope: 'perDay',
    })
    expect(await ledger.reserveJob({ caps, job: jobOf('q') })).toMatchObject({
      cap: 2n * price - 1n,
      refused: 'budget',
    })
    expect(await ledger.reservePayment({ ...paymentOf('p'), own: own() })).toMatchObject({
      cap: 4_999_999n,
      refused: 'budget',
      scope: 'credit',
    })
    // And it is the lower one that the budget's row keeps.
    expect(
      await ledger.reserveJob({ caps, job: jobOf('q', { price: 10_000n }), own: own() }),
    ).toMatchObject({
      created: true,
    })
    const [row] = await store.query(`SELECT cap FROM budget WHERE scope = 'perDay'`)
    expect(row?.['cap']).toBe(String(2n * price - 1n))
  })

  test('behavior: no job is reserved unasked above what the ledger lets pass', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ledger.setPolicy({ approveAboveUsd: price - 1n }, own())
    await ledger.saveQuote(quoteOf('q'))

    expect(await ledger.reserveJob({ caps, job: jobOf('q'), own: own() })).toEqual({
      refused: 'approval',
    })
    await ledger.setPolicy({ approveAboveUsd: price, models: ['n'] }, own())
    expect(await ledger.reserveJob({ caps, job: jobOf('q'), own: own() })).toMatchObject({
      limit: 'n',
      refused: 'policy',
      rule: 'models',
    })
  })

  test('behavior: no payment is booked above the most at once, or for another payee', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ledger.setPolicy({ maxTopUpUsd: 4_999_999n }, own())
    expect(await ledger.reservePayment({ ...paymentOf('p'), own: own() })).toEqual({
      asked: '$5.00',
      limit: '$4.999999',
      refused: 'policy',
      rule: 'maxTopUpUsd',
    })

    await ledger.setPolicy({ maxTopUpUsd: 5_000_000n, payTo: other }, own())
    const refused = { offered: payTo, pinned: other, refused: 'payee' }
    expect(await ledger.reservePayment({ ...paymentOf('p'), own: own() })).toEqual(refused)
    // What a process brings does not make up for it: then nobody can be paid.
    const brought = own({ payTo })
    await ledger.bringPolicy(brought)
    expect(await ledger.reservePayment({ ...paymentOf('p'), own: brought })).toEqual({
      ...refused,
      pinned: Policy.nobody,
    })
    await ledger.setPolicy({ payTo: null }, own())
    await ledger.pinPayee(other)
    expect(await ledger.reservePayment({ ...paymentOf('p'), own: brought })).toEqual(refused)
    await ledger.setPolicy({ payTo }, own())
    expect(await ledger.reservePayment({ ...paymentOf('p'), own: brought })).toMatchObject({
      payment: { status: 'intent' },
    })
  })

  test('behavior: what a program brings can be read again, or is refused', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ledger.setPolicy({ approveAboveUsd: -1n, maxCreditUsd: 10n ** 18n }, own())
    expect(await ledger.policy()).toMatchObject({
      policy: { approveAboveUsd: 0n, maxCreditUsd: 999_999_999_999n },
    })
    await expect(ledger.setPolicy({ maxTopUpsPerDay: 0.5 }, own())).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
    })
    expect(await ledger.policy()).toMatchObject({ number: 1 })
  })

  test('behavior: versions stay as they were written, each wallet has its own', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ledger.bringPolicy(own({ maxPerVideoUsd: 1n }))
    const second = await store.open({ account: account.replace('aa', 'ab') })

    expect(await second.policy()).toBeUndefined()
    await expect(store.query(`UPDATE policy SET author = 'owner'`)).rejects.toThrow('append-only')
    await expect(store.query('DELETE FROM policy')).rejects.toThrow('append-only')
  })

  test('error: a policy that cannot be read allows nothing', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await store.query(`INSERT INTO policy (account, version, at, body, author)
      VALUES ('${account}', 1, 1, '{"owned":[],"policy":{"maxPerVideoUsd":"much"}}', 'owner')`)
    await ledger.saveQuote(quoteOf('q'))

    await expect(ledger.reserveJob({ caps, job: jobOf('q'), own: own() })).rejects.toMatchObject({
      code: 'LEDGER_CORRUPT',
    })
    await expect(pay(ledger, 'p')).rejects.toMatchObject({ code: 'LEDGER_CORRUPT' })
  })
}
