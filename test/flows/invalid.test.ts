import { expect, test } from 'vitest'

import { quote } from '../../src/flows/quote.js'
import { validate } from '../../src/flows/validate.js'
import type * as Video from '../../src/Video.js'
import { createBuyer } from '../support/createBuyer.js'
import { serve } from '../support/serve.js'
import { modelOf, rows as published } from '../support/venice.js'

const picture = 'https://media.example/a.png'
const clip = 'https://media.example/a.mp4'
const sound = 'https://media.example/a.wav'
const many = (count: number, url = picture) => Array.from({ length: count }, () => url)

const text = {
  aspect_ratio: '16:9',
  duration: '5s',
  model: 'wan-2-7-text-to-video',
  prompt: 'A gondola',
}
const image = {
  duration: '5s',
  image_url: picture,
  model: 'wan-2-7-image-to-video',
  prompt: 'A gondola',
}
const kling = { ...image, model: 'kling-v3-pro-image-to-video' }
const named = { ...text, model: 'wan-2-7-reference-to-video', reference_image_urls: [picture] }
const references = { ...named, aspect_ratio: undefined }
const seedance = {
  ...text,
  model: 'seedance-2-0-reference-to-video-basic',
  prompt: 'Refer to the man in <Image 1> to generate a walk',
  reference_image_urls: [picture],
}
const omni = { ...seedance, model: 'seedance-2-5-reference-to-video-basic' }
const edit = { ...omni, reference_image_urls: undefined, reference_video_urls: [clip] }
const wan3 = { ...seedance, model: 'wan-3-0-reference-to-video' }
const minimax = { ...seedance, model: 'minimax-h3-reference-to-video' }
const enhanced = { ...seedance, model: 'minimax-h3-enhanced-reference-to-video' }
const scene = { ...text, elements: [{ frontal_image_url: picture }] }
const klingO3 = { ...scene, model: 'kling-o3-pro-reference-to-video' }
const kling4k = {
  ...scene,
  aspect_ratio: undefined,
  image_url: picture,
  model: 'kling-v3-4k-reference-to-video',
}
const pixverse = { ...seedance, model: 'pixverse-c1-reference-to-video' }
const grok = { ...seedance, model: 'grok-imagine-1-5-reference-to-video-private' }
const gemini = { ...seedance, duration: '4s', model: 'gemini-omni-flash-1-1-reference-to-video' }
const happy = { ...seedance, model: 'happyhorse-1-1-reference-to-video' }
const upscale = { model: 'topaz-video-upscale', video_url: clip }
const source = { model: 'wan-2-7-video-to-video', prompt: 'A gondola', video_url: clip }
const motion = { ...source, image_url: picture, model: 'kling-v3-pro-motion-control' }
const transition = {
  ...image,
  aspect_ratio: '16:9',
  end_image_url: picture,
  model: 'pixverse-c1-transition',
}
const frames = (...indices: number[]) => ({
  ...kling,
  keyframes: indices.map((frame_index) => ({ frame_index, image_url: picture })),
})
const point = (time: number, more = {}) => ({
  azimuth: 0,
  distance: 1,
  elevation: 0,
  time,
  ...more,
})
const camera = (...camera_trajectory: object[]) => ({
  camera_trajectory,
  duration: '5s',
  image_url: picture,
  model: 'minimax-h3-max-multi-angle',
})

/**
 * A request, the field that is wrong, what the message says, and part of the proposal; `null` where
 * whatever is near would be another video.
 */
type Row = [request: object, field: string, says: string, nearest?: object | null]

/** What can be told from the request and the catalogue alone. */
const rows: Row[] = [
  // Shape: fields and their values.
  [{ ...text, model: undefined }, 'model', 'missing'],
  [{ ...text, model: '' }, 'model', '>=1 characters'],
  [{ ...text, colour: 'red' }, 'colour', 'Unknown field: colour. Known: model, prompt', text],
  [{ ...text, image: picture }, 'image', 'Closest: image_url'],
  [{ ...text, consents: { seedance: {} } }, 'consents', 'Unknown field: consents', text],
  [{ ...text, download_url: clip }, 'download_url', 'Unknown field: download_url', null],
  [{ ...text, prompt: 7 }, 'prompt', 'given 7; allowed: text'],
  [{ ...text, prompt: '' }, 'prompt', '>=1 characters'],
  [{ ...text, duration: 5 }, 'duration', 'given 5; allowed', { duration: '5s' }],
  [{ ...text, upscale_factor: 0 }, 'upscale_factor', 'given 0', text],
  [{ ...text, audio: 'yes' }, 'audio', 'given "yes"', text],
  [{ ...omni, bitrate_mode: 'low' }, 'bitrate_mode', 'given "low"; allowed: standard, high', omni],
  [{ ...omni, omni_reference_task_type: 'stitch' }, 'omni_reference_task_type', 'auto, reference'],
  [{ ...omni, reference_image_urls: [] }, 'reference_image_urls', '>=1 items'],
  [{ ...omni, reference_image_urls: many(31) }, 'reference_image_urls', 'given 31 items', null],
  [{ ...omni, reference_video_urls: many(11, clip) }, 'reference_video_urls', 'given 11', null],
  [{ ...omni, reference_audio_urls: many(11, sound) }, 'reference_audio_urls', 'given 11', null],
  [{ ...wan3, reference_document_urls: many(2) }, 'reference_document_urls', 'given 2 items', null],
  [{ ...klingO3, elements: [{}, {}, {}, {}, {}] }, 'elements', 'given 5 items; allowed', null],
  [{ ...klingO3, elements: [{ color: 'x' }] }, 'elements.0.color', 'Unknown field', null],
  [
    { ...klingO3, elements: [{ reference_image_urls: many(4) }] },
    'elements.0.reference_image_urls',
    'given 4 items',
    null,
  ],
  [{ ...klingO3, scene_image_urls: many(5) }, 'scene_image_urls', 'given 5 items; allowed', null],
  [frames(...Array.from({ length: 11 }, (_, index) => index)), 'keyframes', 'given 11 items', null],
  [frames(-1), 'keyframes.0.frame_index', 'given -1; allowed', null],
  [frames(0.5), 'keyframes.0.frame_index', 'given 0.5', null],
  [camera(point(0)), 'camera_trajectory', 'given 1 item;', null],
  [
    camera(...Array.from({ length: 13 }, (_, index) => point(index / 13))),
    'camera_trajectory',
    'given 13 items',
    null,
  ],
  [camera(point(0), point(1.1)), 'camera_trajectory.1.time', 'given 1.1', null],
  [camera(point(0), point(1, { elevation: 91 })), 'camera_trajectory.1.elevation', '91', null],
  [camera(point(0), point(1, { distance: 0 })), 'camera_trajectory.1.distance', 'given 0', null],
  [{ ...text, anon_user_id: 'x'.repeat(129) }, 'anon_user_id', '128 printable ASCII', text],
  [{ ...text, anon_user_id: 'Zoë' }, 'anon_user_id', 'at most 128 printable ASCII', text],

  // Prompts.
  [{ ...text, prompt: undefined }, 'prompt', 'missing; allowed: 1 to 2,500 characters'],
  [{ ...text, prompt: '  \n\t ' }, 'prompt', 'allowed: 1 to 2,500 characters'],
  [{ ...image, prompt: '\u3000' }, 'prompt', 'allowed: 1 to 2,500 characters'],
  [{ ...text, prompt: 'x'.repeat(2_501) }, 'prompt', '(2501 characters)"', null],
  [{ ...image, prompt: 'x'.repeat(3_200) }, 'prompt', '1 to 2,500 characters', null],
  [{ ...references, prompt: 'x'.repeat(2_501) }, 'prompt', '1 to 2,500 characters', null],
  [{ ...source, prompt: 'x'.repeat(2_501) }, 'prompt', '1 to 2,500 characters', null],
  [{ ...source, prompt: undefined }, 'prompt', 'missing; allowed'],
  [
    { ...text, model: 'grok-imagine-text-to-video-private', prompt: 'x'.repeat(4_097) },
    'prompt',
    '1 to 4,096 characters',
    null,
  ],
  [
    { ...text, model: 'runway-gen4-5-text', prompt: 'x'.repeat(1_001) },
    'prompt',
    '1 to 1,000 characters',
    null,
  ],
  [
    { ...text, model: 'wan-3-0-text-to-video', prompt: 'x'.repeat(20_001) },
    'prompt',
    '1 to 20,000 characters',
    null,
  ],
  [{ ...text, negative_prompt: 'x'.repeat(2_501) }, 'negative_prompt', '1 to 2,500', null],

  // The row: what this model lists.
  [{ ...text, duration: undefined }, 'duration', 'missing; allowed: 5s, 10s', text],
  [{ ...text, duration: '1s' }, 'duration', 'given "1s"; allowed: 5s', { duration: '5s' }],
  [{ ...text, duration: '31s' }, 'duration', 'given "31s"', { duration: '15s' }],
  [
    { ...text, duration: '7s', model: 'ltx-2-5-fast-text-to-video' },
    'duration',
    'given "7s"; allowed: 6s, 8s, 10s',
    { duration: '6s' },
  ],
  [{ ...text, duration: 'auto' }, 'duration', 'given "auto"', text],
  [{ ...text, duration: '5S' }, 'duration', 'given "5S"', text],
  [{ ...text, aspect_ratio: undefined }, 'aspect_ratio', 'missing; allowed: 16:9, 9:16', text],
  [{ ...text, aspect_ratio: '16:10' }, 'aspect_ratio', 'given "16:10"', { aspect_ratio: '16:9' }],
  [{ ...text, aspect_ratio: '2:3' }, 'aspect_ratio', 'given "2:3"', { aspect_ratio: '9:16' }],
  [{ ...image, aspect_ratio: '16:9' }, 'aspect_ratio', 'nothing, because this model', image],
  [named, 'aspect_ratio', 'nothing, because this model', { reference_image_urls: [picture] }],
  [{ ...text, resolution: '480p' }, 'resolution', '1080p, 720p', { resolution: '720p' }],
  [{ ...text, resolution: '4k' }, 'resolution', 'given "4k"', { resolution: '1080p' }],
  [{ ...text, resolution: '1080P' }, 'resolution', 'given "1080P"', { resolution: '1080p' }],
  [{ ...minimax, resolution: '2k' }, 'resolution', 'allowed: 768P, 2K', { resolution: '2K' }],
  [{ ...kling, resolution: '720p' }, 'resolution', 'nothing, because', kling],
  [{ ...text, audio: false }, 'audio', 'its sound cannot be chosen', text],
  [{ ...source, duration: '5s' }, 'duration', 'the length follows the source', source],
  [{ ...source, duration: '300.5' }, 'duration', 'at most 300', source],
  [{ ...source, aspect_ratio: '16:9' }, 'aspect_ratio', 'nothing, because', source],

  // What goes in, by the row and by the kind of model.
  [{ ...text, image_url: picture }, 'image_url', 'text-to-video model', image],
  [{ ...text, end_image_url: picture }, 'end_image_url', 'text-to-video model'],
  [{ ...text, video_url: clip }, 'video_url', 'text-to-video model', { video_url: clip }],
  [{ ...text, reference_image_urls: many(1) }, 'reference_image_urls', 'text-to', references],
  [{ ...text, scene_image_urls: many(1) }, 'scene_image_urls', 'text-to-video model', null],
  [{ ...frames(0), aspect_ratio: '16:9', model: text.model }, 'keyframes', 'text-to-video'],
  [{ ...camera(point(0), point(1)), ...text }, 'camera_trajectory', 'text-to-video', null],
  [{ ...image, image_url: undefined }, 'image_url', 'missing; allowed: the first frame'],
  [{ ...image, video_url: clip }, 'video_url', 'nothing, because this model'],
  [{ ...kling, audio_url: sound }, 'audio_url', 'nothing, because this model', null],
  [{ ...kling, reference_image_urls: many(1) }, 'reference_image_urls', 'takes none', null],
  [{ ...image, reference_video_urls: [clip] }, 'reference_video_urls', 'takes none'],
  [{ ...seedance, video_url: clip }, 'video_url', 'nothing, because this model', null],
  [{ ...source, video_url: undefined }, 'video_url', 'missing; allowed: the source video'],
  [{ ...motion, video_url: undefined }, 'video_url', 'missing; allowed: the source video'],
  [{ ...upscale, video_url: undefined }, 'video_url', 'missing; allowed: the source video'],
  [{ ...upscale, prompt: 'sharper' }, 'prompt', 'an upscale takes video_url', upscale],
  [{ ...upscale, negative_prompt: 'noise' }, 'negative_prompt', 'an upscale takes', upscale],
  [{ ...upscale, resolution: '2x' }, 'resolution', 'given "2x"; allowed: nothing', upscale],
  [{ ...upscale, duration: '5s' }, 'duration', 'the length follows the source', upscale],
  [{ ...upscale, audio: true }, 'audio', 'given true; allowed: nothing', upscale],
  [{ ...upscale, image_url: picture }, 'image_url', 'allowed: nothing', null],
  [{ ...upscale, upscale_factor: 3 }, 'upscale_factor', 'allowed: 1, 2, 4', upscale],
  [{ ...text, upscale_factor: 2 }, 'upscale_factor', 'for upscale models only', text],
  [
    { ...image, end_image_url: picture, image_url: undefined },
    'image_url',
    'missing; allowed: the first frame',
    { end_image_url: picture },
  ],
  [
    { ...image, aspect_ratio: '16:9', model: 'flux-3-first-last-frame-to-video' },
    'end_image_url',
    'missing; allowed: the last frame',
    { image_url: picture },
  ],
  [{ ...transition, end_image_url: undefined }, 'end_image_url', 'missing; allowed: the last'],
  [{ ...transition, image_url: undefined }, 'image_url', 'missing; allowed: the first frame'],
  [{ ...transition, reference_image_urls: many(1) }, 'reference_image_urls', 'takes none', null],

  // What only a family knows.
  [{ ...references, reference_image_urls: undefined }, 'reference_image_urls', 'at least one'],
  [{ ...seedance, reference_image_urls: many(10) }, 'reference_image_urls', 'at most 9', null],
  [{ ...seedance, reference_video_urls: many(4, clip) }, 'reference_video_urls', 'most 3', null],
  [{ ...seedance, reference_audio_urls: many(4, sound) }, 'reference_audio_urls', 'most 3', null],
  [
    { ...seedance, audio_url: sound, reference_audio_urls: many(3, sound) },
    'reference_audio_urls',
    'at most 2',
    null,
  ],
  [{ ...wan3, reference_image_urls: many(11) }, 'reference_image_urls', 'at most 10', null],
  [{ ...wan3, reference_video_urls: many(6, clip) }, 'reference_video_urls', 'at most 5', null],
  [{ ...wan3, reference_audio_urls: many(6, sound) }, 'reference_audio_urls', 'at most 5', null],
  [{ ...minimax, reference_image_urls: many(10) }, 'reference_image_urls', 'at most 9', null],
  [{ ...minimax, image_url: picture }, 'image_url', 'frames or references, not both', null],
  [{ ...minimax, end_image_url: picture, image_url: picture }, 'end_image_url', 'not both', null],
  [{ ...enhanced, reference_video_urls: [clip] }, 'reference_video_urls', 'takes none', null],
  [{ ...enhanced, reference_audio_urls: many(4, sound) }, 'reference_audio_urls', 'most 3', null],
  [{ ...klingO3, reference_image_urls: many(5) }, 'reference_image_urls', 'at most 4', null],
  [{ ...klingO3, reference_video_urls: [clip] }, 'reference_video_urls', 'takes none', null],
  [
    {
      ...klingO3,
      elements: many(4).map((frontal_image_url) => ({ frontal_image_url })),
      scene_image_urls: many(4),
    },
    'elements',
    'at most 7 frames, elements and scenes together',
    null,
  ],
  [{ ...klingO3, elements: [{}] }, 'elements.0', 'frontal_image_url or video_url', null],
  [{ ...kling4k, image_url: undefined }, 'image_url', 'which this model needs beside'],
  [{ ...pixverse, reference_image_urls: many(8) }, 'reference_image_urls', 'at most 7', null],
  [{ ...grok, reference_image_urls: many(8) }, 'reference_image_urls', 'at most 7', null],
  [{ ...gemini, reference_image_urls: many(11) }, 'reference_image_urls', 'at most 10', null],
  [
    {
      ...gemini,
      model: 'gemini-omni-flash-reference-to-video',
      reference_image_urls: many(4),
    },
    'reference_image_urls',
    'at most 3',
    null,
  ],
  [{ ...happy, reference_image_urls: many(5) }, 'reference_image_urls', 'at most 4', null],
  [{ ...happy, elements: scene.elements }, 'elements', 'Kling’s reference-to-video only', null],
  [{ ...happy, scene_image_urls: many(1) }, 'scene_image_urls', 'Kling’s reference-to-', null],
  [{ ...seedance, reference_document_urls: many(1) }, 'reference_document_urls', 'Wan 3.0', null],
  [
    { ...wan3, model: 'wan-3-0-prime-reference-to-video', reference_document_urls: many(1) },
    'reference_document_urls',
    'Wan 3.0',
    null,
  ],
  [
    { ...omni, reference_audio_urls: [sound], reference_image_urls: undefined },
    'reference_audio_urls',
    'sounds beside a reference image or video, not alone',
    null,
  ],
  [{ ...text, bitrate_mode: 'high' }, 'bitrate_mode', 'for Seedance 2.0 and 2.5 only', text],
  [
    { ...text, bitrate_mode: 'high', model: 'seedance-1-5-pro-text-to-video-basic' },
    'bitrate_mode',
    'for Seedance 2.0 and 2.5 only',
  ],
  [
    { ...seedance, omni_reference_task_type: 'edit' },
    'omni_reference_task_type',
    'Seedance 2.5 reference-to-video only',
    seedance,
  ],
  [
    { ...omni, omni_reference_task_type: 'extension' },
    'reference_video_urls',
    'missing; allowed: the video that',
  ],
  [{ ...omni, duration: '-1' }, 'reference_video_urls', 'whose length "-1" follows'],
  [{ ...omni, duration: 'auto' }, 'reference_video_urls', 'whose length "auto" follows'],
  [{ ...seedance, duration: 'auto' }, 'duration', 'given "auto"', seedance],
  [{ ...omni, aspect_ratio: 'adaptive' }, 'aspect_ratio', 'given "adaptive"', omni],
  [{ ...edit, aspect_ratio: 'source' }, 'aspect_ratio', 'given "source"'],
  [{ ...grok, image_references: [{ image_url: picture }], ...text }, 'image_references', 'text-to'],
  [
    { ...image, image_references: [{ image_url: picture }] },
    'image_references',
    'reference-to-video models only',
  ],
  [
    { ...seedance, video_references: [{ video_url: clip }] },
    'video_references',
    'models with sound per reference only',
    null,
  ],
  [{ ...pixverse, voice_id: 'Eve' }, 'voice_id', 'Grok Imagine 1.5', pixverse],
  [{ ...kling, camera_trajectory: [point(0), point(1)] }, 'camera_trajectory', 'multi-angle', null],

  // Between fields.
  [frames(0, 121), 'keyframes.1.frame_index', 'given 121; allowed: 0 to 120', frames(0, 120)],
  [frames(0, 24, 24), 'keyframes.2.frame_index', 'each frame once', null],
  [
    camera(point(0), point(0.5), point(0.5)),
    'camera_trajectory.2.time',
    'given 0.5; allowed: more than 0.5',
    null,
  ],
  [camera(point(1), point(0)), 'camera_trajectory.1.time', 'given 0', camera(point(0), point(1))],
  [
    camera(point(0), point(1, { azimuth: 11_521 })),
    'camera_trajectory',
    'at most 32 turns in all',
    null,
  ],
  [{ ...camera(point(0), point(1)), image_url: undefined }, 'image_url', 'missing; allowed'],
  [{ ...camera(point(0), point(1)), aspect_ratio: '1:1' }, 'aspect_ratio', 'nothing, because'],

  // Media that Venice could not fetch, and must not.
  ...[
    'http://127.0.0.1/a.png',
    'http://localhost:8080/a.png',
    'https://localhost./a.png',
    'https://media/a.png',
    'https://printer.local/a.png',
    'http://10.1.2.3/a.png',
    'http://172.16.0.1/a.png',
    'http://192.168.1.1/a.png',
    'http://169.254.169.254/latest/meta-data',
    'http://metadata.google.internal/',
    'http://[::1]/a.png',
    'http://[fd00::1]/a.png',
    'http://[::ffff:10.0.0.1]/a.png',
    'http://2130706433/a.png',
    'http://0x7f.1/a.png',
    'http://0.0.0.0/a.png',
    'http://100.64.0.1/a.png',
  ].map((url): Row => [{ ...image, image_url: url }, 'image_url', 'a public host', null]),
  [
    { ...seedance, reference_image_urls: [picture, 'http://10.0.0.1/a.png'] },
    'reference_image_urls.1',
    'a public host',
    null,
  ],
  [
    { ...klingO3, elements: [{ frontal_image_url: 'http://localhost/a.png' }] },
    'elements.0.frontal_image_url',
    'a public host',
    null,
  ],
  [{ ...upscale, video_url: 'http://192.168.0.1/a.mp4' }, 'video_url', 'a public host', null],
]

/** A Venice that has the published models, and a wallet that could pay. */
async function setup() {
  const server = await serve(() => ({ data: published.map(modelOf) }))
  const buyer = await createBuyer({ apiUrl: `${server.origin}/api/v1` })
  return {
    ...buyer,
    server,
    async [Symbol.asyncDispose]() {
      await buyer[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

test(`error: ${rows.length} requests are refused by name, before anything but the catalogue is asked`, async () => {
  await using setting = await setup()
  const proposed: Video.Request[] = []
  for (const [request, field, says, nearest] of rows) {
    const error = await refusalOf(setting, request)
    expect([request, error.code]).toEqual([request, 'INVALID_INPUT'])
    const fields = error.issues.map((issue) => issue.field)
    expect([request, fields]).toEqual([request, expect.arrayContaining([field])])
    const line = error.facts.find(
      (fact) => fact.includes(`${field}:`) || fact.includes(`${field}.`),
    )
    expect(line).toContain(says)
    expect(error.toJSON()).toMatchObject({ money_moved: 'no' })
    if (nearest) expect(error.suggestion).toMatchObject(defined(nearest))
    if (nearest === null) {
      expect([request, error.suggestion]).toEqual([request, undefined])
      expect(error.hint).toContain('without changing what is bought')
    } else if (error.suggestion) {
      proposed.push(error.suggestion)
      // Whatever went in is still there: nothing that is bought was dropped.
      expect(mediaOf(error.suggestion)).toEqual(expect.arrayContaining(mediaOf(request)))
    }
  }
  const asked = setting.server.requests.map(({ path }) => path)
  expect(new Set(asked)).toEqual(new Set(['/api/v1/models?type=video']))

  // What is proposed is a whole request, and a valid one: there is nothing left to refuse.
  expect(proposed.length).toBeGreaterThan(70)
  for (const request of proposed) await validate(setting.zecchino.client, request)
})

type Setting = Awaited<ReturnType<typeof setup>>

async function refusalOf({ zecchino }: Setting, request: object) {
  const result = await quote(zecchino, request).catch((error: unknown) => error)
  return result as Video.InvalidRequestError
}

/** Every medium of a request, whatever its field. */
function mediaOf(request: object): string[] {
  return [...JSON.stringify(request).matchAll(/"(https?:[^"]*)"/g)].map(([, url = '']) => url)
}

function defined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
