import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import * as Catalogue from '../src/Catalogue.js'
import { catalogue } from '../src/sandbox/catalogue.js'
import { checkRequest } from '../src/sandbox/checkRequest.js'
import { checkSeedance } from '../src/sandbox/checkSeedance.js'
import { QueueBody } from '../src/sandbox/queueBody.js'
import * as Suggestion from '../src/Suggestion.js'
import * as Video from '../src/Video.js'
import { modelOf, type Row, rows } from './support/venice.js'

const models = rows.map(modelOf)
const picture = 'https://media.example/a.png'
const clip = 'https://media.example/a.mp4'
const sound = 'https://media.example/a.wav'
const many = (url: string, most: number) =>
  fc.array(fc.constant(url), { maxLength: most, minLength: 1 })

const prompts = [
  'A gondola',
  'Refer to the man in <Image 1> to generate a walk',
  'Strictly edit <Video 1>, make it night',
  'Extend <Video 1>, generate rain',
  '<Video 1> + a fade + followed by <Video 2>',
  'x'.repeat(2_600),
  ' \n',
]
const odd = {
  aspect_ratio: ['16:9', '9:16', 'auto', 'adaptive', '7:5'],
  duration: ['5s', '7s', 'auto', '-1', '12.5', '301', '3 beats'],
  resolution: ['720p', '1080P', '2k', '4x', '721p'],
}

/** What goes in beside the prompt, for each mode: what it needs, and what it may have. */
const inputs: Record<Row['mode'], [needs: (keyof typeof media)[], may: (keyof typeof media)[]]> = {
  flf: [['image_url', 'end_image_url'], []],
  i2v: [['image_url'], ['audio_url']],
  motion: [['image_url', 'video_url'], []],
  'multi-angle': [['image_url'], ['camera_trajectory']],
  r2v: [
    ['reference_image_urls'],
    [
      'audio_url',
      'elements',
      'image_url',
      'reference_audio_urls',
      'reference_document_urls',
      'reference_video_urls',
      'scene_image_urls',
    ],
  ],
  t2v: [[], ['audio_url']],
  transition: [['image_url', 'end_image_url'], []],
  upscale: [['video_url'], ['upscale_factor']],
  v2v: [['video_url'], []],
}
const point = fc.record({
  azimuth: fc.constantFrom(0, 90, 20_000),
  distance: fc.constant(1),
  elevation: fc.constant(0),
  time: fc.constantFrom(0, 0.5, 1),
})
const media = {
  audio_url: fc.constant(sound),
  camera_trajectory: fc.array(point, { maxLength: 3, minLength: 2 }),
  elements: fc.constant([{ frontal_image_url: picture }]),
  end_image_url: fc.constant(picture),
  image_url: fc.constantFrom(picture, picture, picture, 'http://10.0.0.1/a.png'),
  reference_audio_urls: many(sound, 6),
  reference_document_urls: many('https://media.example/a.pdf', 1),
  reference_image_urls: many(picture, 11),
  reference_video_urls: many(clip, 6),
  scene_image_urls: many(picture, 4),
  upscale_factor: fc.constantFrom(1, 2, 4),
  video_url: fc.constant(clip),
}
const others = {
  anon_user_id: fc.constant('somebody'),
  audio: fc.boolean(),
  bitrate_mode: fc.constant('high'),
  negative_prompt: fc.constantFrom('fog', 'x'.repeat(2_600)),
  omni_reference_task_type: fc.constantFrom('auto', 'reference', 'edit', 'extend'),
}

const often = <value>(values: fc.Arbitrary<value>) =>
  fc.oneof({ arbitrary: values, weight: 12 }, { arbitrary: fc.constant(undefined), weight: 1 })
const some = <value>(values: fc.Arbitrary<value>) =>
  fc.oneof({ arbitrary: values, weight: 1 }, { arbitrary: fc.constant(undefined), weight: 3 })
const rarely = <value>(values: fc.Arbitrary<value>) =>
  fc.oneof({ arbitrary: values, weight: 1 }, { arbitrary: fc.constant(undefined), weight: 24 })

/** Requests of the right shape, many of them near what one of the models takes. */
const requests = fc.constantFrom(...rows).chain((row) => {
  const [needs, may] = inputs[row.mode]
  const near = (listed: readonly string[], all: readonly string[]) =>
    fc.oneof(
      {
        arbitrary: listed.length > 0 ? fc.constantFrom(...listed) : fc.constant(undefined),
        weight: 12,
      },
      { arbitrary: fc.constantFrom(...all), weight: 1 },
    )
  const wished = Object.entries(media).map(([name, values]) => {
    const field = name as keyof typeof media
    const how = needs.includes(field) ? often : may.includes(field) ? some : rarely
    return [name, how(values as fc.Arbitrary<unknown>)] as const
  })
  const isUpscale = row.mode === 'upscale'
  return fc
    .record({
      ...Object.fromEntries(wished),
      ...Object.fromEntries(
        Object.entries(others).map(([name, values]) => [
          name,
          rarely(values as fc.Arbitrary<unknown>),
        ]),
      ),
      aspect_ratio: near(row.aspect_ratios, odd.aspect_ratio),
      duration: near(
        row.durations.filter((value) => value !== 'Auto'),
        odd.duration,
      ),
      model: fc.constant(row.id),
      prompt: isUpscale
        ? rarely(fc.constant('A gondola'))
        : fc.oneof(
            { arbitrary: fc.constant('A gondola'), weight: 10 },
            { arbitrary: fc.constantFrom(...prompts, undefined), weight: 3 },
          ),
      resolution: near(isUpscale ? [] : row.resolutions, odd.resolution),
    })
    .map((fields) => {
      const given = Object.entries(fields).filter(([, value]) => value !== undefined)
      return { request: Video.Request.parse(Object.fromEntries(given)), row }
    })
})

const refusedHere = ({ request, row }: { request: Video.Request; row: Row }) => {
  const model = modelOf(row)
  return Catalogue.check(model, Catalogue.normalize(model, request))
}
const refusedThere = ({ request, row }: { request: Video.Request; row: Row }) => {
  const entry = catalogue.get(request.model)
  if (!entry) throw new Error(`the sandbox has no ${request.model}`)
  const { consents: _, ...sent } = QueueBody.parse(Catalogue.normalize(modelOf(row), request))
  return [...checkRequest(entry, sent), ...checkSeedance(entry, sent)]
}

test('behavior: nothing is refused here that the server would take', () => {
  let taken = 0
  fc.assert(
    fc.property(requests, (one) => {
      if (refusedThere(one).length > 0) return
      taken += 1
      // A prompt beside an upscale is ignored there: nobody should pay in the belief that it is not.
      const isMoot = (field: string) => one.row.mode === 'upscale' && field.endsWith('prompt')
      const here = refusedHere(one).filter(({ field }) => !isMoot(field))
      expect([one.request, here]).toEqual([one.request, []])
    }),
    { numRuns: 2_000 },
  )
  expect(taken).toBeGreaterThan(100)
})

/** What no page says: the sandbox decides, and the client leaves it to the server. */
const undecided: Record<string, (one: { request: Video.Request; row: Row }) => boolean> = {
  end_image_url: ({ row }) => row.model_type === 'video',
  // A tag of a medium that is not there: a warning.
  prompt: ({ request, row }) => row.mode === 'r2v' && /<(Image|Video)/.test(request.prompt ?? ''),
  reference_audio_urls: ({ row }) => row.model_type === 'video' || isUnspecified(row),
  reference_video_urls: ({ row }) => row.model_type === 'video' || isUnspecified(row),
}

/** Families whose clips and sounds no page bounds. */
function isUnspecified({ id }: Row): boolean {
  return /^(happyhorse|wan-2-7)-/.test(id)
}

test('behavior: what the server refuses is refused here, before money moves', () => {
  let refused = 0
  fc.assert(
    fc.property(requests, (one) => {
      const there = refusedThere(one).filter(({ path }) => !undecided[String(path[0])]?.(one))
      if (there.length === 0) return
      refused += 1
      expect([one.request, there, refusedHere(one).length > 0]).toEqual([one.request, there, true])
    }),
    { numRuns: 2_000 },
  )
  expect(refused).toBeGreaterThan(100)
})

test('behavior: the nearest request is valid, and nothing was dropped from it', () => {
  let proposed = 0
  const mediaOf = (request: object) =>
    [...JSON.stringify(request).matchAll(/"(https?:[^"]*)"/g)].map(([, url]) => url)
  fc.assert(
    fc.property(requests, (one) => {
      const { request } = one
      const nearest = Suggestion.nearest(request, { models })
      if (refusedHere(one).length === 0)
        expect(nearest).toEqual(Catalogue.normalize(modelOf(one.row), request))
      if (!nearest) return
      proposed += 1
      const row = rows.find(({ id }) => id === nearest.model)
      expect(row && refusedHere({ request: nearest, row })).toEqual([])
      expect(mediaOf(nearest).length).toBeGreaterThanOrEqual(mediaOf(request).length)
      if (request.prompt?.trim() && row?.mode !== 'upscale')
        expect(nearest.prompt).toBe(request.prompt)
    }),
    { numRuns: 1_000 },
  )
  expect(proposed).toBeGreaterThan(100)
})
