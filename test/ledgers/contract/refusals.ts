import { expect, test } from 'vitest'

import { pay, quoteOf, reserve, rowOf } from '../../support/purchases.js'
import type { Answer, createProcesses } from '../../support/processes.js'
import { account, type Store } from '../../support/stores.js'

type Processes = ReturnType<typeof createProcesses>

const payment = (
  index: number,
  fields: { account?: string; job?: string; nonce?: string } = {},
) => {
  const { account: owner = account, job = 'NULL', nonce = `0x0${index}` } = fields
  return `INSERT INTO payment (id, account, seq, job_id, status, amount, nonce, pay_to, valid_before,
    budget_day, sealed_header, created_at, updated_at) VALUES ('payment_${index}', '${owner}',
    ${index + 10}, ${job}, '${job === 'NULL' ? 'sent' : 'credited'}', 5, '${nonce}', '0xbb', 1,
    '2026-01-01', 'sealed', 1, 1)`
}

/** What two processes try at the same time by raw SQL, and the rule that lets only one do it. */
const contests: {
  name: string
  prepare?: (ledger: Awaited<ReturnType<Store['open']>>, store: Store) => Promise<unknown>
  rule: { postgres: string; sqlite: string }
  text: (index: number) => string
}[] = [
  {
    name: 'a second open payment of a wallet',
    rule: { postgres: 'payment_one_open', sqlite: 'payment.account' },
    text: (index) => payment(index),
  },
  {
    name: 'a nonce used again, be it by another wallet',
    rule: { postgres: 'payment_one_per_nonce', sqlite: 'payment.nonce' },
    text: (index) => payment(index, { account: `eip155:1:${index}`, nonce: '0xaa' }),
  },
  {
    name: 'a second top-up for a job',
    prepare: (ledger) => reserve(ledger, 'q'),
    rule: { postgres: 'payment_one_per_job', sqlite: 'payment.job_id' },
    text: (index) => payment(index, { job: `'job_q'` }),
  },
  {
    name: 'a second job for a quote',
    prepare: (ledger) => ledger.saveQuote(quoteOf('q')),
    rule: { postgres: 'job_one_per_quote', sqlite: 'job.quote_id' },
    text: (index) => `INSERT INTO job (id, account, quote_id, status, model, hash, price, reserved,
      created_at, updated_at) VALUES ('job_${index}', '${account}', 'q', 'reserved', 'm', 'h', 5, 5,
      1, 1)`,
  },
  {
    name: 'a second job in sending',
    prepare: async (ledger) => [await reserve(ledger, '0'), await reserve(ledger, '1')],
    rule: { postgres: 'job_one_sending', sqlite: 'job.account' },
    text: (index) => `UPDATE job SET status = 'sending' WHERE id = 'job_${index}'`,
  },
  {
    name: 'a queue id on two jobs',
    prepare: async (ledger) => [await reserve(ledger, '0'), await reserve(ledger, '1')],
    rule: { postgres: 'job_one_per_queue_id', sqlite: 'job.account, job.queue_id' },
    text: (index) => `UPDATE job SET queue_id = 'v1' WHERE id = 'job_${index}'`,
  },
  {
    name: 'a provider row linked twice',
    prepare: (ledger) => ledger.recordRows([rowOf('r1')]),
    rule: { postgres: 'provider_link_once', sqlite: 'provider_link.account, provider_link.row_id' },
    text: (index) => `INSERT INTO provider_link VALUES ('${account}', 'r1', 'job_${index}')`,
  },
  {
    name: 'a budget over its cap',
    prepare: (ledger) => reserve(ledger, 'q', { price: 6_000_000n }),
    rule: { postgres: 'budget_within_cap', sqlite: 'budget_within_cap' },
    text: () => 'UPDATE budget SET used = used + 3000000',
  },
  {
    name: 'two events in one place',
    prepare: (ledger) => ledger.freeze('no'),
    // The later one meets the key of a row that is not committed yet, or the chain that has grown.
    rule: { postgres: 'event_pkey|does not follow', sqlite: 'does not follow' },
    text: () => `INSERT INTO event SELECT account, 2, at, type, subject, data, hash, 'ff' FROM event;
      UPDATE wallet SET events = 2, head = 'ff'`,
  },
]

/** What the database itself refuses, however it is asked. */
export function refusals(setup: () => Promise<Store>, processes: () => Processes) {
  test.each(contests)(
    'behavior: of two processes at once, one is refused: $name',
    async (contest) => {
      await using store = await setup()
      const { dialect } = store.address
      const ledger = await store.open()
      await ledger.saveQuote(quoteOf('any'))
      await contest.prepare?.(ledger, store)
      const { prepare: _prepare, rule, text } = contest

      const answers = await processes().all(2, 'transact', (index) => ({
        ...store.address,
        text: text(index),
      }))

      const errors = answers.flatMap(({ error }) => error ?? [])
      expect(errors.map(said)).toEqual([expect.stringMatching(rule[dialect]) as string])
    },
  )

  test.each([
    ['a budget below zero', 'UPDATE budget SET used = -1'],
    ['a cap below what is used', 'UPDATE budget SET cap = used - 1'],
    ['an unknown budget', `INSERT INTO budget VALUES ('${account}', 'day', 'all', 1, 0, 0)`],
    ['a negative overrun', 'UPDATE budget SET overrun = -1'],
    ['an unknown job status', `UPDATE job SET status = 'paid'`],
    ['a job to send without its price set aside', 'UPDATE job SET reserved = reserved - 1'],
    ['a higher price than was set aside', 'UPDATE job SET price = price + 1'],
    ['a negative price', 'UPDATE job SET price = -1, reserved = -1'],
    ['an unknown payment status', `UPDATE payment SET status = 'paid'`],
    ['a payment of nothing', payment(1).replace(' 5, ', ' 0, ')],
    ['a signed payment without its bytes', payment(1).replace(`'sealed'`, 'NULL')],
    ['a negative quote', 'UPDATE quote SET price = -1'],
    ['a freeze without a reason', 'UPDATE wallet SET frozen_at = 1'],
  ])('behavior: the tables refuse %s', async (_what, text) => {
    await using store = await setup()
    const ledger = await store.open()
    await reserve(ledger, 'q')
    await pay(ledger, 'p', { to: 'failed_unpaid' })

    await expect(store.query(text)).rejects.toThrow(/check constraint/i)
  })

  test.each([
    ['a job without a quote', `UPDATE job SET quote_id = 'none'`],
    ['a payment for no job', payment(1, { job: `'none'` })],
    ['a link to no row', `INSERT INTO provider_link VALUES ('${account}', 'none', 'job_q')`],
  ])('behavior: the tables refuse %s', async (_what, text) => {
    await using store = await setup()
    await reserve(await store.open(), 'q')

    await expect(store.query(text)).rejects.toThrow(/foreign key constraint/i)
  })

  test('error: what a table refuses is an error of ours, without the values', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await pay(ledger, 'p', { to: 'intent' })

    const unsealed = ledger.movePayment('p', { from: 'intent', to: 'signed' })

    await expect(unsealed).rejects.toMatchObject({ code: 'UNEXPECTED' })
    expect((await ledger.findPayment('p'))?.status).toBe('intent')
  })
}

function said({ constraint, message }: NonNullable<Answer['error']>): string {
  return `${constraint ?? ''} ${message}`
}
