import * as fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'

import { createClient } from '../src/client/createClient.js'
import { listModels } from '../src/actions/listModels.js'
import * as Catalogue from '../src/Catalogue.js'
import { catalogue } from '../src/sandbox/catalogue.js'
import { checkRequest } from '../src/sandbox/checkRequest.js'
import { checkSeedance } from '../src/sandbox/checkSeedance.js'
import { listenSandbox } from '../src/sandbox/index.js'
import * as Suggestion from '../src/Suggestion.js'
import type * as Venice from '../src/Venice.js'
import * as Video from '../src/Video.js'

let models: Venice.Model[]

beforeAll(async () => {
  const sandbox = await listenSandbox()
  const client = createClient({ baseUrl: sandbox.apiUrl })
  models = await listModels(client)
  await client.close()
  await sandbox.close()
})

const url = 'https://media.example/a'
const urls = (most: number) => fc.array(fc.constant(url), { maxLength: most, minLength: 1 })
const some = <value>(values: fc.Arbitrary<value>) => fc.option(values, { freq: 3, nil: undefined })
const rarely = <value>(values: fc.Arbitrary<value>) =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 9 }, { arbitrary: values, weight: 1 })
const prompts = [
  'A gondola',
  'Refer to the man in <Image 1>, walking',
  'Strictly edit <Video 1>, make it night',
  'Extend <Video 1>, generate rain',
  '<Video 1> + a fade + followed by <Video 2>',
  'x'.repeat(2_600),
]

/** Requests of the right shape, many of them near what one of the models takes. */
const requests = fc.constantFrom(...catalogue.values()).chain((entry) => {
  const near = (offered: readonly string[], all: readonly string[]) =>
    fc.oneof(
      { arbitrary: fc.constantFrom(...offered, undefined), weight: 8 },
      { arbitrary: fc.constantFrom(...all), weight: 1 },
    )
  const { rules } = entry
  const media = (name: keyof typeof rules, values: fc.Arbitrary<unknown>) =>
    name in rules ? some(values) : rarely(values)
  return fc
    .record({
      aspect_ratio: near(entry.aspectRatios, Video.aspectRatios),
      audio: rarely(fc.boolean()),
      audio_url: media('audio_url', fc.constant(url)),
      bitrate_mode: rarely(fc.constant('high')),
      camera_trajectory: media(
        'camera_trajectory',
        fc.array(
          fc.record({
            azimuth: fc.constant(0),
            distance: fc.constant(1),
            elevation: fc.constant(0),
            time: fc.constantFrom(0, 0.5, 1),
          }),
          { maxLength: 3, minLength: 2 },
        ),
      ),
      duration: near(entry.durations, Video.durations),
      elements: media('elements', fc.constant([{ frontal_image_url: url }])),
      end_image_url: media('end_image_url', fc.constant(url)),
      image_url: media('image_url', fc.constant(url)),
      keyframes: media(
        'keyframes',
        fc.array(fc.record({ frame_index: fc.nat(130), image_url: fc.constant(url) }), {
          maxLength: 3,
          minLength: 1,
        }),
      ),
      model: fc.constant(entry.id),
      negative_prompt: rarely(fc.constant('fog')),
      omni_reference_task_type: rarely(fc.constantFrom('auto', 'reference', 'edit', 'extend')),
      prompt: fc.oneof(
        { arbitrary: fc.constantFrom(...prompts), weight: 6 },
        { arbitrary: fc.constant(undefined), weight: entry.price === 'upscale' ? 20 : 1 },
      ),
      reference_audio_urls: media('reference_audio_urls', urls(4)),
      reference_document_urls: media('reference_document_urls', urls(1)),
      reference_image_urls: media('reference_image_urls', urls(10)),
      reference_video_urls: media('reference_video_urls', urls(4)),
      resolution: near(entry.resolutions, Video.resolutions),
      scene_image_urls: media('scene_image_urls', urls(2)),
      upscale_factor: rarely(fc.constantFrom(1, 2, 4)),
      video_url: media('video_url', fc.constant(url)),
    })
    .map((fields) => {
      const given = Object.entries(fields).filter(([, value]) => value !== undefined)
      return { entry, request: Video.Request.parse(Object.fromEntries(given)) }
    })
})

const modelOf = (id: string) => models.find((model) => model.id === id) as Venice.Model

test('behavior: nothing is refused here that the server would take', () => {
  let taken = 0
  fc.assert(
    fc.property(requests, ({ entry, request }) => {
      const issues = [...checkRequest(entry, request), ...checkSeedance(entry, request)]
      if (issues.length > 0) return
      taken += 1
      expect(Catalogue.check(modelOf(request.model), request)).toEqual([])
    }),
    { numRuns: 2_500 },
  )
  expect(taken).toBeGreaterThan(80)
})

/** Fields about which the catalogue says nothing: only the server knows which model takes them. */
const silent = new Set([
  'camera_trajectory',
  'elements',
  'end_image_url',
  'keyframes',
  'negative_prompt',
  'prompt',
  'reference_document_urls',
  'reference_audio_urls',
  'reference_image_urls',
  'reference_video_urls',
  'scene_image_urls',
  'image_url',
  'audio_url',
  'video_url',
])

test('behavior: what the server refuses for what the catalogue says is refused here', () => {
  fc.assert(
    fc.property(requests, ({ entry, request }) => {
      const known = checkRequest(entry, request).filter(({ path }) => !silent.has(path[0] ?? ''))
      if (known.length === 0) return
      const fields = Catalogue.check(modelOf(request.model), request).map(({ field }) => field)
      for (const { path } of known) expect(fields).toContain(path[0])
    }),
    { numRuns: 1_000 },
  )
})

test('behavior: the nearest request is valid, and near', () => {
  fc.assert(
    fc.property(requests, ({ request }) => {
      const model = modelOf(request.model)
      const nearest = Suggestion.nearest(request, { models })
      if (model.model_spec.offline) expect(nearest).toBeUndefined()
      else expect(nearest && Catalogue.check(modelOf(nearest.model), nearest)).toEqual([])
      if (nearest && Catalogue.check(model, request).length === 0) expect(nearest).toEqual(request)
    }),
    { numRuns: 600 },
  )
})
