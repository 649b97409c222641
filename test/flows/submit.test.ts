import { setTimeout } from 'node:timers/promises'

import { expect, test, vi } from 'vitest'

import { buyVideo } from '../../src/flows/buyVideo.js'
import { quote } from '../../src/flows/quote.js'
import * as Ledger from '../../src/Ledger.js'
import { request } from '../crash/requests.js'
import { createLab } from '../support/createLab.js'

vi.setConfig({ testTimeout: 60_000 })

const minute = 60_000

/** How often the provider's rows were read. */
async function reads({ state }: Pick<Awaited<ReturnType<typeof createLab>>, 'state'>) {
  const { requests } = await state()
  return requests.filter(({ path }) => path.includes('/x402/transactions')).length
}

test('behavior: a refused job that a charge fits, on a frozen wallet ⇒ waits, and reads no rows', async () => {
  await using lab = await createLab()
  await lab.credit(lab.address, '20')
  const body = { error: 'The model is offline. Try later.' }
  await lab.fault({ body, kind: 'status', route: 'queue', status: 503, when: 'after' })
  const zecchino = await lab.process({
    wrapLedger: (ledger) => ({
      ...ledger,
      async moveJob(id, move) {
        if (move.to === 'reserved') await ledger.freeze('the owner stopped it.')
        return ledger.moveJob(id, move)
      },
    }),
  })
  const { ledger, worker } = zecchino
  const { quote: made } = await quote(zecchino, request)
  const { job } = await buyVideo(zecchino, { quoteId: made.id })
  const refused = async () => worker.errorOf(job.id) instanceof Ledger.FrozenError
  expect(await lab.pass({ minutes: 2, until: refused })).toBeDefined()
  const before = await reads(lab)

  await lab.pass({ minutes: 4, until: async () => false })

  expect(await reads(lab)).toBe(before)
  expect((await lab.state()).charges).toHaveLength(1)
  await ledger.unfreeze('seen')
  // The rows decide then: nothing is sent again.
  const until = async () => (await ledger.findJob(job.id))?.status !== 'reserved'
  expect(await lab.pass({ minutes: 2, until })).toBeDefined()
  expect((await lab.state()).charges).toHaveLength(1)
})

test('behavior: a charge of nobody’s that fits a call that was never read is looked at less and less', async () => {
  await using lab = await createLab()
  await lab.credit(lab.address, '20')
  await lab.fault({ kind: 'reset', route: 'queue', when: 'before' })
  const zecchino = await lab.process({
    wrapLedger: (ledger) => ({
      ...ledger,
      async moveJob(id, move) {
        if (move.patch?.sealedSignIn === '') {
          const { model, price } = (await ledger.findJob(id))!
          const createdAt = lab.now().toISOString()
          const row = { balanceAfter: 0n, createdAt, id: 'stray', modelId: model, requestId: null }
          await ledger.recordRows([{ ...row, amount: -price, type: 'CHARGE' }])
        }
        return ledger.moveJob(id, move)
      },
    }),
  })
  const { quote: made } = await quote(zecchino, request)
  const { job } = await buyVideo(zecchino, { quoteId: made.id })
  const isBack = async () => (await zecchino.ledger.findJob(job.id))?.sealedSignIn === ''
  expect(await lab.pass({ minutes: 5, until: isBack })).toBeDefined()
  lab.advance(4 * minute)
  await setTimeout(500)
  const before = await reads(lab)

  await lab.pass({ minutes: 5, until: async () => false })

  const looks = (await reads(lab)) - before
  expect(looks).toBeGreaterThan(0)
  expect(looks).toBeLessThan(40)
  expect((await lab.state()).charges).toEqual([])
})
