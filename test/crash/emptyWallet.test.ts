import { afterAll, expect, test, vi } from 'vitest'

import { expectHonest, type Told } from './expectHonest.js'
import { createStage, startProcess } from './createStage.js'
import { privateRequest } from './requests.js'
import { linkedPrice } from '../support/cheap.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 300_000 })

const stage = await createStage()
afterAll(() => stage.close())

/** `ZECCHINO_TEST_PROCESSES=64` starts 64 of them, with one purchase each. */
const processes = Number(process.env.ZECCHINO_TEST_PROCESSES ?? 8)
const purchases = Math.max(24, processes)

test(`behavior: ${processes} processes meet an empty wallet ⇒ exactly one payment`, async () => {
  await using scene = await stage.scene()
  const buyers = Array.from({ length: processes }, startProcess)
  const requests = Array.from({ length: purchases }, (_, index) => ({
    ...privateRequest,
    prompt: `A gondola at dawn, number ${index}.`,
  }))

  await Promise.all(buyers.map(({ ask }) => ask({ deed: 'wake', ...scene.place })))
  const answers = await Promise.all(
    buyers.map(({ ask }, index) =>
      ask<Told & { outcomes: { status?: string }[] }>({
        deed: 'buy',
        pause: 1_000,
        requests: requests.filter((_, at) => at % processes === index),
        timeout: 240_000,
        ...scene.place,
      }),
    ),
  )
  await Promise.all(buyers.map(({ end }) => end()))

  const outcomes = answers.flatMap((answer) => answer.outcomes)
  expect(outcomes).toEqual(requests.map(() => ({ status: 'cleaned' })))
  const truth = await scene.truth()
  expect(truth.settlements).toMatchObject([{ amount_usd: '5', credited: true }])
  expect(truth.charges).toHaveLength(purchases)
  expect(truth.wallets).toMatchObject([{ usdc: '15' }])
  const told = await scene.recover()
  expectHonest({ told, truth })
  expect(told.usage).toMatchObject({
    topUpsPerDay: '1',
    total: `${BigInt(purchases) * linkedPrice.micros}`,
  })
})
