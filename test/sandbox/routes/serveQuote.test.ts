import { expect, test } from 'vitest'

import { createRenderer } from '../../../src/sandbox/render.js'
import { cheap, plain } from '../../support/cheap.js'
import { dataUrl } from '../../support/media.js'
import { setup } from '../support/client.js'

const clip = 'https://example.com/a.mp4'
const edit = { model: 'happyhorse-1-0-video-to-video', video_url: clip }
const seedance = { duration: '5s', model: 'seedance-2-5-reference-to-video-basic' }
const upscale = { model: 'topaz-video-upscale', video_url: clip }
const key = { authorization: 'Bearer any-key' }

/** What is asked, and the price in USD. */
const right: [title: string, body: object, usd: number][] = [
  ['a listed price', cheap, 0.14],
  ['without sound', { ...cheap, audio: false }, 0.08],
  ['another ratio', { ...plain, aspect_ratio: '9:16' }, 0.55],
  ['the default resolution', { duration: '5s', model: plain.model }, 0.55],
  ['fields that it does not use', { ...plain, audio: true, colour: 'red', prompt: '' }, 0.55],
  ['a price that no rate makes', { duration: '8s', model: 'pixverse-v5.6-transition' }, 2.28],
  [
    'a rate and an extra',
    { duration: '15s', model: 'grok-imagine-1-5-image-to-video-private', resolution: '480p' },
    1.39,
  ],
  ['references', { ...seedance, reference_video_total_duration: 5.2 }, 3.19],
  [
    'the length of a source',
    { ...seedance, duration: 'auto', reference_video_total_duration: 5.2 },
    3.48,
  ],
  ['a source behind a URL, taken for 5 s', { ...edit, resolution: '720p' }, 0.77],
  ['seconds as text', { ...edit, duration: '12.5', resolution: '720p' }, 2],
]

test.each(right)('behavior: %s', async (_, body, usd) => {
  await using it = await setup()
  const response = await it.api.call('/video/quote', { body, header: '' })
  expect(await response.json()).toEqual({ quote: usd })
})

/** What is wrong, and the field that the answer names first. */
const wrong: [body: object, field: string][] = [
  [{ ...plain, duration: undefined }, 'duration'],
  [{ ...plain, duration: '7s' }, 'duration'],
  [{ ...plain, resolution: '720P' }, 'resolution'],
  [{ ...edit, video_url: undefined }, 'video_url'],
  [{ duration: '5s', model: 'grok-imagine-video-to-video-private' }, 'video_url'],
  [{ model: 'kling-v3-pro-motion-control' }, 'video_url'],
  [{ ...seedance, duration: '-1' }, 'reference_video_total_duration'],
  [{ ...seedance, aspect_ratio: 'adaptive' }, 'reference_video_total_duration'],
  [{ ...seedance, reference_video_total_duration: 30.1 }, 'reference_video_total_duration'],
  [{ ...seedance, reference_image_count: 31 }, 'reference_image_count'],
]

test('error: the field that is missing or wrong is named', async () => {
  await using it = await setup({ limits: 'none' })
  for (const [body, field] of wrong) {
    const response = await it.api.call('/video/quote', { body, header: '' })
    const { issues } = (await response.json()) as { issues: { path: string[] }[] }
    expect([body, response.status, issues[0]?.path[0]]).toEqual([body, 400, field])
  }
})

test('behavior: an upscale is quoted to a key only, by the tiers of its result', async () => {
  await using it = await setup()
  const quote = (body: object, headers = {}) =>
    it.api.call('/video/quote', { body, header: '', headers })
  expect((await quote(upscale)).status).toBe(403)
  // 720 high for 5 s: twice as high is above 1080.
  expect(await (await quote(upscale, key)).json()).toEqual({ quote: 0.5 })
  expect(await (await quote({ ...upscale, upscale_factor: 1 }, key)).json()).toEqual({
    quote: 0.065,
  })
  expect((await quote({ ...upscale, video_url: undefined }, key)).status).toBe(400)
})

test('behavior: a source that comes along is read, and billed in whole seconds', async () => {
  const renderer = createRenderer()
  const file = await renderer.render({ height: 144, seconds: 3.5, seed: 1, width: 256 })
  await renderer.close()
  await using it = await setup({ limits: 'none' })
  await it.api.control('/credit', { address: it.person.address, usd: '5' })
  const body = { ...edit, resolution: '720p', video_url: dataUrl('video/mp4', file) }
  const quote = await it.api.call('/video/quote', { body, header: '' })
  expect(await quote.json()).toEqual({ quote: 0.62 })
  const queued = await it.api.call('/video/queue', { body: { ...body, prompt: 'Snow' } })
  expect(queued.status).toBe(200)
  const { charges, jobs } = await it.api.state()
  expect(charges).toMatchObject([{ amount_usd: '0.62' }])
  expect(jobs).toMatchObject([{ seconds: 3.5 }])
})
