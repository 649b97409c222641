import { expect, test } from 'vitest'

import * as Policy from '../../../src/Policy.js'
import { ask, caps, jobOf, paymentOf, price, reserve, rowOf } from '../../support/purchases.js'
import type { Store } from '../../support/stores.js'

const own: Policy.Own = { chosen: [], policy: Policy.Policy.parse(Policy.defaults.sandbox) }
const minute = 60_000

/** Terms of a job: how long what was checked is good for, and what is checked again. */
export function terms(setup: () => Promise<Store>) {
  async function start() {
    const store = await setup()
    let now = new Date('2026-03-01T12:00:00Z')
    const ledger = await store.open({ now: () => now })
    return {
      advance: (ms: number) => void (now = new Date(now.getTime() + ms)),
      ledger,
      now: () => now,
      send: (id: string) =>
        ledger.moveJob(id, { from: 'reserved', patch: { sentAt: now }, to: 'sending' }),
      store,
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    }
  }

  test('behavior: a job whose terms were looked at too long ago is not sent, by any path', async () => {
    await using it = await start()
    const { ledger } = it
    const id = 'job_q'
    await ask(ledger, 'q')
    await ledger.decideApproval({ decision: 'approved', hash: 'shown-q', id: 'approval_q' })
    await ledger.reserveJob({ approvalHash: 'shown-q', caps, job: jobOf('q') })
    it.advance(15 * minute + 1)

    expect(await it.send(id)).toBe(false)
    expect(await ledger.moveJob(id, { from: 'reserved', to: 'sending' })).toBe(false)
    const validBefore = new Date(it.now().getTime() + 5 * minute)
    const topUp = paymentOf('p', { jobId: id, validBefore })
    expect(await ledger.reservePayment(topUp)).toEqual({ refused: 'moved' })
    expect(await ledger.confirmJob(id, { caps, own, price })).toMatchObject({
      job: { checkedAt: it.now(), id, price },
    })
    it.advance(15 * minute)
    expect(await it.send(id)).toBe(true)

    // Taken for sent after all, nothing leaves: that waits for no price.
    await ledger.moveJob(id, { from: 'sending', to: 'reserved' })
    it.advance(minute)
    expect(await it.send(id)).toBe(false)
    expect(await ledger.moveJob(id, { from: 'reserved', to: 'sending' })).toBe(true)
  })

  test('behavior: another policy makes every job that waits be looked at again', async () => {
    await using it = await start()
    const { ledger } = it
    const id = await reserve(ledger, 'q')
    await ledger.setPolicy({ maxPerVideoUsd: price - 1n }, own)

    expect(await it.send(id)).toBe(false)
    expect(await ledger.findJob(id)).toMatchObject({ checkedAt: undefined })
    expect(await ledger.confirmJob(id, { caps, own, price })).toMatchObject({
      refused: 'policy',
      rule: 'maxPerVideoUsd',
    })
    await ledger.setPolicy({ approveAboveUsd: price - 1n, maxPerVideoUsd: price }, own)
    expect(await ledger.confirmJob(id, { caps, own, price })).toEqual({ refused: 'approval' })
    await ledger.setPolicy({ approveAboveUsd: price }, own)
    expect(await ledger.confirmJob(id, { caps, own, price })).toMatchObject({ job: { id } })
    expect(await it.send(id)).toBe(true)
    expect(await ledger.confirmJob(id, { caps, own, price })).toEqual({ refused: 'moved' })
  })

  test('behavior: the day of a job becomes the one on which it leaves, if that has room', async () => {
    await using it = await start()
    const { ledger } = it
    const id = await reserve(ledger, 'q')
    it.advance(24 * 60 * minute)
    const tight = { ...caps, perDay: price }
    const other = await reserve(ledger, 'r', { caps: tight })

    expect(await ledger.confirmJob(id, { caps: tight, own, price })).toMatchObject({
      asked: price,
      cap: price,
      refused: 'budget',
      scope: 'perDay',
    })
    expect(await ledger.usage()).toMatchObject({ perDay: price, total: 2n * price })
    await ledger.moveJob(other, { from: 'reserved', to: 'rejected' })
    expect(await ledger.confirmJob(id, { caps: tight, own, price })).toMatchObject({ job: { id } })

    expect(await ledger.usage()).toMatchObject({ perDay: price, total: price })
    expect(await it.store.query('SELECT used FROM budget ORDER BY scope, slot')).toEqual([
      { used: '0' },
      { used: String(price) },
      { used: String(price) },
    ])
    await ledger.moveJob(id, { from: 'reserved', to: 'rejected' })
    expect(await ledger.usage()).toMatchObject({ perDay: 0n, total: 0n })
  })

  test.each(['perDay', 'total'] as const)(
    'behavior: where %s was lowered, jobs that came first keep their place',
    async (scope) => {
      await using it = await start()
      const { ledger } = it
      const ids: string[] = []
      for (const name of ['a', 'b', 'c']) {
        ids.push(await reserve(ledger, name))
        it.advance(1)
      }
      const lowered = { ...caps, [scope]: 2n * price - 1n }
      const found = await Promise.all(
        ids.map((id) => ledger.confirmJob(id, { caps: lowered, own, price })),
      )
      expect(found.map((one) => ('refused' in one ? one.refused : one.job.id))).toEqual([
        ids[0],
        'budget',
        'budget',
      ])
      expect(found[2]).toMatchObject({ asked: price, cap: 2n * price - 1n, used: 2n * price })
    },
  )

  test('behavior: a higher price is set aside first, and is for whoever agreed to the lower one', async () => {
    await using it = await start()
    const { ledger } = it
    const id = await reserve(ledger, 'q')
    const more = price + 1n
    expect(await ledger.confirmJob(id, { caps, own, price: more })).toMatchObject({
      job: { price: more },
    })
    expect(await ledger.confirmJob(id, { caps, own, price: 1n })).toMatchObject({
      job: { price: more },
    })
    expect(await ledger.usage()).toMatchObject({ perDay: more, total: more })

    const { approval, job } = await ask(ledger, 'r')
    const { hash = '', id: approvalId = '' } = approval ?? {}
    await ledger.decideApproval({ decision: 'approved', hash, id: approvalId })
    await ledger.reserveJob({ approvalHash: hash, caps, job: jobOf('r'), own })
    expect(await ledger.confirmJob(job.id, { caps, own, price: more })).toEqual({
      refused: 'approval',
    })
    expect(await ledger.confirmJob(job.id, { caps, own, price })).toMatchObject({ job: { price } })
  })

  test('behavior: a frozen wallet and a job with rows of its own', async () => {
    await using it = await start()
    const { ledger } = it
    const id = await reserve(ledger, 'q')
    await ledger.recordRows([rowOf('row')])
    await ledger.linkRow('row', id)
    it.advance(24 * 60 * minute)

    // What is tied to it is booked on its day.
    expect(await ledger.confirmJob(id, { caps, own, price })).toMatchObject({ job: { id } })
    expect(await ledger.usage()).toMatchObject({ perDay: 0n, total: price })
    await ledger.freeze('no')
    expect(await ledger.confirmJob(id, { caps, own, price })).toMatchObject({ refused: 'frozen' })
  })
}
