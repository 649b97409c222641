import { afterAll, beforeAll, expect, test } from 'vitest'

import { quoteVideo } from '../../src/actions/quoteVideo.js'
import { quote } from '../../src/flows/quote.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { createRenderer } from '../../src/sandbox/render.js'
import { createBuyer } from '../support/createBuyer.js'
import { dataUrl } from '../support/media.js'
import { type Example, examples, titleOf } from './examples.js'

let sandbox: Awaited<ReturnType<typeof listenSandbox>>
let buyer: Awaited<ReturnType<typeof createBuyer>>
let clip: string
beforeAll(async () => {
  sandbox = await listenSandbox({ limits: 'none', speed: 1_000 })
  buyer = await createBuyer({ apiUrl: sandbox.apiUrl, policy: { maxPerVideoUsd: '100' } })
  const renderer = createRenderer()
  clip = dataUrl(
    'video/mp4',
    await renderer.render({ height: 144, seconds: 3, seed: 1, width: 256 }),
  )
  await renderer.close()
})
afterAll(async () => {
  await buyer[Symbol.asyncDispose]()
  await sandbox.close()
})

/** An upscale is priced from its source, which is no place on the web then. */
const withSource = ({ body }: Example) =>
  body.model === 'topaz-video-upscale' && 'video_url' in body ? { ...body, video_url: clip } : body

const rowsOf = (wanted: (example: Example) => boolean) =>
  examples.filter(wanted).map((example) => [titleOf(example), example] as const)

// Consent is the owner's to give, so the client takes none in a request.
const isRefused = ({ body, client, status }: Example) =>
  'consents' in body || ![client ?? status].flat().some((code) => [200, 409].includes(code))

test.each(rowsOf((example) => example.route === 'queue' && !isRefused(example)))(
  'quoted: %s',
  async (_, example) => {
    const { quote: made } = await quote(buyer.zecchino, withSource(example))
    expect(made.price).toBeGreaterThan(0n)
    const { duration, ...rest } = withSource(example) as Record<string, unknown>
    const length = duration === undefined || duration === 'Auto' ? {} : { duration }
    expect(JSON.parse(made.body)).toEqual({ ...rest, ...length })
  },
)

test.each(rowsOf((example) => example.route === 'queue' && isRefused(example)))(
  'refused, and nothing is asked of the wallet: %s',
  async (_, example) => {
    const { requests: before } = await stateOf()
    const codes = example.status.map((status) =>
      status === 404 ? 'UNKNOWN_MODEL' : 'INVALID_INPUT',
    )
    await expect(quote(buyer.zecchino, withSource(example))).rejects.toMatchObject({
      code: expect.toBeOneOf(codes),
      moneyMoved: 'no',
    })
    const { requests, settlements } = await stateOf()
    expect(requests.slice(before.length).map(({ path }) => path)).not.toContainEqual(
      expect.stringMatching(/queue|x402/),
    )
    expect(settlements).toEqual([])
  },
)

test.each(rowsOf(({ route, status }) => route === 'quote' && status.includes(200)))(
  'priced: %s',
  async (_, { body }) => {
    const { model = '' } = body
    expect(await quoteVideo(buyer.zecchino.client, { ...body, model })).toBeGreaterThan(0n)
  },
)

async function stateOf() {
  const response = await fetch(`${sandbox.controlUrl}/state`)
  return (await response.json()) as { requests: { path: string }[]; settlements: object[] }
}
