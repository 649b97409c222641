import { expect, test } from 'vitest'

import * as Money from '../../../src/Money.js'
import * as Venice from '../../../src/Venice.js'
import { catalogue } from '../../../src/sandbox/catalogue.js'
import { setup, shortVideo } from '../support/client.js'

type It = Awaited<ReturnType<typeof setup>>

const url = 'https://example.com/a.jpg'
const clip = 'https://example.com/a.mp4'
const rich = async () => {
  const it = await setup({ limits: 'none' })
  await it.api.control('/credit', { address: it.person.address, usd: '1000' })
  return it
}
const queue = ({ api }: It, body: object) => api.call('/video/queue', { body })
const seedance = {
  aspect_ratio: '16:9',
  duration: '5s',
  model: 'seedance-2-5-reference-to-video-basic',
  prompt: 'Refer to the man in <Image 1> walking',
  reference_image_urls: [url],
}
const confirmed = {
  confirmed_legal_right: true,
  confirmed_screening_acknowledged: true,
  confirmed_terms_and_privacy: true,
}

test('behavior: every model charges what it quotes', async () => {
  await using it = await rich()
  for (const { id, kind, listed, price, rules, spec } of catalogue.values()) {
    if (kind === 'upscale' || price === '0') continue
    const { aspect_ratios, durations, resolutions } = spec.constraints
    const options = {
      model: id,
      ...(durations[0] !== 'Auto' && { duration: durations[0] }),
      ...(aspect_ratios[0] && { aspect_ratio: aspect_ratios[0] }),
      ...(resolutions.length > 0 && { resolution: resolutions.at(-1) }),
      ...(rules.video_url && { video_url: clip }),
    }
    const quote = await it.api.call('/video/quote', { body: options, header: '' })
    const quoted = Venice.Quote.parse(await quote.json())
    const response = await queue(it, {
      ...options,
      prompt: 'Refer to the man in <Image 1> walking',
      ...(rules.image_url === 'required' && { image_url: url }),
      ...(rules.end_image_url === 'required' && { end_image_url: url }),
      ...(rules.needsReference && { reference_image_urls: [url] }),
      ...(!listed && id.startsWith('seedance') && { consents: { seedance: confirmed } }),
    })
    expect([id, response.status]).toEqual([id, 200])
    const { charges } = await it.api.state()
    expect([id, charges.at(-1)?.amount_usd]).toEqual([id, Money.format(quoted.quote)])
  }
}, 240_000)

test('behavior: a prompt of no shape runs all the same, and the log says how it was read', async () => {
  await using it = await rich()
  const body = { ...seedance, reference_video_urls: [clip] }
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
  for (const factor of [1, 4]) {
    const body = { model: 'topaz-video-upscale', upscale_factor: factor, video_url: data }
    expect((await queue(it, body)).status).toBe(200)
  }
  const { jobs } = await it.api.state()
  expect(jobs.slice(1)).toMatchObject([
    // 640 high for 4 s at $0.013; then 2560 high for 4 s at $0.10.
    { height: 640, price_usd: '0.052', seconds: 4, width: 480 },
    {
      height: 1440,
      note: 'asked for 1920x2560, rendered as 1080x1440',
      price_usd: '0.4',
      seconds: 4,
      width: 1080,
    },
  ])
})
