import { expect, test } from 'vitest'

import type * as Ledger from '../../../src/Ledger.js'
import { type createProcesses, valuesOf } from '../../support/processes.js'
import {
  ask,
  caps,
  jobOf,
  pay,
  paymentOf,
  price,
  quoteOf,
  reserve,
  rowOf,
} from '../../support/purchases.js'
import { account, type Store } from '../../support/stores.js'
import { downgrade } from './migrations.js'

type Processes = ReturnType<typeof createProcesses>

/** How many processes meet over one thing. */
const crowd = 6

/** What several processes do at the same time through the ledger, each with its own. */
export function races(
  setup: () => Promise<Store>,
  options: {
    crush: { attempts: number; clients: number; processes: number }
    processes: () => Processes
  },
) {
  const { crush, processes } = options

  async function meet(store: Store) {
    const ledger = await store.open()
    valuesOf(await processes().all(crowd, 'open', () => ({ account, ...store.address })))
    const all = async <value>(method: keyof Ledger.Ledger, argsOf: (index: number) => unknown[]) =>
      valuesOf<value>(
        await processes().all(crowd, 'call', (index) => ({ args: argsOf(index), method })),
      )
    return {
      all,
      ledger,
      async [Symbol.asyncDispose]() {
        await processes().all(crowd, 'close')
      },
    }
  }

  const yes = (values: readonly boolean[]) => values.filter(Boolean).length

  test('behavior: all open a new ledger at once, and it is one', async () => {
    await using store = await setup()
    valuesOf(await processes().all(crowd, 'open', () => ({ account, ...store.address })))
    const payee = (index: number) => `0x${String(index).repeat(40)}`

    const answers = await processes().all(crowd, 'call', (index) => ({
      args: [payee(index)],
      method: 'pinPayee',
    }))

    const pinned = valuesOf<string>(answers)
    expect(new Set(pinned).size).toBe(1)
    const ledger = await store.open()
    expect((await ledger.state()).payee).toBe(pinned[0])
    expect(await ledger.verifyEvents()).toMatchObject({ events: 1, ok: true })
    await processes().all(crowd, 'close')
  })

  test('behavior: all open a ledger of the first version at once, and it is brought up once', async () => {
    await using store = await setup()
    const old = await store.open()
    const id = await reserve(old, 'q')
    await old.close()
    await downgrade(store, 1)

    valuesOf(await processes().all(crowd, 'open', () => ({ account, ...store.address })))
    const found = await processes().all(crowd, 'call', () => ({ args: [id], method: 'findJob' }))
    expect(valuesOf<{ id: string }>(found).map((job) => job.id)).toEqual(Array(crowd).fill(id))
    const ledger = await store.open()
    expect(ledger.readOnly).toBeUndefined()
    expect(await ledger.verifyEvents()).toMatchObject({ ok: true })
    await processes().all(crowd, 'close')
  })

  test('behavior: one empty wallet, many processes, one payment', async () => {
    await using store = await setup()
    await using meeting = await meet(store)
    type Result = Awaited<ReturnType<Ledger.Ledger['reservePayment']>>

    const results = await meeting.all<Result>('reservePayment', (index) => [
      paymentOf(`payment_${index}`),
    ])

    const refused = results.flatMap((result) => ('refused' in result ? [result.refused] : []))
    expect(refused).toEqual(Array.from({ length: crowd - 1 }, () => 'moved'))
    expect(await meeting.ledger.payments()).toHaveLength(1)
    expect((await meeting.ledger.usage()).topUpsPerDay).toBe(1n)
  })

  test('behavior: one quote, many processes, one job', async () => {
    await using store = await setup()
    await using meeting = await meet(store)
    await meeting.ledger.saveQuote(quoteOf('q'))
    type Result = { created: boolean; job: { id: string } }

    const results = await meeting.all<Result>('reserveJob', (index) => [
      { caps, job: jobOf('q', { id: `job_${index}` }) },
    ])

    expect(new Set(results.map(({ job }) => job.id)).size).toBe(1)
    expect(yes(results.map(({ created }) => created))).toBe(1)
    expect((await meeting.ledger.usage()).total).toBe(price)
  })

  test('behavior: many reserved jobs, one is sent', async () => {
    await using store = await setup()
    await using meeting = await meet(store)
    for (let index = 0; index < crowd; index += 1) await reserve(meeting.ledger, `${index}`)

    const moved = await meeting.all<boolean>('moveJob', (index) => [
      `job_${index}`,
      { from: 'reserved', to: 'sending' },
    ])

    expect(yes(moved)).toBe(1)
    expect(await meeting.ledger.jobs({ statuses: ['sending'] })).toHaveLength(1)
  })

  test('behavior: one approval is asked for, decided and used once', async () => {
    await using store = await setup()
    await using meeting = await meet(store)
    const { ledger } = meeting
    await ledger.saveQuote(quoteOf('q'))
    const expiresAt = new Date((await ledger.now()).getTime() + 60_000)

    const asked = await meeting.all<{ approval: { id: string } }>('requestApproval', (index) => [
      {
        approval: { expiresAt, hash: 'shown-q', id: `approval_${index}`, topUp: 0n },
        job: jobOf('q', { id: `job_${index}` }),
      },
    ])
    expect(new Set(asked.map(({ approval }) => approval.id)).size).toBe(1)

    const id = asked[0]?.approval.id ?? ''
    const decided = await meeting.all<boolean>('decideApproval', () => [
      { decision: 'approved', hash: 'shown-q', id },
    ])
    expect(yes(decided)).toBe(1)

    const used = await meeting.all<{ created: boolean }>('reserveJob', () => [
      { approvalHash: 'shown-q', caps, job: jobOf('q') },
    ])
    expect(yes(used.map(({ created }) => created))).toBe(1)
    expect((await ledger.usage()).total).toBe(price)
  })

  test('behavior: a row is linked, a lease taken and a payment freed once', async () => {
    await using store = await setup()
    await using meeting = await meet(store)
    const { ledger } = meeting
    const id = await reserve(ledger, 'q')
    await ask(ledger, 'r')
    await ledger.recordRows([rowOf('row', { amount: -price - 7n })])
    await pay(ledger, 'a', { to: 'credited' })
    await pay(ledger, 'p', { payments: 1 })

    const linked = await meeting.all<boolean>('linkRow', () => ['row', id])
    const leased = await meeting.all<boolean>('claimJob', (index) => [
      id,
      { owner: `owner_${index}`, ttl: 15_000 },
    ])
    const freed = await meeting.all<boolean>('movePayment', () => [
      'p',
      { from: 'sent', to: 'failed_unpaid' },
    ])

    expect([yes(linked), yes(leased), yes(freed)]).toEqual([1, 1, 1])
    expect(await ledger.usage()).toMatchObject({ topUpsPerDay: 1n, total: price + 7n })
    expect(await ledger.verifyEvents()).toMatchObject({ ok: true })
  })

  test('behavior: the log is found whole while others write to it', async () => {
    await using store = await setup()
    await using meeting = await meet(store)
    const writer = { done: false }
    const write = async () => {
      for (let round = 0; round < 20; round += 1)
        await meeting.all('appendEvent', () => [{ data: { round }, subject: 's', type: 't' }])
      writer.done = true
    }
    const check = async () => {
      while (!writer.done) expect(await meeting.ledger.verifyEvents()).toMatchObject({ ok: true })
    }

    await Promise.all([write(), check(), check()])

    expect(await meeting.ledger.verifyEvents()).toMatchObject({ events: 20 * crowd, ok: true })
  })

  test(
    `behavior: ${crush.processes} processes with ${crush.clients} clients each, one cap of $10`,
    { timeout: 120_000 },
    async () => {
      await using store = await setup()
      const ledger = await store.open()
      const quotes = Array.from({ length: crush.attempts }, (_, index) => `quote_${index}`)
      for (let from = 0; from < quotes.length; from += 500)
        await store.query(`INSERT INTO quote (id, account, model, body, hash, price, estimate,
          created_at, expires_at) VALUES ${quotes
            .slice(from, from + 500)
            .map((id) => `('${id}', '${account}', 'm', '{}', 'h', 62500, 0, 1, 1)`)
            .join(', ')}`)
      const { clients, processes: count } = crush
      const opened = await processes().all(count, 'open', () => ({
        account,
        clients,
        ...store.address,
      }))
      valuesOf(opened)

      const told = await processes().all(count, 'spend', (index) => ({
        caps,
        name: `job_${index}`,
        price: 62_500n,
        quotes: quotes.filter((_, place) => place % count === index),
      }))
      await processes().all(count, 'close')

      const results = valuesOf<{ errors: string[]; refused: number; reserved: number }>(told)
      expect(results.flatMap(({ errors }) => errors)).toEqual([])
      const sum = (key: 'refused' | 'reserved') =>
        results.reduce((total, result) => total + result[key], 0)
      expect([sum('reserved'), sum('refused')]).toEqual([160, crush.attempts - 160])
      expect(await ledger.usage()).toMatchObject({ perDay: caps.perDay, total: caps.perDay })
      const [row] = await store.query('SELECT sum(reserved) AS aside, count(*) AS jobs FROM job')
      expect(row).toEqual({ aside: '10000000', jobs: '160' })
      expect(await ledger.verifyEvents()).toMatchObject({ events: 160, ok: true })
    },
  )
}
