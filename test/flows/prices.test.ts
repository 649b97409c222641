import { beforeAll, describe, expect, test } from 'vitest'

import { buyVideo } from '../../src/flows/buyVideo.js'
import { quote } from '../../src/flows/quote.js'
import { watch } from '../../src/flows/watch.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { createRenderer } from '../../src/sandbox/render.js'
import * as Video from '../../src/Video.js'
import { cheap, cheapPrice } from '../support/cheap.js'
import { control, createBuyer } from '../support/createBuyer.js'
import { dataUrl } from '../support/media.js'

/** A clip of three and a half seconds, 256 × 144. */
let clip: string

beforeAll(async () => {
  const renderer = createRenderer()
  const bytes = await renderer.render({ height: 144, seconds: 3.5, seed: 2, width: 256 })
  await renderer.close()
  clip = dataUrl('video/mp4', bytes)
})

async function setup(policy = {}) {
  const sandbox = await listenSandbox({ speed: 200 })
  const buyer = await createBuyer({ apiUrl: sandbox.apiUrl, policy })
  const controls = control(sandbox.controlUrl)
  await controls.credit(buyer.address, '20')
  return {
    ...buyer,
    control: controls,
    async [Symbol.asyncDispose]() {
      await buyer[Symbol.asyncDispose]()
      await sandbox.close()
    },
  }
}

type Setting = Awaited<ReturnType<typeof setup>>

async function buy({ zecchino }: Setting, quoteId: string) {
  const { job } = await buyVideo(zecchino, { quoteId })
  return watch(zecchino, {
    jobId: job.id,
    timeout: 30_000,
    until: ({ status }) => status === 'cleaned',
  })
}

const references = {
  duration: '5s',
  model: 'wan-2-7-reference-to-video',
  prompt: 'A gondola',
  resolution: '720p',
}

test('behavior: reference videos are priced with their length, as they are charged', async () => {
  await using setting = await setup()
  const priceOf = async (media: object) => {
    const { quote: made, warnings } = await quote(setting.zecchino, { ...references, ...media })
    expect({ estimate: made.estimate, warnings }).toEqual({ estimate: false, warnings: [] })
    return made
  }
  // 720p at $0.11 a second: 5 made, and none, 7 or 3.5 (billed as 4) read.
  const pictures = await priceOf({ reference_image_urls: ['https://a.example/a.png'] })
  const two = await priceOf({ reference_video_urls: [clip, clip] })
  const one = await priceOf({ reference_video_urls: [clip] })
  expect([pictures, two, one].map(({ price }) => price)).toEqual([550_000n, 1_320_000n, 990_000n])
  const job = await buy(setting, one.id)
  expect([job.status, job.price, job.detail ?? '']).toEqual(['cleaned', 990_000n, ''])
})

test('behavior: reference videos behind URLs are priced at the most they may last', async () => {
  await using setting = await setup()
  const url = 'https://media.example/a.mp4'
  const { quote: made, warnings } = await quote(setting.zecchino, {
    ...references,
    reference_video_urls: [url, clip],
  })
  // 5 made and 15 read, the most in all.
  expect(made).toMatchObject({ estimate: true, price: 2_200_000n })
  expect(warnings).toEqual([expect.stringContaining('they are priced as 15 s')])
  const job = await buy(setting, made.id)
  // The sandbox takes what it does not fetch for 5 s: 5 made, 8.5 (billed as 9) read.
  expect(job).toMatchObject({
    detail: 'Venice charged $1.54; the price agreed to was $2.20.',
    status: 'cleaned',
  })
})

describe('upscale', () => {
  const upscale = { model: 'topaz-video-upscale' }

  test('default: estimated from the source, said to be so, and charged the same', async () => {
    await using setting = await setup()
    const request = { ...upscale, upscale_factor: 4, video_url: clip }
    const { quote: made, warnings } = await quote(setting.zecchino, request)
    // 144 × 4 = 576 rows: $0.013 a second.
    expect(made).toMatchObject({ estimate: true, price: 45_500n })
    expect(warnings).toEqual([expect.stringContaining('an estimate from the published tiers')])
    const job = await buy(setting, made.id)
    expect(job).toMatchObject({ file: { height: 576 }, price: 45_500n, status: 'cleaned' })
    const { requests } = await setting.control.state()
    expect(requests.filter(({ path }) => path.endsWith('/video/quote'))).toEqual([])
  })

  test('error: a source that is not here cannot be estimated', async () => {
    await using setting = await setup()
    const request = { ...upscale, video_url: 'https://media.example/a.mp4' }
    await expect(quote(setting.zecchino, request)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      facts: [expect.stringContaining('video_url: given "https://media.example/a.mp4"; allowed')],
    })
  })

  test.each([
    [{ factor: 1, fps: 24, height: 720, seconds: 10 }, 130_000n],
    [{ factor: 2, fps: 24, height: 360, seconds: 10 }, 130_000n],
    [{ factor: 2, fps: 24, height: 361, seconds: 10 }, 250_000n],
    [{ factor: 2, fps: 48, height: 540, seconds: 10 }, 250_000n],
    [{ factor: 2, fps: 48.1, height: 540, seconds: 10 }, 500_000n],
    [{ factor: 4, fps: 30, height: 1080, seconds: 0.5 }, 50_000n],
    [{ factor: 4, fps: 60, height: 1080, seconds: 300 }, 60_000_000n],
  ])('behavior: tiers: %j', (options, price) => {
    expect(Video.upscalePrice(options)).toBe(price)
  })
})

describe('between quote and purchase', () => {
  test.each([
    ['a little more is paid', 1.04, undefined],
    ['much more is not', 1.06, 'PRICE_CHANGED'],
  ])('behavior: %s', async (_, factor, code) => {
    await using setting = await setup()
    const { quote: made } = await quote(setting.zecchino, cheap)
    await setting.control.fault({ factor, kind: 'price-lie', route: 'quote' })
    const bought = buyVideo(setting.zecchino, { quoteId: made.id })
    if (code) await expect(bought).rejects.toMatchObject({ code, moneyMoved: 'no' })
    else expect((await bought).job.price).toBe(145_600n)
    expect(await setting.zecchino.ledger.jobs()).toHaveLength(code ? 0 : 1)
  })
})

describe('after the purchase', () => {
  test.each([
    ['less', 0.5, 'Venice charged $0.07; the price agreed to was $0.14.', false],
    ['a little more', 1.04, 'Venice charged $0.1456; the price agreed to was $0.14.', false],
    ['much more', 1.5, 'Venice charged $0.21; the price agreed to was $0.14.', true],
  ])('behavior: a charge of %s is told, and much more stops', async (_, factor, detail, stops) => {
    await using setting = await setup()
    const { ledger } = setting.zecchino
    await setting.control.fault({ factor, kind: 'price-lie', route: 'queue' })
    const { quote: made } = await quote(setting.zecchino, cheap)
    const job = await buy(setting, made.id)
    expect(job).toMatchObject({ detail, status: 'cleaned' })
    expect(setting.events).toContainEqual({ message: `${job.id}: ${detail}`, type: 'warning' })
    const events = await ledger.events()
    expect(events.filter(({ type }) => type === 'charge_differs')).toMatchObject([
      { data: { price_usd: cheapPrice.usd }, subject: job.id },
    ])
    expect((await ledger.state()).frozen !== undefined).toBe(stops)
  })
})
