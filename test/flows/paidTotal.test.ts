import { expect, test, vi } from 'vitest'

import * as Errors from '../../src/Errors.js'
import { raiseCredit } from '../../src/flows/raiseCredit.js'
import { createLab } from '../support/createLab.js'

vi.setConfig({ testTimeout: 60_000 })

const day = 24 * 60 * 60_000

test('behavior: a server that always says $0 is paid no more than may ever leave the wallet', async () => {
  await using lab = await createLab()
  await lab.fund(lab.address, '100')
  await lab.fault(
    { kind: 'balance-lie', route: 'balance', times: 'always', usd: '0' },
    { kind: 'late-rows', ms: day - 1, route: 'transactions', times: 'always' },
  )
  const policy = { maxPaidTotalUsd: '17', maxSpendTotalUsd: '1', maxTopUpsPerDay: 2 }
  const outcomes: unknown[] = []
  for (let today = 0; today < 6; today += 1) {
    // Each day another process, one of them with more generous rules of its own.
    const allowed = today === 4 ? { ...policy, maxPaidTotalUsd: '50' } : policy
    const zecchino = await lab.process({ policy: allowed })
    const outcome = await raiseCredit(zecchino, {}).catch((error: unknown) => Errors.from(error))
    outcomes.push('payment' in outcome ? outcome.payment?.status : outcome.shortMessage)
    await zecchino.close()
    lab.advance(day)
  }
  const refused =
    'It does not fit the budget maxPaidTotalUsd: $15.00 of $17.00 is used, asked was $5.00.'
  expect(outcomes).toEqual(['credited', 'credited', 'credited', refused, refused, refused])
  expect((await lab.state()).settlements).toHaveLength(3)
  const zecchino = await lab.process({ policy })
  expect(await zecchino.ledger.usage()).toMatchObject({ paid: 15_000_000n, total: 0n })
})
