import { expect, test } from 'vitest'

import { getBalance } from '../../src/actions/getBalance.js'
import { presentAgain } from '../../src/flows/presentAgain.js'
import { raiseCredit } from '../../src/flows/raiseCredit.js'
import { listenSandbox } from '../../src/sandbox/listen.js'
import { control, createBuyer } from '../support/createBuyer.js'

async function setup(faults: object[] = []) {
  const sandbox = await listenSandbox({ envelopes: 'flat', speed: 1_000 })
  const buyer = await createBuyer({ apiUrl: sandbox.apiUrl })
  const { fault, fund, state } = control(sandbox.controlUrl)
  await fund(buyer.address, '20')
  if (faults.length > 0) await fault(...faults)
  return {
    ...buyer,
    state,
    async [Symbol.asyncDispose]() {
      await buyer[Symbol.asyncDispose]()
      await sandbox.close()
    },
  }
}

test('default: the very bytes that were credited, nothing signed, nothing moved', async () => {
  await using it = await setup()
  const { ledger, client } = it.zecchino
  const { payment } = await raiseCredit(it.zecchino, {})
  const signed = it.events.filter(({ type }) => type === 'topup.signed')

  expect(await presentAgain(it.zecchino, payment?.id ?? '')).toMatchObject({ kind: 'credited' })
  const { settlements } = await it.state()
  expect(settlements).toMatchObject([{ credited: true, presented: 2 }])
  expect((await getBalance(client)).balanceUsd).toBe(5_000_000n)
  expect(it.events.filter(({ type }) => type === 'topup.signed')).toEqual(signed)
  expect(await ledger.findPayment(payment?.id ?? '')).toEqual(payment)
  const [last] = (await ledger.events()).slice(-1)
  expect(last).toMatchObject({ data: { to: 'presented again' }, subject: payment?.id })
})

test('behavior: whatever is answered, the payment stays credited', async () => {
  await using it = await setup([
    { code: 'INVALID_PAYMENT_FORMAT', kind: 'refuse-replay', route: 'top-up', times: 'always' },
  ])
  const { payment } = await raiseCredit(it.zecchino, {})
  const outcome = await presentAgain(it.zecchino, payment?.id ?? '')
  expect(outcome).toMatchObject({ code: 'INVALID_PAYMENT_FORMAT', kind: 'form_refused' })
  expect(await it.zecchino.ledger.findPayment(payment?.id ?? '')).toEqual(payment)
})

test('error: one whose end is not known is left to recovery', async () => {
  await using it = await setup([{ kind: 'settlement-failed', route: 'top-up', times: 'always' }])
  const { payment } = await raiseCredit(it.zecchino, {})
  const before = (await it.state()).requests.length
  await expect(presentAgain(it.zecchino, payment?.id ?? '')).rejects.toMatchObject({
    code: 'PAYMENT_UNRESOLVED',
    facts: [`Payment: ${payment?.id}`, 'Status: unknown'],
  })
  expect((await it.state()).requests).toHaveLength(before)
  await expect(presentAgain(it.zecchino, 'payment_0')).rejects.toMatchObject({
    code: 'PAYMENT_NOT_FOUND',
  })
})
