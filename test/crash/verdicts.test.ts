import { afterAll, expect, test, vi } from 'vitest'

import * as Clock from '../../src/Clock.js'
import { silentPrice } from '../support/cheap.js'
import { createStage } from './createStage.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 })

const stage = await createStage()
afterAll(() => stage.close())

const minute = 60_000
const charges = { kind: 'late-rows', ms: 40 * minute, of: ['CHARGE'], route: 'transactions' }
const sent = { call: 'fetch', match: { path: '/video/queue' } }
const unsent = { call: 'ledger.moveJob', match: { to: 'sending' } }

/** A job whose answer was lost with the process that had it, and that is its owner's to decide about. */
async function lose(point: typeof sent | typeof unsent) {
  const scene = await stage.scene({ faults: [{ ...charges, times: 'always' }] })
  await scene.kill(point)
  await scene.advance(Clock.horizon + minute)
  const { jobs } = await scene.recover()
  expect(jobs).toMatchObject([{ status: 'ambiguous' }])
  // All of its charge has shown by now, if there is one.
  await scene.advance(Clock.wordAfter)
  return scene
}

const deaths = (['before', 'after'] as const).map((when) => ({ call: 'ledger.resolveJob', when }))

test.each(deaths)('behavior: killed $when a video is taken ⇒ taken once', async (point) => {
  await using scene = await lose(sent)
  await scene.kill(point, { deed: 'resolve', verdict: 'adopt' })

  // Where it has not been given, it is given again.
  if (point.when === 'before') await scene.run({ deed: 'resolve', verdict: 'adopt' })
  else {
    expect((await scene.recover()).jobs).toMatchObject([{ status: 'cleaned' }])
    await expect(scene.run({ deed: 'resolve', verdict: 'adopt' })).rejects.toThrow(
      'There is nothing to resolve',
    )
  }

  const last = await scene.recover()
  expect(last.jobs).toMatchObject([{ status: 'cleaned' }])
  expect(last.usage).toMatchObject({ total: `${silentPrice.micros}` })
  expect((await scene.truth()).charges).toHaveLength(1)
})

test.each(deaths)(
  'behavior: killed $when a job is given up ⇒ its charge stops nothing',
  async (point) => {
    await using scene = await lose(sent)
    await scene.kill(point, { deed: 'resolve', verdict: 'abandon' })

    if (point.when === 'before') await scene.run({ deed: 'resolve', verdict: 'abandon' })
    await scene.advance(60 * minute)
    const { jobs, state, usage } = await scene.recover()

    expect(jobs).toMatchObject([{ status: 'abandoned' }])
    expect(state.frozen).toBeUndefined()
    expect(usage).toMatchObject({ total: `${silentPrice.micros}` })
    // It can be taken back, with another death in between.
    await scene.kill(point, { deed: 'resolve', verdict: 'adopt' })
    if (point.when === 'before') await scene.run({ deed: 'resolve', verdict: 'adopt' })
    const last = await scene.recover()
    expect(last.jobs).toMatchObject([{ status: 'cleaned' }])
    expect(last.usage).toMatchObject({ total: `${silentPrice.micros}` })
    expect((await scene.truth()).charges).toHaveLength(1)
  },
)

test.each(deaths)('behavior: killed $when a job may be sent again ⇒ sent once', async (point) => {
  await using scene = await lose(unsent)
  await scene.kill(point, { deed: 'resolve', verdict: 'retry' })

  if (point.when === 'before') await scene.run({ deed: 'resolve', verdict: 'retry' })
  const { jobs, usage } = await scene.recover()

  expect(jobs).toMatchObject([{ status: 'cleaned' }])
  expect(usage).toMatchObject({ total: `${silentPrice.micros}` })
  expect((await scene.truth()).charges).toHaveLength(1)
})

test('behavior: a video that was charged is not paid for again by the owner’s word', async () => {
  await using scene = await lose(sent)

  await expect(scene.run({ deed: 'resolve', verdict: 'retry' })).rejects.toThrow(
    'is not paid for again',
  )

  // Whoever lives on may take its video by now, of the one charge.
  expect((await scene.truth()).charges).toHaveLength(1)
})
