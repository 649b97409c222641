import { expect, test } from 'vitest'

import * as Money from '../../../src/Money.js'
import * as Venice from '../../../src/Venice.js'
import { catalogue } from '../../../src/sandbox/catalogue.js'
import { setup, shortVideo } from '../support/client.js'

type It = Awaited<ReturnType<typeof setup>>
type Issue = { message: string; path: string[] }

const url = 'https://example.com/a.jpg'
const clip = 'https://example.com/a.mp4'
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
/** A PNG of one colour: only its size is looked at. */
const png = (width: number, height: number) => {
  const header = Buffer.alloc(33)
  header.write('\u0089PNG\r\n\u001a\n', 'latin1')
  header.writeUInt32BE(13, 8)
  header.write('IHDR', 12, 'latin1')
  header.writeUInt32BE(width, 16)
  header.writeUInt32BE(height, 20)
  return `data:image/png;base64,${header.toString('base64')}`
}
const wav = (seconds: number) => {
  const data = Buffer.alloc(44 + seconds * 100)
  data.write('RIFF', 0)
  data.write('WAVEfmt ', 8)
  data.writeUInt32LE(16, 16)
  data.writeUInt32LE(100, 28)
  data.write('data', 36)
  data.writeUInt32LE(seconds * 100, 40)
  return `data:audio/wav;base64,${data.toString('base64')}`
}

const kling = {
  aspect_ratio: '16:9',
  duration: '5s',
  model: 'kling-v3-pro-text-to-video',
  prompt: 'x',
}
const image = { duration: '5s', image_url: url, model: 'wan-2-7-image-to-video', prompt: 'x' }
const camera = { ...image, model: 'kling-v3-pro-image-to-video' }
const elements = { ...kling, model: 'kling-o3-pro-reference-to-video' }
const keyframes = { ...kling, model: 'pixverse-c1-transition' }
const seedance = {
  aspect_ratio: '16:9',
  duration: '5s',
  model: 'seedance-2-5-reference-to-video-basic',
  prompt: 'Refer to the man in <Image 1> walking',
  reference_image_urls: [url],
}
const point = { azimuth: 0, distance: 1, elevation: 0, time: 0 }

/** Something wrong each, and the complaint about it. */
const wrong: [body: object, issue: string][] = [
  [{ ...shortVideo, colour: 'red' }, 'colour: Unrecognized key'],
  [{ ...shortVideo, prompt: undefined }, 'prompt: Required'],
  [{ ...shortVideo, prompt: 'x'.repeat(2_501) }, 'prompt: Must be at most 2500 characters'],
  [{ ...shortVideo, duration: undefined }, 'duration: Required'],
  [
    { ...shortVideo, duration: '16s' },
    `duration: Must be one of ${durationsOf('wan-2-7-text-to-video')}`,
  ],
  [{ ...shortVideo, resolution: '480p' }, 'resolution: Must be one of 720p, 1080p'],
  [{ ...shortVideo, upscale_factor: 2 }, 'upscale_factor: Not supported by this model'],
  [{ ...shortVideo, image_url: url }, 'image_url: Not supported by this model'],
  [
    { ...shortVideo, audio_url: 'ftp://x' },
    'audio_url: Must be an http(s) URL or a data URL of the right kind',
  ],
  [{ ...shortVideo, audio_url: wav(31) }, 'audio_url: Must be at most 30 seconds'],
  [{ ...kling, resolution: '720p' }, 'resolution: Not supported by this model'],
  [{ ...kling, bitrate_mode: 'high' }, 'bitrate_mode: Not supported by this model'],
  [{ ...image, aspect_ratio: '16:9' }, 'aspect_ratio: Not supported by this model'],
  [{ ...image, image_url: undefined }, 'image_url: Required'],
  [{ ...camera, camera_trajectory: [point, point] }, 'camera_trajectory: Times must rise'],
  [
    { ...elements, reference_image_urls: Array.from({ length: 5 }, () => url) },
    'reference_image_urls: At most 4',
  ],
  [elements, 'reference_image_urls: At least one reference is required'],
  [
    { ...keyframes, keyframes: [{ frame_index: 121, image_url: url }] },
    'keyframes: Each frame_index must be at most 120',
  ],
  [
    { ...keyframes, keyframes: [0, 0].map((index) => ({ frame_index: index, image_url: url })) },
    'keyframes: Each frame_index must be unique',
  ],
  [
    { ...seedance, prompt: 'Refer to the man in <Image 2> walking' },
    'prompt: <Image 2> is not among the references',
  ],
  [
    { ...seedance, reference_image_urls: [png(299, 400)] },
    'reference_image_urls: Sides must be at least 300 pixels',
  ],
  [
    { ...seedance, reference_image_urls: [png(1_000, 400)] },
    'reference_image_urls: The aspect ratio must be between 0.4 and 2.5',
  ],
  [
    { ...seedance, reference_image_urls: ['data:image/png;base64,AAAA'] },
    'reference_image_urls: The image cannot be read',
  ],
  [
    { ...seedance, duration: 'auto' },
    'duration: Only an edit of a reference video can match its length',
  ],
  [
    { ...seedance, aspect_ratio: 'adaptive' },
    'aspect_ratio: Only an edit or extension of a reference video can match its shape',
  ],
  [
    { ...seedance, omni_reference_task_type: 'extension' },
    'omni_reference_task_type: The prompt has the shape of reference',
  ],
  [
    { ...seedance, prompt: 'x', reference_audio_urls: [wav(3)], reference_image_urls: undefined },
    'reference_audio_urls: Needs a reference image or video beside it',
  ],
  [
    { ...seedance, reference_audio_urls: [wav(1)] },
    'reference_audio_urls: Each must be 2 to 15 seconds long',
  ],
  [
    { ...seedance, reference_video_urls: ['data:video/mp4;base64,AAAA'] },
    'reference_video_urls: The video cannot be read',
  ],
  [
    { ...shortVideo, consents: { seedance: { confirmed_legal_right: true } } },
    'consents.seedance.confirmed_terms_and_privacy: Invalid input: expected true',
  ],
  [
    { model: 'topaz-video-upscale', prompt: 'sharper', video_url: clip },
    'prompt: Not supported by this model',
  ],
  [
    { model: 'topaz-video-upscale', resolution: '1080p', video_url: clip },
    'resolution: Not supported by this model',
  ],
  [{ model: 'topaz-video-upscale' }, 'video_url: Required'],
]

function durationsOf(model: string) {
  return catalogue.get(model)?.durations.join(', ')
}

test('error: each model refuses what it does not take, naming the field', async () => {
  await using it = await rich()
  for (const [body, issue] of wrong) {
    const response = await queue(it, body)
    expect([response.status, body]).toEqual([400, body])
    expect(await issuesOf(response)).toContain(issue)
  }
  expect((await it.api.state()).charges).toEqual([])
})

test('behavior: the catalogue reads as the wire schema wants it, and quotes what it charges', async () => {
  await using it = await rich()
  const list = (await (await it.api.call('/models?type=video', { header: '' })).json()) as {
    data: unknown[]
  }
  const models = list.data.map((entry) => Venice.Model.parse(entry))
  expect(models.length).toBeGreaterThanOrEqual(12)
  const kinds = new Set(models.map(({ model_spec: spec }) => spec.constraints.model_type))
  expect(kinds).toEqual(new Set(['text-to-video', 'image-to-video', 'video']))
  expect(models.some(({ model_spec: spec }) => spec.privacy === 'private')).toBe(true)
  for (const entry of catalogue.values()) {
    const { aspectRatios, durations, id, resolutions } = entry
    if (entry.offline || entry.regions || entry.price === 'upscale') continue
    const options = {
      duration: durations[0],
      model: id,
      ...(aspectRatios[0] && { aspect_ratio: aspectRatios[0] }),
      ...(resolutions[0] && { resolution: resolutions[0] }),
    }
    const quote = await it.api.call('/video/quote', { body: options, header: '' })
    const quoted = Venice.Quote.parse(await quote.json())
    const { rules } = entry
    const confirmed = {
      confirmed_legal_right: true,
      confirmed_screening_acknowledged: true,
      confirmed_terms_and_privacy: true,
    }
    const response = await queue(it, {
      ...options,
      prompt: 'Refer to the man in <Image 1> walking',
      ...(rules.image_url === 'required' && { image_url: url }),
      ...(rules.end_image_url === 'required' && { end_image_url: url }),
      ...(rules.video_url === 'required' && { video_url: clip }),
      ...(rules.needsReference && { reference_image_urls: [url] }),
      ...(rules.seedance && { consents: { seedance: confirmed } }),
    })
    expect([id, response.status]).toEqual([id, 200])
    const { charges } = await it.api.state()
    expect([id, charges.at(-1)?.amount_usd]).toEqual([id, Money.format(quoted.quote)])
  }
})

test('behavior: consent is asked for once per medium and wallet, and nothing is charged', async () => {
  await using it = await rich()
  const body = { ...seedance, reference_image_urls: [png(400, 400), url] }
  const confirmed = {
    confirmed_legal_right: true,
    confirmed_screening_acknowledged: true,
    confirmed_terms_and_privacy: true,
  }
  const asked = await queue(it, body)
  expect(asked.status).toBe(409)
  expect(Venice.NeedsConsent.parse(await asked.json()).face_media_roles).toEqual([
    'reference_image',
  ])
  expect((await it.api.state()).charges).toEqual([])
  expect((await queue(it, { ...body, consents: { seedance: confirmed } })).status).toBe(200)
  expect((await queue(it, body)).status).toBe(200)
  expect((await queue(it, { ...body, reference_image_urls: [png(400, 401)] })).status).toBe(409)
})

test('behavior: a prompt of no shape runs all the same, and the log says how it was read', async () => {
  await using it = await rich()
  const confirmed = {
    confirmed_legal_right: true,
    confirmed_screening_acknowledged: true,
    confirmed_terms_and_privacy: true,
  }
  const body = { ...seedance, consents: { seedance: confirmed }, reference_video_urls: [clip] }
  for (const [prompt, task] of [
    ['Make it nicer', 'no known task'],
    ['Strictly edit <Video 1>: more rain', 'edit'],
    ['<Video 1>. A leaf falls, leading into <Video 2>.', 'stitch'],
  ] as const) {
    const response = await queue(it, {
      ...body,
      prompt,
      reference_video_urls: [clip, clip],
    })
    expect(response.status).toBe(200)
    const job = (await response.json()) as { model: string; queue_id: string }
    expect((await it.api.wait(job)).status).toBe(200)
    const { requests } = await it.api.state()
    const log = requests.findLast(({ path }) => String(path).endsWith('/video/queue'))
    expect(log?.verdict).toMatch(new RegExp(`, read as ${task}$`))
  }
})

test('behavior: DIEM is spent first, and then instead', async () => {
  await using it = await setup()
  const { api, person } = it
  await api.control('/credit', { address: person.address, diem_usd: '0.3', usd: '50' })
  expect((await queue(it, shortVideo)).status).toBe(200)
  expect((await queue(it, shortVideo)).status).toBe(200)
  expect((await queue(it, shortVideo)).status).toBe(402)
  const { charges, wallets } = await api.state()
  expect(charges).toEqual([])
  expect(wallets).toMatchObject([{ credit_usd: '50', diem_usd: '0.02' }])
})

test('behavior: an upscale follows its source; what is too large is made smaller, and says so', async () => {
  await using it = await rich()
  const made = await it.api.wait(
    (await (await queue(it, { ...shortVideo, aspect_ratio: '3:4' })).json()) as never,
  )
  const source = Buffer.from(await made.arrayBuffer())
  const data = `data:video/mp4;base64,${source.toString('base64')}`
  for (const factor of [1, 2]) {
    const body = { model: 'topaz-video-upscale', upscale_factor: factor, video_url: data }
    expect((await queue(it, body)).status).toBe(200)
  }
  const { jobs } = await it.api.state()
  expect(jobs.slice(1)).toMatchObject([
    // 960 high for 2 s at $0.025; then 1920 high for 2 s at $0.10.
    { height: 960, price_usd: '0.05', seconds: 2, width: 720 },
    {
      height: 1440,
      note: 'asked for 1440x1920, rendered as 1080x1440',
      price_usd: '0.2',
      seconds: 2,
      width: 1080,
    },
  ])
})
