import { setTimeout } from 'node:timers/promises'

import { expect, test, vi } from 'vitest'

import { buyVideo } from '../../src/flows/buyVideo.js'
import { checkForeign } from '../../src/flows/checkForeign.js'
import { quote } from '../../src/flows/quote.js'
import { raiseCredit } from '../../src/flows/raiseCredit.js'
import { reconcile } from '../../src/flows/reconcile.js'
import { syncRows } from '../../src/flows/syncRows.js'
import { request } from '../crash/requests.js'
import { createLab } from '../support/createLab.js'

vi.setConfig({ testTimeout: 60_000 })

const minute = 60_000

/** A wallet that has bought a video while Venice behaved so. */
async function bought(...faults: object[]) {
  const lab = await createLab()
  await lab.credit(lab.address, '20')
  await lab.fault(...faults)
  const zecchino = await lab.process()
  const buy = async (prompt: string) => {
    const { quote: made } = await quote(zecchino, { ...request, prompt })
    const { job } = await buyVideo(zecchino, { quoteId: made.id })
    while ((await zecchino.ledger.findJob(job.id))?.status !== 'cleaned') {
      lab.advance(1_000)
      await setTimeout(20)
    }
    return job.id
  }
  const jobId = await buy('A gondola')
  return {
    advance: lab.advance,
    buy,
    jobId,
    ledger: zecchino.ledger,
    look: () => reconcile(zecchino),
    zecchino,
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  }
}

test('default: what a purchase did is on both sides, the credit that was given is not', async () => {
  await using it = await bought()

  const { differences, open, rows } = await it.look()

  expect({ differences, open, rows }).toEqual({ differences: [], open: [], rows: 2 })
})

test.each(['hex', 'chat', 'none'])(
  'behavior: a charge that names no job (%s) is no difference, and tied half an hour later',
  async (form) => {
    await using it = await bought({ form, kind: 'other-request-id', route: 'queue' })

    const { differences, open } = await it.look()

    expect(differences).toEqual([])
    expect(open).toEqual([
      {
        id: expect.stringMatching(/^ledger_/),
        says: expect.stringMatching(
          new RegExp(`^CHARGE of -\\$0\\.08 at .+Z is tied to nothing yet: .+ \\(${it.jobId}\\)$`),
        ),
      },
      {
        id: it.jobId,
        says: expect.stringMatching(
          /^queued for \$0\.08; its charge has not shown yet, and more may show until .+Z$/,
        ),
      },
    ])

    it.advance(35 * minute)
    expect(await it.look()).toMatchObject({ differences: [], open: [] })
    expect(await it.ledger.linkedRows(it.jobId)).toHaveLength(1)
  },
)

test('behavior: a charge that has not come yet is no difference, and one that never comes is', async () => {
  await using it = await bought({ kind: 'late-charge', ms: 80_000_000, route: 'queue' })
  it.advance(20 * minute)
  expect(await it.look()).toMatchObject({ differences: [], open: [{ id: it.jobId }] })

  it.advance(15 * minute)

  expect(await it.look()).toMatchObject({
    differences: [{ id: it.jobId, says: 'queued for $0.08, but Venice shows no charge' }],
    open: [],
  })
})

test('behavior: a charge of another price is one at once', async () => {
  await using it = await bought({ factor: 2, kind: 'price-lie', route: 'queue' })

  expect((await it.look()).differences).toEqual([
    { id: it.jobId, says: 'priced $0.08, charged $0.16' },
  ])
})

test('behavior: the row of a payment may be late, for half an hour', async () => {
  await using lab = await createLab()
  await lab.fund(lab.address, '20')
  await lab.fault({ kind: 'late-rows', ms: 80_000_000, route: 'transactions', times: 'always' })
  const zecchino = await lab.process()
  const { payment } = await raiseCredit(zecchino, {})
  expect(payment?.status).toBe('credited')

  expect(await reconcile(zecchino)).toMatchObject({
    differences: [],
    open: [{ id: payment?.id, says: expect.stringMatching(/^credited with \$5\.00; its row/) }],
  })

  lab.advance(31 * minute)
  expect((await reconcile(zecchino)).differences).toMatchObject([
    { id: payment?.id, says: 'credited with $5.00, but Venice shows no row' },
  ])
})

test('behavior: a row of a kind that nobody knows is shown, and stops nothing when it gives', async () => {
  await using it = await bought({ kind: 'odd-row', route: 'queue', type: 'BONUS', usd: '0.5' })
  it.advance(60 * minute)
  await syncRows(it.zecchino)
  await checkForeign(it.zecchino)

  expect((await it.ledger.state()).frozen).toBeUndefined()
  expect(await it.look()).toMatchObject({
    differences: [],
    open: [
      {
        says: expect.stringMatching(
          /^BONUS of \$0\.50 at .+Z is of a kind that this version does not know; it takes nothing$/,
        ),
      },
    ],
  })
  await it.buy('Another')
  expect((await it.ledger.state()).frozen).toBeUndefined()
})

test('behavior: one that takes stops spending, and says why', async () => {
  await using it = await bought({ kind: 'odd-row', route: 'queue', type: 'FEE', usd: '-0.5' })
  it.advance(60 * minute)
  await syncRows(it.zecchino)
  await checkForeign(it.zecchino)

  expect((await it.ledger.state()).frozen?.reason).toMatch(
    /^Venice shows a FEE of \$0\.50 at .+Z \(row ledger_.+\) that takes money under a name that this version does not know; if it is yours, run: zecchino unfreeze\.$/,
  )
  expect((await it.look()).differences).toMatchObject([
    { says: expect.stringMatching(/^FEE of -\$0\.50 at .+Z is of a kind .+, and takes money$/) },
  ])
})
