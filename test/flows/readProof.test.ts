import { expect, test } from 'vitest'

import { factsOf, findUnresolved, resolve } from '../../src/flows/resolve.js'
import { raiseCredit } from '../../src/flows/raiseCredit.js'
import { createLab } from '../support/createLab.js'

/** Longer than any authorization is good for, and than anybody waits after that. */
const afterwards = 15 * 60_000
const blind = { kind: 'other-chain', route: 'rpc', times: 'always', chain_id: 8453 }

/** A payment that left, and whose answer never came. */
async function setup(when: 'after' | 'before', ...faults: object[]) {
  const lab = await createLab()
  await lab.fund(lab.address, '50')
  const zecchino = await lab.process()
  await zecchino.ready()
  await lab.fault({ kind: 'reset', route: 'top-up-payment', when }, ...faults)
  const { payment } = await raiseCredit(zecchino, {})
  expect(payment).toMatchObject({ status: 'unknown' })
  await lab.fault({ kind: 'status', route: 'top-up-payment', status: 502, times: 'always' })
  const id = payment?.id ?? ''
  return {
    id,
    lab,
    ledger: zecchino.ledger,
    look: () => findUnresolved(zecchino, id),
    async unpaid() {
      const found = await findUnresolved(zecchino, id)
      return resolve(zecchino, { found, verdict: 'unpaid' })
    },
    zecchino,
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  }
}

test('behavior: a payment that can still settle is not called unpaid, whatever the chain says', async () => {
  await using it = await setup('before', blind)

  const found = await it.look()

  expect(found.verdicts).toEqual(['credited'])
  expect(factsOf(found).slice(-2)).toEqual([
    expect.stringMatching(/^Chain {5}nothing is proven: the node/),
    'Venice    no row that may be its credit',
  ])
  await expect(it.unpaid()).rejects.toMatchObject({
    shortMessage: expect.stringMatching(
      /^It cannot be called unpaid: it can settle until 20.+Z\.$/,
    ),
  })
  expect(await it.ledger.findPayment(it.id)).toMatchObject({ status: 'unknown' })
})

test('behavior: one that the chain shows spent is not either, whoever has not heard of it', async () => {
  const late = { kind: 'late-rows', ms: 80_000_000, route: 'transactions', times: 'always' }
  await using it = await setup('after', late)
  it.lab.advance(afterwards)

  const found = await it.look()

  expect(found.verdicts).toEqual(['credited'])
  expect(factsOf(found).join('\n')).toMatch(/^Chain {5}it was spent, as every node showed at 20/m)
  await expect(it.unpaid()).rejects.toMatchObject({
    shortMessage: expect.stringContaining('it was spent'),
  })
  expect(await it.ledger.usage()).toMatchObject({ paid: 5_000_000n })
})

test('behavior: nor one whose credit a row may be, nor without the rows', async () => {
  await using it = await setup('before', blind)
  // Long after it could settle, and by a date that a clock may well show.
  it.lab.advance(afterwards + 30 * 60_000)
  const createdAt = it.lab.now().toISOString()
  const row = { amount: 5_000_000n, balanceAfter: 0n, createdAt, modelId: null, requestId: null }
  const far = new Date(it.lab.now().getTime() + 25 * 60_000).toISOString()
  await it.ledger.recordRows([{ ...row, createdAt: far, id: 'far', type: 'TOP_UP' }])

  expect((await it.look()).verdicts).toEqual(['credited'])
  await expect(it.unpaid()).rejects.toMatchObject({
    shortMessage: expect.stringContaining('row far of $5.00'),
  })
  await it.ledger.linkRow('far', 'foreign')
  await it.lab.fault({ kind: 'status', route: 'transactions', status: 503, times: 'always' })
  await expect(it.unpaid()).rejects.toMatchObject({
    shortMessage: expect.stringContaining('its rows cannot be read now'),
  })
})

test('behavior: where nothing speaks against it the owner’s word frees its budgets, once', async () => {
  await using it = await setup('before', blind)
  it.lab.advance(afterwards)
  const found = await it.look()
  expect(found.verdicts).toEqual(['credited', 'unpaid'])

  await resolve(it.zecchino, { found, verdict: 'unpaid' })

  expect(await it.ledger.findPayment(it.id)).toMatchObject({ status: 'failed_unpaid' })
  expect(await it.ledger.usage()).toMatchObject({ paid: 0n, topUpsPerDay: 0n })
  await expect(resolve(it.zecchino, { found, verdict: 'unpaid' })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  })
  expect(await it.ledger.usage()).toMatchObject({ paid: 0n, topUpsPerDay: 0n })
})
