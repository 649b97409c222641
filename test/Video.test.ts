import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import * as Video from '../src/Video.js'
import { rows } from './support/venice.js'

const request = { model: 'wan-2-7-text-to-video', prompt: 'A gondola', duration: '5s' }
const pictures = (count: number) =>
  Array.from({ length: count }, () => 'https://media.example/a.png')
const trajectory = (time: number) => ({ azimuth: 0, distance: 1, elevation: 0, time })

describe('parseRequest', () => {
  test.each([
    ['the least', { model: 'x' }],
    [
      'text',
      {
        ...request,
        aspect_ratio: '16:9',
        audio: true,
        negative_prompt: 'fog',
        resolution: '1080p',
      },
    ],
    [
      'a picture',
      { ...request, end_image_url: 'data:image/png;base64,AA==', image_url: 'https://a.example/x' },
    ],
    ['upscaling', { model: 'topaz', upscale_factor: 4, video_url: 'https://a.example/x.mp4' }],
    [
      'references',
      {
        ...request,
        omni_reference_task_type: 'edit',
        reference_audio_urls: pictures(10),
        reference_document_urls: pictures(1),
        reference_image_urls: pictures(30),
        reference_video_urls: pictures(10),
      },
    ],
    [
      'elements and scenes',
      {
        ...request,
        elements: [{ frontal_image_url: 'x', reference_image_urls: pictures(3), video_url: 'y' }],
        scene_image_urls: pictures(4),
      },
    ],
    ['keyframes', { ...request, keyframes: [{ frame_index: 0, image_url: 'x' }] }],
    ['a camera', { ...request, camera_trajectory: [trajectory(0), trajectory(1)], image_url: 'x' }],
    ['Seedance', { ...request, bitrate_mode: 'high', duration: '-1' }],
    ['the alias of a task', { ...request, omni_reference_task_type: 'editing' }],
    ['options that nobody has heard of', { ...request, duration: '3 beats', resolution: '16k' }],
    [
      'references with names',
      {
        ...request,
        anon_user_id: 'somebody 7',
        image_references: [{ image_url: 'x', ref_name: 'cat', type: 'subject' }],
        video_references: [{ audio_url: 'y', ref_name: 'cat', video_url: 'z' }],
        voice_id: 'Eve',
      },
    ],
  ])('behavior: %s passes unchanged', (_, value) => {
    expect(Video.parseRequest(value)).toEqual(value)
  })

  test.each<[string, object | string, string]>([
    ['no object', 'A gondola', 'request: '],
    ['no model', { prompt: 'x' }, 'model: '],
    ['a duration in numbers', { ...request, duration: 5 }, 'duration: '],
    ['no duration', { ...request, duration: '' }, 'duration: '],
    ['a ratio in numbers', { ...request, aspect_ratio: 1.5 }, 'aspect_ratio: '],
    ['a resolution of many words', { ...request, resolution: 'p'.repeat(41) }, 'resolution: '],
    ['an empty prompt', { ...request, prompt: '' }, 'prompt: '],
    ['a novel', { ...request, prompt: 'x'.repeat(100_001) }, 'prompt: '],
    ['audio in words', { ...request, audio: 'yes' }, 'audio: '],
    ['a factor of nothing', { ...request, upscale_factor: 0 }, 'upscale_factor: '],
    ['a user of many words', { ...request, anon_user_id: 'x'.repeat(129) }, 'anon_user_id: '],
    ['a user in Greek', { ...request, anon_user_id: 'Ω' }, 'anon_user_id: '],
    [
      'a reference of another type',
      { ...request, image_references: [{ image_url: 'x', type: 'sky' }] },
      'image_references.0.type: ',
    ],
    ['no pictures', { ...request, reference_image_urls: [] }, 'reference_image_urls: '],
    [
      'two documents',
      { ...request, reference_document_urls: pictures(2) },
      'reference_document_urls: ',
    ],
    ['five elements', { ...request, elements: [{}, {}, {}, {}, {}] }, 'elements: '],
    [
      'half a frame',
      { ...request, keyframes: [{ frame_index: 0.5, image_url: 'x' }] },
      'keyframes.0.frame_index: ',
    ],
    ['one camera', { ...request, camera_trajectory: [trajectory(0)] }, 'camera_trajectory: '],
    [
      'a camera below the ground',
      { ...request, camera_trajectory: [trajectory(0), { ...trajectory(1), elevation: -91 }] },
      'camera_trajectory.1.elevation: ',
    ],
    [
      'a camera inside',
      { ...request, camera_trajectory: [trajectory(0), { ...trajectory(1), distance: 0 }] },
      'camera_trajectory.1.distance: ',
    ],
  ])('error: %s names the field', (_, value, fact) => {
    expect.assertions(2)
    try {
      Video.parseRequest(value)
    } catch (error) {
      expect(error).toBeInstanceOf(Video.InvalidRequestError)
      expect((error as Video.InvalidRequestError).facts.join('\n')).toContain(fact)
    }
  })

  test.each(['consents', 'url', 'webhook', 'payTo', 'headers'])(
    'error: %s is not for a request to say',
    (field) => {
      expect(() => Video.parseRequest({ ...request, [field]: {} })).toThrow(
        `Unknown field: ${field}. Known: model, `,
      )
    },
  )

  test('error: at most eight things are named', () => {
    const wrong = Object.fromEntries(Object.keys(Video.Request.shape).map((name) => [name, 5]))
    expect.assertions(1)
    try {
      Video.parseRequest(wrong)
    } catch (error) {
      expect((error as Video.InvalidRequestError).facts).toHaveLength(8)
    }
  })
})

describe('dimensionsOf', () => {
  test.each([
    ['720p', '16:9', 1280, 720],
    ['720p', '9:16', 720, 1280],
    ['1080p', '16:9', 1920, 1080],
    ['true_1080p', '1:1', 1080, 1080],
    ['480p', '16:9', 854, 480],
    ['480p', '21:9', 1120, 480],
    ['540p', '4:5', 540, 676],
    ['580p', '3:2', 870, 580],
    ['768P', '4:3', 1024, 768],
    ['256p', '2:3', 256, 384],
    ['360p', '5:4', 450, 360],
    ['1440p', '9:21', 1440, 3360],
    ['2K', '16:9', 2560, 1440],
    ['2k', '16:9', 2560, 1440],
    ['1080P', '1:1', 1080, 1080],
    ['2160p', '16:9', 3840, 2160],
    ['4k', '16:9', 3840, 2160],
    [undefined, undefined, 1280, 720],
  ])('behavior: %s at %s is %d × %d', (resolution, aspectRatio, width, height) => {
    expect(Video.dimensionsOf({ aspectRatio, resolution })).toEqual({ height, width })
  })

  test.each([
    ['2x', '16:9'],
    ['4x', '16:9'],
    ['720p', 'auto'],
    ['720p', 'adaptive'],
  ])('behavior: %s at %s is for the source to say', (resolution, aspectRatio) => {
    expect(Video.dimensionsOf({ aspectRatio, resolution })).toBeUndefined()
  })

  test('behavior: every side is even, and the short one is the named one', () => {
    const listed = (name: 'aspect_ratios' | 'resolutions') =>
      new Set(rows.flatMap((row) => row[name]))
    for (const resolution of listed('resolutions'))
      for (const aspectRatio of listed('aspect_ratios')) {
        const size = Video.dimensionsOf({ aspectRatio, resolution })
        if (!size) continue
        expect([size.width % 2, size.height % 2]).toEqual([0, 0])
        const named = Number(/\d{3,}/.exec(resolution)?.[0] ?? Math.min(size.width, size.height))
        expect(Math.min(size.width, size.height)).toBe(named)
      }
  })
})

describe('hashOf', () => {
  const keys = ['audio', 'aspect_ratio', 'duration', 'model', 'prompt', 'resolution'] as const
  const full = Video.parseRequest({
    ...request,
    aspect_ratio: '16:9',
    audio: true,
    resolution: '720p',
  })

  test('default: sha256 of the canonical text', () => {
    expect(Video.hashOf(Video.parseRequest(request))).toMatchInlineSnapshot(
      `"7470dc3a756aeaeabdad7575a7345a5be1709c9ae37fce71cc8e52a8a9b6af84"`,
    )
  })

  test('behavior: the order of keys says nothing, at any depth', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...keys], { minLength: keys.length }), (order) => {
        const shuffled = Object.fromEntries(order.map((key) => [key, full[key]]))
        expect(Video.hashOf(shuffled as Video.Request)).toBe(Video.hashOf(full))
      }),
    )
    const deep = (frame: object) =>
      Video.hashOf({ ...full, keyframes: [frame as { frame_index: number; image_url: string }] })
    expect(deep({ frame_index: 0, image_url: 'x' })).toBe(deep({ image_url: 'x', frame_index: 0 }))
  })

  test('behavior: what is undefined is absent', () => {
    expect(Video.hashOf({ ...full, image_url: undefined })).toBe(Video.hashOf(full))
  })

  test('behavior: everything else counts, the order of pictures too', () => {
    const all = [
      full,
      { ...full, audio: false },
      { ...full, prompt: 'A gondola ' },
      { ...full, audio: undefined },
    ]
    const ordered = ['a', 'b', 'c'].map((_, index, list) => ({
      ...full,
      scene_image_urls: [...list.slice(index), ...list.slice(0, index)],
    }))
    const hashes = [...all, ...ordered].map(Video.hashOf)
    expect(new Set(hashes).size).toBe(hashes.length)
  })
})

test.each([
  ['1s', 1],
  ['30s', 30],
  ['1 gen', undefined],
  ['auto', undefined],
  ['-1', undefined],
  [undefined, undefined],
  ['100s', 100],
  ['12.5', 12.5],
  ['3 beats', undefined],
  ['1000s', undefined],
])('behavior: secondsOf %s is %s', (duration, seconds) => {
  expect(Video.secondsOf(duration)).toBe(seconds)
})

test.each([
  [{}, 'model: missing; allowed: text'],
  [{ audio: 'on', model: 'x' }, 'audio: given "on"; allowed: true or false'],
])('error: a field of another kind is told in words: %j', (value, said) => {
  expect(() => Video.parseRequest(value)).toThrow(said)
})

test.each([
  [{ reference_image_urls: 'https://media.example/gondola.png' }, 'reference_image_urls'],
  [{ camera_trajectory: 'x' }, 'camera_trajectory'],
  [
    { elements: [{ reference_image_urls: 'https://a.example/b' }] },
    'elements.0.reference_image_urls',
  ],
  [{ prompt: [] }, 'prompt'],
  [{ anon_user_id: 7 }, 'anon_user_id'],
])('error: what is of another kind is told once, without its length: %j', (fields, field) => {
  try {
    Video.parseRequest({ ...fields, model: 'x' })
    expect.unreachable()
  } catch (error) {
    const told = (error as Video.InvalidRequestError).issues.map((issue) => issue.field)
    expect(told).toEqual([field])
  }
})

test('error: what is said when it costs money', () => {
  expect(
    [
      new Video.FailedError({ jobId: 'job_1', reason: 'no', refunded: true }),
      new Video.FailedError({ jobId: 'job_1', reason: 'no', refunded: false }),
      new Video.TimeoutError({ jobId: 'job_1' }),
      new Video.NotAVideoError({ reason: 'it is HTML' }),
    ].map((error) => `${error.moneyMoved}: ${error.message}`),
  ).toMatchInlineSnapshot(`
    [
      "no: The video could not be generated.
    Job: job_1
    Reason: no
    Refunded: yes
    Change the prompt or the model and quote again.",
      "yes: The video could not be generated.
    Job: job_1
    Reason: no
    Refunded: not yet seen
    Run \`zecchino retrieve job_1\` to look for the refund.",
      "yes: The video was not ready in time.
    Job: job_1
    Wait for the same job again: \`zecchino retrieve job_1\`. A new quote would be a new purchase.",
      "yes: The downloaded bytes are not a readable MP4.
    Reason: it is HTML
    Nothing was saved under the final name and nothing was deleted; the download is tried again.",
    ]
  `)
})
