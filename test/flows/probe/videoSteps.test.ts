import { expect, test } from 'vitest'

import { createProbe } from '../../../src/flows/probe/createProbe.js'
import { createRecorder } from '../../../src/flows/probe/createRecorder.js'
import { videoStep } from '../../../src/flows/probe/videoSteps.js'
import { listenSandbox } from '../../../src/sandbox/listen.js'
import { silentPrice } from '../../support/cheap.js'
import { control, createBuyer } from '../../support/createBuyer.js'
import { request } from '../../crash/requests.js'

test('error: a video that needs a top-up after all is not bought, where the step named none', async () => {
  await using sandbox = await listenSandbox({ speed: 200 })
  const recorder = createRecorder({ now: () => new Date() })
  await using buyer = await createBuyer({
    apiUrl: sandbox.apiUrl,
    client: { tap: recorder.tap },
    policy: { approveAboveUsd: '10' },
  })
  const { fault, fund, state } = control(sandbox.controlUrl)
  await fund(buyer.address, '20')
  // For the step, for its quote, and twice for the purchase; then the truth.
  await fault({ kind: 'balance-lie', route: 'balance', times: 4, usd: '1' })
  const { zecchino } = buyer
  const probe = createProbe({ known: [], note: () => {}, recorder, zecchino })

  const step = await videoStep(probe, { price: silentPrice.micros, request })
  expect(step.costs).toEqual({ credit: silentPrice.micros, usdc: 0n })
  await expect(step.run()).rejects.toThrow()

  expect((await zecchino.ledger.jobs()).map(({ status }) => status)).toEqual(['needs_approval'])
  expect(await state()).toMatchObject({ charges: [], settlements: [] })
})
