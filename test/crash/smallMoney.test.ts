import { afterAll, expect, test, vi } from 'vitest'

import { checkForeign, findForeign } from '../../src/flows/checkForeign.js'
import { readReceipt } from '../../src/flows/readReceipt.js'
import { reconcile } from '../../src/flows/reconcile.js'
import * as Money from '../../src/Money.js'
import { createTrial } from './createTrial.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 })

const trial = await createTrial()
afterAll(() => trial.close())

type Buyer = Awaited<ReturnType<typeof trial.buyer>>

const dust = { kind: 'dust', route: '*', times: 'always', units: 44 }
const split = { kind: 'split-charge', route: 'queue', rows: 3, times: 'always' }
const failed = { kind: 'job-failed', route: 'retrieve' }

/** Nothing is left over, to the micro-dollar: neither against the provider's rows nor as a stranger's. */
async function expectEven({ advance, ledger, zecchino }: Buyer) {
  advance(2_000_000)
  expect((await reconcile(zecchino)).differences).toEqual([])
  await checkForeign(zecchino)
  expect((await ledger.state()).frozen).toBeUndefined()
}

test.each([
  ['a price of eight decimals', [dust]],
  ['three charges for one video', [split]],
  ['three charges of a price of eight decimals', [dust, split]],
  [
    'three charges that name another request',
    [dust, split, { kind: 'other-request-id', route: 'queue' }],
  ],
  [
    'three charges, and the answer lost',
    [dust, split, { kind: 'reset', route: 'queue', when: 'after' }],
  ],
])('behavior: %s ⇒ the price agreed to, to the micro-dollar', async (_, faults) => {
  await using buyer = await trial.buyer({ faults })

  const { job } = await buyer.buy()

  expect(job).toMatchObject({ status: 'cleaned' })
  const price = job?.price ?? 0n
  expect(await buyer.ledger.usage()).toMatchObject({ perDay: price, total: price })
  await expectEven(buyer)
  const receipt = await readReceipt(buyer.zecchino, job?.id ?? '')
  expect(receipt.charged_usd).toBe(receipt.price_usd)
  const { charges } = await buyer.truth()
  expect(receipt.venice_rows.map(({ usd }) => usd).toSorted()).toEqual(
    charges.map(({ amount_usd: usd }) => `-${usd}`).toSorted(),
  )
})

test.each([
  ['of a price of eight decimals', [dust]],
  ['of three charges', [dust, split]],
  [
    'of three charges, that names another request',
    [dust, split, { kind: 'other-request-id', route: 'queue' }],
  ],
  ['without a name, of a charge that has one', [{ kind: 'nameless-refund', route: 'retrieve' }]],
  ['that names nothing', [dust, { form: 'none', kind: 'other-request-id', route: 'queue' }]],
])('behavior: a refund %s gives back all of it', async (_, faults) => {
  await using buyer = await trial.buyer({ faults: [...faults, failed] })
  const { job } = await buyer.buy()
  expect(job?.status).toMatch(/^failed_/)

  await expectEven(buyer)

  expect(await buyer.ledger.findJob(job?.id ?? '')).toMatchObject({
    refund: job?.price,
    status: 'failed_refunded',
  })
  expect(await buyer.ledger.usage()).toMatchObject({ perDay: 0n, total: 0n })
})

test('behavior: credit of $0.09999999 is below the floor, and topped up for once', async () => {
  await using buyer = await trial.buyer({})
  await buyer.credit(buyer.address, '0.09999999')

  expect((await buyer.buy()).job).toMatchObject({ status: 'cleaned' })

  const { requests, settlements } = await buyer.truth()
  expect(settlements).toHaveLength(1)
  expect(requests.filter(({ path, status }) => path.endsWith('/queue') && status === 402)).toEqual(
    [],
  )
})

test.each(['0.00053844', '0.00000001'])(
  'behavior: a stranger’s charge of $%s stops spending',
  async (usd) => {
    await using buyer = await trial.buyer({
      faults: [{ kind: 'foreign-charge', route: 'queue', usd }],
    })
    expect((await buyer.buy()).job).toMatchObject({ status: 'cleaned' })
    buyer.advance(2_000_000)
    await reconcile(buyer.zecchino)
    const [row] = await findForeign(buyer.zecchino)
    expect(row?.exact).toBe(-Money.parseExact(usd))

    await checkForeign(buyer.zecchino)

    expect((await buyer.ledger.state()).frozen?.reason).toMatch(/a CHARGE of \$0\.000\d+ at/)
  },
)
