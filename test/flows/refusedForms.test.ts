import { afterAll, expect, test, vi } from 'vitest'

import { raiseCredit } from '../../src/flows/raiseCredit.js'
import * as Money from '../../src/Money.js'
import { topUpWords } from '../../src/tools/topUpWords.js'
import { createTrial } from '../crash/createTrial.js'
import { request } from '../crash/requests.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 })

const trial = await createTrial()
afterAll(() => trial.close())

/** A server that takes no form of one payment of $8, and of $5 what it always takes. */
const refusals = { kind: 'envelopes', route: 'top-up-payment', takes: 'none', times: 4 }
const target = Money.parse('8')
const again = 'ask again'

type Buyer = Awaited<ReturnType<typeof trial.buyer>>

/** Asks for $8 of credit, with an owner who agrees and is told how much. */
async function raise({ zecchino }: Buyer, agreed: bigint[] = []) {
  const approve = async (amount: bigint) => agreed.push(amount) > 0
  const raised = await raiseCredit(zecchino, { approve, credit: target })
  return { ...raised, words: topUpWords(raised, { again, target }) }
}

test('behavior: $8 refused in every form ⇒ said so, waited for, then $5 at a time', async () => {
  await using buyer = await trial.buyer({ faults: [refusals], policy: { approveAboveUsd: '0' } })
  const agreed: bigint[] = []

  const first = await raise(buyer, agreed)
  const { payTo, validBefore } = first.payment ?? {}
  expect(first.words).toEqual({
    line: `Refused   $8 USDC to ${payTo}: every form was refused: INVALID_PAYMENT_FORMAT`,
    next: `Venice refused the payment of $8.00 in every form (refused: INVALID_PAYMENT_FORMAT). In case it was paid all the same, no other is signed until it has expired unspent, at ${validBefore?.toISOString()} or a little later. Then ask again: it pays $5.00 at a time, within the owner’s caps, each agreed to by itself.`,
  })

  await expect(raise(buyer, agreed)).rejects.toMatchObject({
    code: 'PAYMENT_UNRESOLVED',
    facts: ['every form was refused: INVALID_PAYMENT_FORMAT'],
    hint: expect.stringContaining(`try again after ${validBefore?.toISOString()}`),
    moneyMoved: 'unknown',
  })
  expect((await buyer.truth()).settlements).toEqual([])

  buyer.advance(400_000)
  const second = await raise(buyer, agreed)
  expect(second).toMatchObject({ credit: 5_000_000n, payment: { status: 'credited' } })
  expect(second.words).toEqual({
    line: `Paid      $5 USDC to ${payTo}: credited`,
    next: 'The credit is $5.00 of $8.00. Venice refused $8.00 at once, so each payment is $5.00: ask again for the next, within the owner’s caps.',
  })
  const third = await raise(buyer, agreed)
  expect(third.words.next).toBe('The credit is there. Call video_quote.')
  expect(await raise(buyer, agreed)).toMatchObject({ credit: 10_000_000n, payment: undefined })

  expect(agreed.map(Money.format)).toEqual(['8', '5', '5'])
  const payments = await buyer.ledger.payments()
  expect(payments.map(({ amount, status }) => [Money.format(amount), status])).toEqual([
    ['5', 'credited'],
    ['5', 'credited'],
    ['8', 'failed_unpaid'],
  ])
  expect((await buyer.truth()).settlements).toMatchObject([
    { amount_usd: '5' },
    { amount_usd: '5' },
  ])
})

test('behavior: a day later a larger payment is tried again', async () => {
  await using buyer = await trial.buyer({ faults: [refusals] })
  await raise(buyer)
  buyer.advance(400_000)
  await buyer.restart()
  buyer.advance(24 * 60 * 60_000)

  const { payment } = await raise(buyer)

  expect(payment).toMatchObject({ amount: target, status: 'credited' })
})

test('behavior: $5 refused in every form ⇒ no way on is promised', async () => {
  await using buyer = await trial.buyer({ faults: [{ ...refusals, times: 3 }] })
  const raised = await raiseCredit(buyer.zecchino, {})
  expect(raised).toMatchObject({ refused: ['INVALID_PAYMENT_FORMAT'] })
  const { line, next } = topUpWords(raised, { again })
  expect(line).toMatch(/^Refused {3}\$5 USDC/)
  expect(next).toContain('Do not pay again: tell the wallet’s owner')
})

test('behavior: a job that needs more than $5 ⇒ refused once, then told before anything is signed', async () => {
  const dear = { factor: 100, kind: 'price-lie', route: 'quote', times: 'always' }
  const caps = { maxCreditUsd: '20', maxPerVideoUsd: '20', maxSpendPerDayUsd: '20' }
  const policy = { ...caps, maxSpendTotalUsd: '40', maxTopUpsPerDay: 5, maxTopUpUsd: '20' }
  await using buyer = await trial.buyer({ faults: [refusals, dear], policy })

  const first = (await buyer.buy()).job
  expect(first?.status).toBe('rejected')
  expect(first?.detail).toMatch(
    /^Its top-up of \$\d+\.\d\d did not settle \(every form was refused: INVALID_PAYMENT_FORMAT\), and nothing was paid\. Payments of \$5\.00 are known to be taken: raise the credit to \$/,
  )

  const second = (await buyer.buy({ ...request, prompt: 'Another one.' })).job
  expect(second?.status).toBe('rejected')
  expect(second?.detail).toMatch(/^It needs a top-up of more than \$5\.00, and Venice has refused/)
  expect(await buyer.ledger.payments()).toHaveLength(1)
  expect((await buyer.truth()).settlements).toEqual([])

  // As the owner is told: the credit first, then the video.
  const credit = (second?.price ?? 0n) + 100_000n
  for (let round = 0; round < 3; round += 1) await raiseCredit(buyer.zecchino, { credit })
  expect((await buyer.buy({ ...request, prompt: 'A third one.' })).job?.status).toBe('cleaned')
  const { settlements } = await buyer.truth()
  expect(settlements.map(({ amount_usd: usd }) => usd)).toEqual(settlements.map(() => '5'))
})
