import { expect, test } from 'vitest'

import { plain } from '../support/cheap.js'
import { dataUrl, png as pngOf, wav as wavOf } from '../support/media.js'
import { setup, shortVideo } from './support/client.js'

type It = Awaited<ReturnType<typeof setup>>
type Issue = { message: string; path: string[] }

const url = 'https://example.com/a.jpg'
const clip = 'https://example.com/a.mp4'
const clipData = 'data:video/mp4;base64,AAAA'
const png = (width: number, height: number) => dataUrl('image/png', pngOf(width, height))
const wav = (seconds: number) => dataUrl('audio/wav', wavOf(seconds))
const rich = async () => {
  const it = await setup({ limits: 'none' })
  await it.api.control('/credit', { address: it.person.address, usd: '1000' })
  return it
}
const queue = ({ api }: It, body: object) => api.call('/video/queue', { body })
const issuesOf = async (response: Response) => {
  const { issues = [] } = (await response.json()) as { issues?: Issue[] }
  return issues.map(({ message, path }) => `${path.join('.')}: ${message}`)
}

const kling = {
  aspect_ratio: '16:9',
  duration: '5s',
  model: 'kling-v3-pro-text-to-video',
  prompt: 'x',
}
const image = { duration: '5s', image_url: url, model: 'wan-2-7-image-to-video', prompt: 'x' }
const frames = { ...kling, duration: '5s', end_image_url: url, image_url: url }
const transition = { ...frames, model: 'pixverse-c1-transition' }
const angles = { duration: '5s', image_url: url, model: 'minimax-h3-max-multi-angle' }
const elements = {
  ...kling,
  elements: [{ frontal_image_url: url }],
  model: 'kling-o3-pro-reference-to-video',
}
const grok = {
  ...kling,
  model: 'grok-imagine-1-5-reference-to-video-private',
  reference_image_urls: [url],
}
const wan = { ...kling, model: 'wan-3-0-reference-to-video', reference_image_urls: [url] }
const minimax = { ...kling, model: 'minimax-h3-reference-to-video', reference_image_urls: [url] }
const omni = {
  aspect_ratio: '16:9',
  duration: '5s',
  model: 'seedance-2-5-reference-to-video-basic',
  prompt: 'Strictly edit <Video 1>: make it snow',
  reference_video_urls: [clip],
}
const seedance = {
  aspect_ratio: '16:9',
  duration: '5s',
  model: 'seedance-2-5-reference-to-video-basic',
  prompt: 'Refer to the man in <Image 1> walking',
  reference_image_urls: [url],
}
const upscale = { model: 'topaz-video-upscale', video_url: clip }
const edit = { model: 'happyhorse-1-0-video-to-video', prompt: 'x', video_url: clip }
const point = { azimuth: 0, distance: 1, elevation: 0, time: 0 }
const many = (count: number, value: unknown = url) => Array.from({ length: count }, () => value)
const unsupported = (field: string) => `${field}: This model does not support ${field}`

/** Something wrong each, and the complaint about it. */
const wrong: [body: object, issue: string][] = [
  [{ ...shortVideo, colour: 'red' }, 'colour: Unrecognized key'],
  [{ ...shortVideo, model: undefined }, 'model: model is required'],
  [{ ...shortVideo, model: 7 }, 'model: model must be a string'],
  [
    { ...shortVideo, anon_user_id: 'ä' },
    'anon_user_id: Must be at most 128 printable ASCII characters',
  ],
  [
    { ...shortVideo, consents: { seedance: { confirmed_legal_right: true } } },
    'consents.seedance.confirmed_terms_and_privacy: Invalid input: expected true',
  ],

  [{ ...shortVideo, prompt: undefined }, 'prompt: prompt is required'],
  [{ ...shortVideo, prompt: ' \n\t' }, 'prompt: prompt must not be blank'],
  [{ ...plain, prompt: 'x'.repeat(2_501) }, 'prompt: Must be at most 2500 characters'],
  [{ ...shortVideo, prompt: 'x'.repeat(3_501) }, 'prompt: Must be at most 3500 characters'],
  [
    { ...plain, negative_prompt: 'x'.repeat(2_501) },
    'negative_prompt: Must be at most 2500 characters',
  ],

  [{ ...shortVideo, duration: undefined }, 'duration: duration is required'],
  [{ ...plain, duration: '7s' }, 'duration: Must be one of 5s, 10s, 15s'],
  [{ ...plain, duration: '5' }, 'duration: Must be one of 5s, 10s, 15s'],
  [{ ...plain, resolution: '720P' }, 'resolution: Must be one of 1080p, 720p'],
  [{ ...kling, resolution: '720p' }, unsupported('resolution')],
  [{ ...plain, aspect_ratio: undefined }, 'aspect_ratio: aspect_ratio is required'],
  [{ ...image, aspect_ratio: '16:9' }, unsupported('aspect_ratio')],
  [{ ...plain, audio: true }, unsupported('audio')],
  [{ ...shortVideo, upscale_factor: 2 }, unsupported('upscale_factor')],
  [{ ...kling, bitrate_mode: 'high' }, unsupported('bitrate_mode')],
  [{ ...kling, voice_id: 'eve' }, unsupported('voice_id')],
  [{ ...grok, voice_id: 'adam' }, 'voice_id: Must be one of ara, eve, leo, rex, sal'],
  [{ ...kling, omni_reference_task_type: 'edit' }, unsupported('omni_reference_task_type')],

  [
    { ...shortVideo, image_url: url },
    'image_url: image_url is not supported for text to video models',
  ],
  [{ ...kling, audio_url: url }, unsupported('audio_url')],
  [{ ...plain, audio_url: 'ftp://x' }, 'audio_url: Must be an http(s) URL or a data URL'],
  [{ ...plain, audio_url: url.replace('https', 'file') }, 'audio_url: Must be WAV or MP3'],
  [{ ...plain, audio_url: wav(31) }, 'audio_url: Must be at most 30 seconds'],
  [{ ...image, image_url: undefined }, 'image_url: image_url is required'],
  [{ ...image, image_url: clipData }, 'image_url: Must be an http(s) URL or a data:image URL'],
  [{ ...image, reference_image_urls: [url] }, unsupported('reference_image_urls')],
  [{ ...transition, end_image_url: undefined }, 'end_image_url: end_image_url is required'],
  [{ ...transition, image_url: undefined }, 'image_url: image_url is required'],
  [
    { ...image, keyframes: [{ frame_index: 121, image_url: url }] },
    'keyframes: Each frame_index must be at most 120',
  ],
  [
    { ...image, keyframes: many(2, { frame_index: 0, image_url: url }) },
    'keyframes: Each frame_index must be unique',
  ],
  [
    { ...image, camera_trajectory: [point, { ...point, time: 1 }] },
    unsupported('camera_trajectory'),
  ],
  [{ ...angles, camera_trajectory: [point, point] }, 'camera_trajectory: Times must rise'],
  [
    { ...angles, camera_trajectory: [point, { ...point, azimuth: 11_521, time: 1 }] },
    'camera_trajectory: Must be at most 32 turns in all',
  ],
  [{ ...angles, aspect_ratio: '16:9' }, unsupported('aspect_ratio')],
  [{ ...angles, image_url: undefined }, 'image_url: image_url is required'],

  [
    { ...elements, reference_image_urls: many(5) },
    'reference_image_urls: reference_image_urls must have at most 4 images',
  ],
  [
    { ...elements, elements: undefined },
    'reference_image_urls: At least one reference is required for this model',
  ],
  [{ ...elements, elements: [{}] }, 'elements.0: Needs frontal_image_url or video_url'],
  [
    {
      ...elements,
      elements: many(3, { frontal_image_url: url }),
      end_image_url: url,
      image_url: url,
      scene_image_urls: many(3),
    },
    'elements: Frames, elements and scenes must be at most 7 in all',
  ],
  [{ ...elements, reference_video_urls: [clip] }, unsupported('reference_video_urls')],
  [
    { ...elements, aspect_ratio: undefined, model: 'kling-v3-4k-reference-to-video' },
    'image_url: image_url is required',
  ],
  [
    { ...grok, reference_image_urls: many(8) },
    'reference_image_urls: reference_image_urls must have at most 7 images',
  ],
  [{ ...grok, elements: [{ frontal_image_url: url }] }, unsupported('elements')],
  [
    { ...grok, reference_document_urls: [url] },
    'reference_document_urls: This model does not support reference documents',
  ],
  [
    {
      ...wan,
      model: 'wan-3-0-prime-reference-to-video',
      reference_document_urls: ['https://example.com/a.pdf'],
    },
    'reference_document_urls: This model does not support reference documents',
  ],
  [
    { ...wan, reference_image_urls: many(11) },
    'reference_image_urls: reference_image_urls must have at most 10 images',
  ],
  [
    { ...wan, reference_video_urls: many(6, clip) },
    'reference_video_urls: reference_video_urls must have at most 5 videos',
  ],
  [{ ...wan, image_url: url }, unsupported('image_url')],
  [
    {
      ...image,
      aspect_ratio: '16:9',
      image_url: png(239, 400),
      model: 'wan-3-0-image-to-video',
    },
    'image_url: Sides must be at least 240 pixels',
  ],
  [{ ...minimax, image_url: url }, 'image_url: Frames and references cannot be combined'],
  [
    { ...minimax, audio_url: wav(3), reference_audio_urls: many(3, wav(3)) },
    'reference_audio_urls: reference_audio_urls must have at most 3 audios',
  ],
  [
    { ...kling, model: 'pixverse-c1-reference-to-video', image_references: [{ url }] },
    'image_references.0.image_url: image_references.0.image_url is required',
  ],
  [{ ...grok, video_references: [{ video_url: clip }] }, unsupported('video_references')],

  [
    { ...seedance, omni_reference_task_type: 'editing' },
    'reference_video_urls: The task edit needs reference_video_urls',
  ],
  [
    {
      ...seedance,
      model: 'seedance-2-0-reference-to-video-basic',
      omni_reference_task_type: 'reference',
    },
    unsupported('omni_reference_task_type'),
  ],
  [
    { ...seedance, reference_image_urls: [png(1_001, 400)] },
    'reference_image_urls: The aspect ratio must be between 0.4 and 2.5',
  ],
  [
    { ...seedance, reference_image_urls: ['data:image/png;base64,AAAA'] },
    'reference_image_urls: The image cannot be read',
  ],
  [{ ...seedance, duration: 'auto' }, 'duration: A matched duration needs reference_video_urls'],
  [
    { ...seedance, aspect_ratio: 'adaptive' },
    'aspect_ratio: Must be one of 21:9, 16:9, 4:3, 1:1, 3:4, 9:16',
  ],
  [
    { ...seedance, prompt: 'x', reference_audio_urls: [wav(3)], reference_image_urls: undefined },
    'reference_audio_urls: Needs a reference image or video beside it',
  ],
  [
    { ...seedance, reference_audio_urls: [wav(1)] },
    'reference_audio_urls: Each must be 2 to 30 seconds long',
  ],
  [
    { ...seedance, reference_video_urls: ['data:video/mp4;base64,AAAA'] },
    'reference_video_urls: The video cannot be read',
  ],
  [
    { ...seedance, reference_video_total_duration: 4 },
    unsupported('reference_video_total_duration'),
  ],

  [{ ...upscale, resolution: '2x' }, 'resolution: Use upscale_factor instead of resolution'],
  [{ ...upscale, duration: 'Auto' }, 'duration: Leave it out, or send seconds as text'],
  [{ ...upscale, duration: '300.5' }, 'duration: Must be at most 300 seconds'],
  [{ ...upscale, video_url: undefined }, 'video_url: video_url is required'],
  [{ ...upscale, upscale_factor: 3 }, 'upscale_factor: Invalid input'],
  [{ ...edit, duration: 'Auto' }, 'duration: Leave it out, or send seconds as text'],
  [{ ...edit, prompt: undefined }, 'prompt: prompt is required'],
  [{ ...edit, video_url: undefined }, 'video_url: video_url is required'],
  [{ model: 'kling-v3-pro-motion-control', prompt: 'x' }, 'video_url: video_url is required'],
]

/** Hosts that Venice cannot reach, or must not. */
const hosts = [
  'localhost',
  '127.0.0.1',
  '2130706433',
  '0x7f.1',
  '10.1.2.3',
  '172.31.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '[::1]',
  '[fd00::1]',
  '[fe80::1]',
  '[::ffff:10.0.0.1]',
  'metadata.google.internal',
  'printer.local',
  'intranet',
]

test('error: each model refuses what it does not take, naming the field', async () => {
  await using it = await rich()
  for (const [body, issue] of wrong) {
    const response = await queue(it, body)
    expect([response.status, body]).toEqual([400, body])
    expect(await issuesOf(response)).toContain(issue)
  }
  expect((await it.api.state()).charges).toEqual([])
})

test('error: media on hosts that the world cannot reach', async () => {
  await using it = await rich()
  for (const host of hosts) {
    const response = await queue(it, { ...image, image_url: `https://${host}/a.jpg` })
    expect([host, response.status]).toEqual([host, 400])
    expect(await issuesOf(response)).toContain('image_url: Must be on a public host')
  }
  expect((await it.api.state()).charges).toEqual([])
})

/** Bodies that the page calls valid, though no row says so, or that only look wrong. */
const right: [title: string, body: object][] = [
  ['a prompt of 2,500 characters', { ...plain, prompt: 'x'.repeat(2_500) }],
  ['a negative prompt that is ignored', { ...shortVideo, negative_prompt: 'fog' }],
  ['both frames of a transition', transition],
  [
    'a walk around a picture, without words',
    { ...angles, camera_trajectory: [point, { ...point, time: 1 }] },
  ],
  ['elements and a scene', { ...elements, scene_image_urls: [url] }],
  ['a voice', { ...grok, voice_id: 'eve' }],
  ['ten images', { ...wan, reference_image_urls: many(10) }],
  ['a document', { ...wan, reference_document_urls: ['https://example.com/brief.pdf'] }],
  [
    'frames in place of references',
    { ...minimax, image_url: url, reference_image_urls: undefined },
  ],
  [
    'pictures with names',
    {
      ...kling,
      image_references: [{ image_url: url, ref_name: 'boat', type: 'subject' }],
      model: 'pixverse-c1-reference-to-video',
    },
  ],
  [
    'videos with their sounds',
    {
      duration: '5s',
      model: 'wan-2-7-reference-to-video',
      prompt: 'x',
      video_references: [{ audio_url: wav(3), ref_name: 'her', video_url: clip }],
    },
  ],
  ['a picture that is too small', { ...seedance, reference_image_urls: [png(100, 120)] }],
  ['the other word for a task', { ...omni, omni_reference_task_type: 'extension' }],
  ['a task beside a prompt of another shape', { ...omni, omni_reference_task_type: 'reference' }],
  ['a prompt that names what is not there', { ...seedance, prompt: 'Refer to her in <Image 2>' }],
  ['a length and shape of the source', { ...omni, aspect_ratio: 'adaptive', duration: 'auto' }],
  ['an edit in words of one’s own', { ...omni, duration: '-1', prompt: 'Make <Video 1> nicer' }],
  ['a user', { ...shortVideo, anon_user_id: 'user-7' }],
  ['an upscale with nothing but its source', upscale],
  ['an upscale with words, which are ignored', { ...upscale, prompt: 'sharper' }],
  ['seconds as text', { ...edit, duration: '12.5' }],
  ['a motion to copy', { model: 'kling-v3-pro-motion-control', prompt: 'x', video_url: clip }],
  ['an alias', { ...wan, model: 'wan-3.0-reference-to-video' }],
]

test.each(right)('behavior: %s is accepted', async (_, body) => {
  await using it = await rich()
  const response = await queue(it, body)
  expect([response.status, await response.text()]).toEqual([200, expect.any(String)])
})

test('options: the documented behavior takes the length of references on queue', async () => {
  await using it = await setup({ behavior: 'documented', limits: 'none' })
  await it.api.control('/credit', { address: it.person.address, usd: '1000' })
  const body = { ...seedance, reference_video_total_duration: 4 }
  expect((await queue(it, body)).status).toBe(200)
  expect((await queue(it, { ...upscale, prompt: 'sharper' })).status).toBe(400)
})
