import { expect, test } from 'vitest'

import { caps, jobOf, quoteOf, reserve } from '../../support/purchases.js'
import type { Store } from '../../support/stores.js'

/** Who works on a job, and which jobs nobody works on. */
export function leases(setup: () => Promise<Store>) {
  const noon = Date.parse('2026-03-02T12:00:00Z')

  test('behavior: a lease keeps others away until it is given back or runs out', async () => {
    await using store = await setup()
    let now = new Date(noon)
    const ledger = await store.open({ now: () => now })
    const id = await reserve(ledger, 'q')

    expect(await ledger.claimJob(id, { owner: 'a', ttl: 1_000 })).toBe(true)
    expect(await ledger.claimJob(id, { owner: 'b', ttl: 1_000 })).toBe(false)
    await ledger.releaseJob(id, 'b')
    expect(await ledger.claimJob(id, { owner: 'b', ttl: 1_000 })).toBe(false)
    now = new Date(noon + 1_001)
    expect(await ledger.claimJob(id, { owner: 'b', ttl: 1_000 })).toBe(true)
    await ledger.releaseJob(id, 'b')
    expect(await ledger.claimJob(id, { owner: 'a', ttl: 1_000 })).toBe(true)
  })

  test('behavior: jobs are told apart by whether somebody has them in hand', async () => {
    await using store = await setup()
    let now = new Date(noon)
    const ledger = await store.open({ now: () => now })
    const [dead, given, held] = [
      await reserve(ledger, 'dead'),
      await reserve(ledger, 'given'),
      await reserve(ledger, 'held'),
    ]
    await ledger.claimJob(dead, { owner: 'a', ttl: 1_000 })
    await ledger.claimJob(given, { owner: 'a', ttl: 15_000 })
    await ledger.releaseJob(given, 'a')
    now = new Date(noon + 2_000)
    await ledger.claimJob(held, { owner: 'b', ttl: 1_000 })

    const ids = async (leased?: boolean) =>
      (await ledger.jobs({ leased, statuses: ['reserved'] })).map(({ id }) => id).toSorted()
    expect(await ids(true)).toEqual([held])
    expect(await ids(false)).toEqual([dead, given])
    expect(await ids()).toEqual([dead, given, held])
    expect(await ledger.jobs({ leased: false, limit: 1, statuses: ['queued'] })).toEqual([])
  })

  test('behavior: a job is leased in the step that makes it', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ledger.saveQuote(quoteOf('q'))

    const lease = { owner: 'a', ttl: 15_000 }
    await ledger.reserveJob({ caps, job: jobOf('q'), lease })

    expect(await ledger.jobs({ leased: true })).toMatchObject([{ status: 'reserved' }])
    expect(await ledger.claimJob('job_q', { owner: 'b', ttl: 15_000 })).toBe(false)
    expect(await ledger.claimJob('job_q', lease)).toBe(true)
  })

  test('behavior: a lease taken by a clock that was an hour ahead does not hold for an hour', async () => {
    await using store = await setup()
    let now = new Date(noon + 3_600_000)
    const ledger = await store.open({ now: () => now })
    const id = await reserve(ledger, 'q')
    await ledger.claimJob(id, { owner: 'a', ttl: 15_000 })

    now = new Date(noon)
    await ledger.unfreeze('the clock is right now')

    expect(await ledger.jobs({ leased: false })).toMatchObject([{ id }])
    expect(await ledger.claimJob(id, { owner: 'b', ttl: 15_000 })).toBe(true)
  })

  test.each([50, 90, 600])(
    'behavior: nor does one by a clock that was %d s ahead and was put right',
    async (seconds) => {
      await using store = await setup()
      let now = new Date(noon + 1_000 * seconds)
      const ledger = await store.open({ now: () => now })
      const id = await reserve(ledger, 'q')
      await ledger.claimJob(id, { owner: 'a', ttl: 15_000 })

      now = new Date(noon + 30_000)
      expect(await ledger.claimJob(id, { owner: 'b', ttl: 15_000 })).toBe(true)
      expect(await ledger.claimJob(id, { owner: 'c', ttl: 15_000 })).toBe(false)
      now = new Date(noon + 45_001)
      expect(await ledger.claimJob(id, { owner: 'c', ttl: 15_000 })).toBe(true)
    },
  )

  test('behavior: looking at a job that another has in hand writes nothing', async () => {
    await using store = await setup()
    let now = new Date(noon)
    const ledger = await store.open({ now: () => now })
    const id = await reserve(ledger, 'q')
    await ledger.claimJob(id, { owner: 'a', ttl: 15_000 })
    const seen = () => store.query('SELECT last_seen FROM wallet')
    const before = await seen()

    now = new Date(noon + 5_000)
    expect(await ledger.claimJob(id, { owner: 'b', ttl: 15_000 })).toBe(false)

    expect(await seen()).toEqual(before)
  })

  test('options: hash', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await reserve(ledger, 'q')
    await ledger.saveQuote(quoteOf('r'))
    await ledger.reserveJob({ caps, job: { ...jobOf('r'), hash: 'another' } })

    expect(await ledger.jobs({ hash: 'another' })).toMatchObject([{ quoteId: 'r' }])
    expect(await ledger.jobs({ hash: 'unknown' })).toEqual([])
  })
}
