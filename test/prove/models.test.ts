import { expect, test } from 'vitest'

import { rows } from '../support/venice.js'
import { casesOf, shareOf } from './modelCases.js'
import { proveModels } from './proveModels.js'

const media = { clip: 'data:video/mp4;base64,AAAA', picture: 'data:image/png;base64,AAAA' }
const all = casesOf(media)

/** Two of a kind are bought, so that each way to make a video is gone to its end. */
const bought = new Set([
  'flux-3-first-last-frame-to-video 720p',
  'gemini-omni-flash-1-1-video-to-video 360p',
  'gemini-omni-flash-reference-to-video -',
  'grok-imagine-reference-to-video-private 480p',
  'grok-imagine-text-to-video-private 480p',
  'grok-imagine-video-to-video-private 480p',
  'kling-o3-pro-reference-to-video -',
  'kling-v3-4k-reference-to-video -',
  'kling-v3-pro-motion-control -',
  'kling-v3-standard-motion-control -',
  'minimax-h3-max-multi-angle 480P',
  'minimax-h3-max-turbo-text-to-video 768P',
  'pixverse-c1-transition 360p',
  'pixverse-v5.6-transition 360p',
  'seedance-2-0-mini-image-to-video-basic 480p',
  'seedance-2-0-mini-text-to-video-basic 480p',
  'seedance-2-5-reference-to-video-basic 480p',
  'topaz-video-upscale 2x',
  'topaz-video-upscale 4x',
  'wan-2-7-video-to-video 720p',
  'wan-3-0-pro-reference-to-video 2k',
  'wan-3-0-reference-to-video 480p',
])

test('default: every row is validated and quoted, and twenty are bought', async () => {
  const { found, problems } = await proveModels({
    buys: ({ model, resolution }) => bought.has(`${model} ${resolution}`),
  })

  expect(problems).toEqual([])
  expect(found).toMatchObject({ cases: all.length, jobs: bought.size })
  expect(found.models.map(({ model }) => model)).toEqual(rows.map(({ id }) => id))
  for (const { done, model } of found.models)
    expect([model, done]).toEqual([model, resolutionsOf(model)])
  // What a wallet cannot quote: this, and nothing else.
  expect(found.models.flatMap(({ estimated, model }) => (estimated ? [model] : []))).toEqual([
    'topaz-video-upscale',
  ])
}, 180_000)

test('behavior: a price that is not the published one is told', async () => {
  const { problems } = await proveModels({
    buys: () => false,
    only: (cases) => cases.slice(0, 1).map((one) => ({ ...one, price: 1n })),
  })
  expect(problems).toEqual([
    'flux-3-first-last-frame-to-video 720p: costs 0.94 instead of 0.000001',
  ])
})

test('behavior: a file that is too short, and one that is too small, are told', async () => {
  const { problems } = await proveModels({
    only: (cases) => [{ ...cases[0]!, seconds: 6, side: 1_080 }],
  })
  expect(problems).toEqual([
    'flux-3-first-last-frame-to-video 720p: 5 s instead of 6 s',
    'flux-3-first-last-frame-to-video 720p: 1280x720 instead of 1080 on the short side',
  ])
})

test('behavior: a request that is refused is told', async () => {
  const { found, problems } = await proveModels({
    only: (cases) => [{ ...cases[0]!, request: { ...cases[0]!.request, duration: '60s' } }],
  })
  expect(problems).toEqual([expect.stringContaining('duration: given "60s"')])
  expect(found.jobs).toBe(0)
})

test('default: shares are the whole, and each has some of every family', () => {
  const shares = [1, 2, 3].map((part) => shareOf(all, { part, parts: 3 }))
  expect(shares.flat().length).toBe(all.length)
  expect(new Set(shares.flat()).size).toBe(all.length)
  const seedance = shares.map((share) => share.filter(({ model }) => model.startsWith('seedance')))
  for (const part of seedance) expect(part.length).toBeGreaterThan(5)
})

test('default: what Venice quoted is known for all that it could quote', () => {
  const unknown = all.filter(({ price }) => price === undefined).map(({ model }) => model)
  expect(new Set(unknown)).toEqual(
    new Set(rows.filter(({ video_input }) => video_input).map(({ id }) => id)),
  )
})

function resolutionsOf(id: string): string[] {
  return all.filter(({ model }) => model === id).map(({ resolution }) => resolution)
}
