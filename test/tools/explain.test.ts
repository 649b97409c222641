import { expect, test } from 'vitest'

import { ownOf } from '../../src/flows/policyOf.js'
import * as Ledger from '../../src/Ledger.js'
import { explain } from '../../src/tools/explain.js'
import { createBuyer } from '../support/createBuyer.js'

const caps = {
  credit: 10n ** 9n,
  paid: 10n ** 9n,
  perDay: 10n ** 9n,
  topUpsPerDay: 9n,
  total: 10n ** 9n,
}

/** A job that is reserved, and an error that it met. */
async function setup() {
  const buyer = await createBuyer({ apiUrl: 'http://127.0.0.1:9/api/v1', rpc: false })
  const { ledger } = buyer.zecchino
  const job = { hash: 'h', id: 'job_1', model: 'm', price: 210_000n, quoteId: 'quote_1' }
  const now = new Date()
  const expiresAt = new Date(now.getTime() + 60_000)
  const { hash, model, price } = job
  const quote = { body: '{}', createdAt: now, estimate: false, expiresAt, hash, model, price }
  await ledger.saveQuote({ ...quote, id: job.quoteId })
  await ledger.reserveJob({ caps, job, own: ownOf(buyer.zecchino) })
  const error = new Ledger.FrozenError({ reason: 'somebody else spends.' })
  return {
    ...buyer,
    explained: async () =>
      (await explain(buyer.zecchino, { error, jobId: job.id })).toJSON() as Record<string, unknown>,
    async pay(status: 'credited' | 'sent') {
      const { payments } = await ledger.state()
      const payment = {
        amount: 5_000_000n,
        id: 'payment_1',
        jobId: job.id,
        nonce: `0x${'1'.repeat(64)}`,
        payTo: `0x${'2'.repeat(40)}`,
        validBefore: new Date(Date.now() + 300_000),
      } as const
      await ledger.reservePayment({
        caps,
        credit: 0n,
        own: ownOf(buyer.zecchino),
        payment,
        payments,
      })
      const way = ['intent', 'signed', 'sent', 'credited'] as const
      for (const [index, from] of way.slice(0, way.indexOf(status)).entries())
        await ledger.movePayment(payment.id, {
          from,
          patch: { sealedTransfer: 'sealed' },
          to: way[index + 1] ?? from,
        })
    },
  }
}

test('default: an error says which job it is about, and not to buy it again', async () => {
  await using setting = await setup()
  const explained = await setting.explained()
  expect(explained).toMatchObject({
    code: 'WALLET_FROZEN',
    facts: ['Job: job_1 (reserved)'],
    message: 'Spending is stopped: somebody else spends.',
    money_moved: 'no',
    retryable: false,
  })
  expect(explained['next']).toMatch(/zecchino unfreeze.*video_retrieve {"job_id":"job_1"}.*Do not/s)
})

test.each([
  ['credited', 'yes'],
  ['sent', 'unknown'],
] as const)('behavior: a top-up that is %s makes it %s that money moved', async (status, moved) => {
  await using setting = await setup()
  await setting.pay(status)
  expect(await setting.explained()).toMatchObject({
    facts: ['Job: job_1 (reserved)', `Top-up: $5.00 ${status}`],
    money_moved: moved,
  })
})
