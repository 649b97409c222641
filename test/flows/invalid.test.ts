import { randomBytes } from 'node:crypto'

import { expect, test } from 'vitest'

import { quote } from '../../src/flows/quote.js'
import { validate } from '../../src/flows/validate.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import type * as Video from '../../src/Video.js'
import { control, createBuyer } from '../support/createBuyer.js'

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
const references = { ...text, model: 'wan-2-7-reference-to-video', reference_image_urls: [picture] }
const seedance = {
  ...text,
  model: 'seedance-2-0-reference-to-video-basic',
  prompt: 'Refer to the man in <Image 1>, walking',
  reference_image_urls: [picture],
}
const omni = { ...seedance, model: 'seedance-2-5-reference-to-video-basic' }
const edit = {
  ...omni,
  prompt: 'Strictly edit <Video 1>, make it night',
  reference_image_urls: undefined,
  reference_video_urls: [clip],
}
const upscale = { model: 'topaz-video-upscale', video_url: clip }
const frames = (...indices: number[]) => ({
  ...text,
  keyframes: indices.map((frame_index) => ({ frame_index, image_url: picture })),
  model: 'pixverse-c1-transition',
})
const point = (time: number, more = {}) => ({
  azimuth: 0,
  distance: 1,
  elevation: 0,
  time,
  ...more,
})
const camera = (...camera_trajectory: object[]) => ({
  ...image,
  camera_trajectory,
  model: 'kling-v3-pro-image-to-video',
})

/** A request, the field that is wrong, what the message says, and part of the proposal. */
type Row = [request: object, field: string, says: string, nearest?: object]

/** What can be told from the request and the catalogue alone. */
const rows: Row[] = [
  // Shape: fields and their values.
  [{ ...text, model: undefined }, 'model', 'missing'],
  [{ ...text, model: '' }, 'model', '>=1 characters'],
  [{ ...text, colour: 'red' }, 'colour', 'Unknown field: colour. Known: model, prompt', text],
  [{ ...text, image: picture }, 'image', 'Closest: image_url'],
  [{ ...text, consents: { seedance: {} } }, 'consents', 'Unknown field: consents', text],
  [{ ...text, download_url: clip }, 'download_url', 'Unknown field: download_url', text],
  [{ ...text, prompt: 7 }, 'prompt', 'expected string'],
  [{ ...text, prompt: '' }, 'prompt', '>=1 characters'],
  [{ ...text, duration: '31s' }, 'duration', 'given "31s"; allowed: 1s, 2s', { duration: '15s' }],
  [{ ...text, duration: 5 }, 'duration', 'given 5; allowed: 1s', { duration: '5s' }],
  [{ ...text, aspect_ratio: '16:10' }, 'aspect_ratio', 'given "16:10"', { aspect_ratio: '16:9' }],
  [{ ...text, resolution: '720' }, 'resolution', 'given "720"', { resolution: '720p' }],
  [{ ...text, upscale_factor: 3 }, 'upscale_factor', 'given 3', text],
  [{ ...text, audio: 'yes' }, 'audio', 'given "yes"', text],
  [{ ...omni, bitrate_mode: 'low' }, 'bitrate_mode', 'given "low"; allowed: standard, high', omni],
  [{ ...omni, omni_reference_task_type: 'stitch' }, 'omni_reference_task_type', 'auto, reference'],
  [{ ...references, reference_image_urls: [] }, 'reference_image_urls', '>=1 items'],
  [{ ...omni, reference_image_urls: many(31) }, 'reference_image_urls', 'given 31 items; allowed'],
  [{ ...omni, reference_video_urls: many(11, clip) }, 'reference_video_urls', 'given 11 items'],
  [{ ...omni, reference_audio_urls: many(11, sound) }, 'reference_audio_urls', 'given 11 items'],
  [{ ...references, reference_document_urls: many(2) }, 'reference_document_urls', 'given 2 items'],
  [{ ...references, elements: [{}, {}, {}, {}, {}] }, 'elements', 'given 5 items; allowed'],
  [{ ...references, elements: [{ color: 'x' }] }, 'elements.0.color', 'Unknown field'],
  [
    { ...references, elements: [{ reference_image_urls: many(4) }] },
    'elements.0.reference_image_urls',
    'given 4 items',
  ],
  [{ ...references, scene_image_urls: many(5) }, 'scene_image_urls', 'given 5 items; allowed'],
  [frames(...Array.from({ length: 11 }, (_, index) => index)), 'keyframes', 'given 11 items'],
  [frames(-1), 'keyframes.0.frame_index', 'given -1; allowed'],
  [frames(0.5), 'keyframes.0.frame_index', 'given 0.5'],
  [camera(point(0)), 'camera_trajectory', 'given 1 item;'],
  [
    camera(...Array.from({ length: 13 }, (_, index) => point(index / 13))),
    'camera_trajectory',
    'given 13 items',
  ],
  [camera(point(0), point(1.1)), 'camera_trajectory.1.time', 'given 1.1'],
  [camera(point(0), point(1, { elevation: 91 })), 'camera_trajectory.1.elevation', 'given 91'],
  [camera(point(0), point(1, { distance: 0 })), 'camera_trajectory.1.distance', 'given 0'],

  // The catalogue: what this model takes.
  [{ ...text, prompt: undefined }, 'prompt', 'missing; allowed: 1 to 20,000 characters'],
  [{ ...text, prompt: 'x'.repeat(20_001) }, 'prompt', '(20001 characters)"'],
  [
    { ...text, model: 'grok-imagine-text-to-video-private', prompt: 'x'.repeat(4_097) },
    'prompt',
    '1 to 4,096 characters',
  ],
  [{ ...text, negative_prompt: 'x'.repeat(20_001) }, 'negative_prompt', '(20001 characters)"'],
  [{ ...text, duration: undefined }, 'duration', 'missing; allowed: 2s, 3s', text],
  [{ ...text, duration: '1s' }, 'duration', 'given "1s"; allowed: 2s, 3s', { duration: '2s' }],
  [
    { ...text, duration: '7s', model: 'ltx-2-5-fast-text-to-video' },
    'duration',
    'given "7s"; allowed: 6s, 8s, 10s',
    { duration: '6s' },
  ],
  [{ ...text, duration: 'auto' }, 'duration', 'given "auto"', text],
  [{ ...text, aspect_ratio: undefined }, 'aspect_ratio', 'missing; allowed: 16:9, 9:16', text],
  [{ ...text, aspect_ratio: '21:9' }, 'aspect_ratio', 'given "21:9"', { aspect_ratio: '16:9' }],
  [{ ...text, aspect_ratio: '2:3' }, 'aspect_ratio', 'given "2:3"', { aspect_ratio: '3:4' }],
  [{ ...image, aspect_ratio: '16:9' }, 'aspect_ratio', 'nothing, because this model', image],
  [{ ...text, resolution: '480p' }, 'resolution', 'allowed: 720p, 1080p', { resolution: '720p' }],
  [{ ...text, resolution: '4k' }, 'resolution', 'given "4k"', { resolution: '1080p' }],
  [
    { ...text, model: 'kling-v3-pro-text-to-video', resolution: '720p' },
    'resolution',
    'nothing, because',
    { duration: '5s' },
  ],
  [{ ...references, audio: false }, 'audio', 'given false; allowed: nothing', references],
  [{ ...text, image_url: picture }, 'image_url', 'text-to-video model', image],
  [{ ...text, end_image_url: picture }, 'end_image_url', 'text-to-video model'],
  [{ ...text, video_url: clip }, 'video_url', 'text-to-video model', { video_url: clip }],
  [{ ...text, reference_image_urls: many(1) }, 'reference_image_urls', 'text-to-video', references],
  [{ ...text, scene_image_urls: many(1) }, 'scene_image_urls', 'text-to-video model'],
  [{ ...frames(0), model: text.model }, 'keyframes', 'text-to-video model'],
  [{ ...image, image_url: undefined }, 'image_url', 'missing; allowed: the first frame', text],
  [{ ...image, video_url: clip }, 'video_url', 'nothing, because this model', image],
  [
    { ...image, audio_url: sound, model: 'kling-v3-pro-image-to-video' },
    'audio_url',
    'nothing, because this model',
  ],

  // Published rules: of families, and between fields.
  [{ ...text, upscale_factor: 2 }, 'upscale_factor', 'for upscale models only', text],
  [{ ...text, bitrate_mode: 'high' }, 'bitrate_mode', 'for Seedance models only', text],
  [
    { ...seedance, omni_reference_task_type: 'edit' },
    'omni_reference_task_type',
    'Seedance 2.5 reference-to-video only',
    seedance,
  ],
  [{ ...upscale, video_url: undefined }, 'video_url', 'missing; allowed: the source video'],
  [{ ...upscale, prompt: 'sharper' }, 'prompt', 'an upscale takes video_url', upscale],
  [{ ...upscale, negative_prompt: 'noise' }, 'negative_prompt', 'an upscale takes', upscale],
  [{ ...upscale, resolution: '1080p' }, 'resolution', 'given "1080p"; allowed: nothing', upscale],
  [{ ...upscale, duration: '5s' }, 'duration', 'given "5s"; allowed: nothing', upscale],
  [
    { ...image, end_image_url: picture, image_url: undefined },
    'image_url',
    'missing; allowed: the first frame',
    { end_image_url: picture },
  ],
  [
    { ...image, model: 'flux-3-first-last-frame-to-video' },
    'end_image_url',
    'missing; allowed: the last frame',
    { image_url: picture },
  ],
  [{ ...image, model: 'wan-2-7-video-to-video' }, 'video_url', 'missing; allowed: the source'],
  [
    { ...references, reference_image_urls: undefined },
    'reference_image_urls',
    'missing; allowed: at least one reference',
  ],
  [{ ...seedance, reference_image_urls: many(10) }, 'reference_image_urls', 'at most 9'],
  [{ ...seedance, reference_video_urls: many(4, clip) }, 'reference_video_urls', 'at most 3'],
  [{ ...seedance, reference_audio_urls: many(4, sound) }, 'reference_audio_urls', 'at most 3'],
  [
    { ...omni, reference_audio_urls: [sound], reference_image_urls: undefined },
    'reference_audio_urls',
    'sounds beside a reference image or video, not alone',
  ],
  [frames(0, 121), 'keyframes.1.frame_index', 'given 121; allowed: 0 to 120', frames(0, 120)],
  [frames(0, 24, 24), 'keyframes.2.frame_index', 'each frame once', frames(0, 24)],
  [
    camera(point(0), point(0.5), point(0.5)),
    'camera_trajectory.2.time',
    'given 0.5; allowed: more than 0.5',
    camera(point(0), point(0.5)),
  ],
  [camera(point(1), point(0)), 'camera_trajectory.1.time', 'given 0', camera(point(0), point(1))],
  [{ ...omni, duration: '-1' }, 'duration', 'a matched one needs', { duration: '5s' }],
  [{ ...omni, duration: 'auto' }, 'duration', 'Strictly edit <Video 1>', { duration: '5s' }],
  [{ ...omni, aspect_ratio: 'adaptive' }, 'aspect_ratio', 'a fixed shape', omni],
  [
    { ...edit, omni_reference_task_type: 'extend' },
    'omni_reference_task_type',
    'auto or edit, as the prompt is shaped',
    { omni_reference_task_type: 'edit' },
  ],
]

async function setup() {
  const sandbox = await listenSandbox({ speed: 200 })
  const buyer = await createBuyer({ apiUrl: sandbox.apiUrl, key: randomBytes(32).toString('hex') })
  return {
    ...buyer,
    control: control(sandbox.controlUrl),
    async [Symbol.asyncDispose]() {
      await buyer[Symbol.asyncDispose]()
      await sandbox.close()
    },
  }
}

test(`error: ${rows.length} requests are refused by name, before anything but the catalogue is asked`, async () => {
  await using setting = await setup()
  await setting.control.fund(setting.address, '20')
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
    if (nearest) expect(error.suggestion).toMatchObject(nearest)
    if (error.suggestion) proposed.push(error.suggestion)
  }
  expect(await askedOf(setting)).toEqual(['/api/v1/models'])

  // What is proposed is a whole request, and a valid one: there is nothing left to refuse.
  expect(proposed.length).toBeGreaterThan(rows.length - 10)
  for (const request of proposed) await validate(setting.zecchino.client, request)
  const { charges, settlements } = await setting.control.state()
  expect({ charges, settlements }).toEqual({ charges: [], settlements: [] })
})

type Setting = Awaited<ReturnType<typeof setup>>

async function refusalOf({ zecchino }: Setting, request: object) {
  const result = await quote(zecchino, request).catch((error: unknown) => error)
  return result as Video.InvalidRequestError
}

/** Paths of the API that were asked for, each once. */
async function askedOf(setting: Setting): Promise<(string | undefined)[]> {
  const { requests } = await setting.control.state()
  return [...new Set(requests.map(({ path }) => path.split('?')[0]))]
}
