import { statSync } from 'node:fs'

import { expect, test } from 'vitest'

import { buyVideo } from '../../src/flows/buyVideo.js'
import { quote } from '../../src/flows/quote.js'
import { watch } from '../../src/flows/watch.js'
import * as Money from '../../src/Money.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { createRenderer } from '../../src/sandbox/render.js'
import * as Video from '../../src/Video.js'
import { control, createBuyer } from '../support/createBuyer.js'
import { dataUrl, png } from '../support/media.js'

/** A buyer at a sandbox whose rows are not those that anybody wrote code for. */
async function setup(models: listenSandbox.Options['models']) {
  const sandbox = await listenSandbox({ limits: 'none', models, speed: 1_000 })
  const buyer = await createBuyer({ apiUrl: sandbox.apiUrl, policy: { maxPerVideoUsd: '100' } })
  const { credit, fund } = control(sandbox.controlUrl)
  await Promise.all([fund(buyer.address, '50'), credit(buyer.address, '50')])
  return {
    /** Somebody who reads the list of models now. */
    async another() {
      const other = await createBuyer({ apiUrl: sandbox.apiUrl })
      return {
        quoted: async (request: object) => (await quote(other.zecchino, request)).quote.price > 0n,
        [Symbol.asyncDispose]: other[Symbol.asyncDispose],
      }
    },
    /** From quote to file. */
    async buy(request: object) {
      const { quote: made, warnings } = await quote(buyer.zecchino, request)
      const { job } = await buyVideo(buyer.zecchino, { quoteId: made.id })
      const until = ({ status }: { status: string }) => status === 'cleaned'
      const { file, status } = await watch(buyer.zecchino, {
        jobId: job.id,
        timeout: 60_000,
        until,
      })
      return { file, price: Money.format(made.price), status, warnings }
    },
    /** Changes rows while both sides run, as a release of Venice's would. */
    async change(changes: object) {
      const response = await fetch(`${sandbox.controlUrl}/models`, {
        body: JSON.stringify(changes),
        headers: { 'content-type': 'application/json' },
        method: 'POST',
      })
      expect(response.status).toBe(200)
    },
    quoted: async (request: object) => (await quote(buyer.zecchino, request)).quote.price > 0n,
    /** What is wrong with a request, in the client's words; nothing of it has been sent. */
    async refused(request: object): Promise<readonly string[]> {
      const error = await quote(buyer.zecchino, request).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(Video.InvalidRequestError)
      return (error as Video.InvalidRequestError).facts
    },
    async [Symbol.asyncDispose]() {
      await buyer[Symbol.asyncDispose]()
      await sandbox.close()
    },
  }
}

const known = {
  aspect_ratio: '16:9',
  duration: '5s',
  model: 'wan-2-7-text-to-video',
  prompt: 'A gondola',
  resolution: '720p',
}
const changed = {
  constraints: {
    aspect_ratios: ['5:3', 'panorama'],
    durations: ['9s', '2 tides'],
    prompt_character_limit: 12,
    resolutions: ['1080p', '6K'],
  },
}

test('behavior: a known model is asked for as its row has it today', async () => {
  await using it = await setup({ [known.model]: changed })
  const today = { ...known, aspect_ratio: '5:3', duration: '9s', resolution: '1080p' }

  expect(await it.quoted(today)).toBe(true)
  expect(
    await it.quoted({ ...today, aspect_ratio: 'panorama', duration: '2 tides', resolution: '6K' }),
  ).toBe(true)
  for (const [field, value, allowed] of [
    ['aspect_ratio', '16:9', '5:3, panorama'],
    ['duration', '5s', '9s, 2 tides'],
    ['resolution', '720p', '1080p, 6K'],
    ['resolution', '6k', '1080p, 6K'],
  ] as const)
    expect(await it.refused({ ...today, [field]: value })).toContain(
      `${field}: given "${value}"; allowed: ${allowed}`,
    )
  expect((await it.refused({ ...today, prompt: 'Thirteen char' })).join('\n')).toContain(
    'prompt: given "Thirteen char"; allowed: 1 to 12 characters',
  )
})

test('behavior: a row that changes while both run is followed, by whoever still has the old one too', async () => {
  await using it = await setup({})
  expect(await it.quoted(known)).toBe(true)

  await it.change({ [known.model]: changed, 'wan-2.6-text-to-video': null })

  // The list is good for some minutes: until then the server says what has changed, for nothing.
  const [told] = await it.refused(known)
  expect(told).toMatch(/^(aspect_ratio|duration|resolution): given "(16:9|5s|720p)"; allowed: /)
  await using other = await it.another()
  const today = { ...known, aspect_ratio: '5:3', duration: '9s', resolution: '1080p' }
  expect(await other.quoted(today)).toBe(true)
  await expect(other.quoted({ ...known, model: 'wan-2.6-text-to-video' })).rejects.toMatchObject({
    code: 'UNKNOWN_MODEL',
  })
})

/** Families, kinds and words that no code has heard of. */
const unheard = {
  'brenta-1-image-to-video': {
    constraints: { durations: ['3 beats'], model_type: 'image-to-video', resolutions: ['720i'] },
    price: { '720i|off': '0.02' },
  },
  'brenta-1-reference-to-video': {
    constraints: {
      aspect_ratios: ['golden'],
      durations: ['3 beats', 'one breath'],
      model_type: 'image-to-video',
      resolutions: ['720i', 'Fresco'],
    },
    price: { '720i|off': '0.02', 'Fresco|off': '0.04' },
  },
  'brenta-1-text-to-video': {
    constraints: {
      aspect_ratios: ['golden', 'silver'],
      durations: ['3 beats', 'one breath'],
      resolutions: ['720i', 'Fresco'],
    },
    price: { '720i|off': '0.02', 'Fresco|off': '0.04' },
  },
  'brenta-1-video-to-video': {
    constraints: {
      durations: ['Auto'],
      model_type: 'video',
      resolutions: ['720i'],
      video_input: true,
    },
    price: { '720i|off': '0.02' },
  },
  'brenta-restore': {
    constraints: {
      durations: ['Auto'],
      model_type: 'video',
      resolutions: ['2x', '4x'],
      video_input: true,
    },
  },
}
const picture = dataUrl('image/png', png(640, 360))
const beats = { duration: '3 beats', prompt: 'A gondola', resolution: '720i' }

test('behavior: rows that no code has heard of are bought, from quote to file', async () => {
  await using it = await setup(unheard)
  const renderer = createRenderer()
  const clip = dataUrl(
    'video/mp4',
    await renderer.render({ height: 144, seconds: 2, seed: 1, width: 256 }),
  )
  await renderer.close()

  const requests = {
    'brenta-1-image-to-video': { ...beats, image_url: picture },
    'brenta-1-reference-to-video': {
      ...beats,
      aspect_ratio: 'golden',
      reference_image_urls: [picture],
    },
    'brenta-1-text-to-video': {
      ...beats,
      aspect_ratio: 'silver',
      duration: 'one breath',
      resolution: 'Fresco',
    },
    'brenta-1-video-to-video': { prompt: 'At night', resolution: '720i', video_url: clip },
    'brenta-restore': { upscale_factor: 2, video_url: clip },
  }
  for (const [model, request] of Object.entries(requests)) {
    const { file, price, status } = await it.buy({ ...request, model })
    expect([model, status]).toEqual([model, 'cleaned'])
    expect(Number(price)).toBeGreaterThan(0)
    expect(statSync(file!.path).size).toBe(file!.bytes)
  }
}, 90_000)

test('error: what such a row does not list is refused as of any other', async () => {
  await using it = await setup(unheard)
  const text = { ...beats, aspect_ratio: 'golden', model: 'brenta-1-text-to-video' }

  expect(await it.refused({ ...text, duration: '3 Beats' })).toContain(
    'duration: given "3 Beats"; allowed: 3 beats, one breath',
  )
  expect(await it.refused({ ...text, resolution: '720p' })).toContain(
    'resolution: given "720p"; allowed: 720i, Fresco',
  )
  expect((await it.refused({ ...text, image_url: picture })).join('\n')).toContain('image_url')
  expect((await it.refused({ ...beats, model: 'brenta-1-image-to-video' })).join('\n')).toContain(
    'image_url: missing',
  )
})
