import { expect, test } from 'vitest'

import { buyVideo } from '../../src/flows/buyVideo.js'
import { quote } from '../../src/flows/quote.js'
import { raiseCredit } from '../../src/flows/raiseCredit.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { request } from '../crash/requests.js'
import { control, createBuyer } from '../support/createBuyer.js'

test('behavior: spending waits for recovery, and fails with it; reading does not', async () => {
  await using sandbox = await listenSandbox({ limits: 'none', speed: 400 })
  await using buyer = await createBuyer({ apiUrl: sandbox.apiUrl })
  const { fault, fund, state } = control(sandbox.controlUrl)
  await fund(buyer.address, '20')
  // Without the provider's rows nobody knows what an earlier process has left behind.
  await fault({ kind: 'status', route: 'transactions', status: 500, times: 'always' })
  const { quote: made } = await quote(buyer.zecchino, request)

  const refused = { code: 'API_UNAVAILABLE' }
  await expect(buyVideo(buyer.zecchino, { quoteId: made.id })).rejects.toMatchObject(refused)
  await expect(raiseCredit(buyer.zecchino, {})).rejects.toMatchObject(refused)

  expect(await buyer.zecchino.ledger.jobs()).toEqual([])
  expect((await state()).settlements).toEqual([])

  await fetch(`${sandbox.controlUrl}/faults`, { method: 'DELETE' })
  expect(await buyVideo(buyer.zecchino, { quoteId: made.id })).toMatchObject({
    job: { status: 'reserved' },
  })
})
