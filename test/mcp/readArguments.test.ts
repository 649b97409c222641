import * as fc from 'fast-check'
import { afterAll, expect, test, vi } from 'vitest'

import { readArguments } from '../../src/mcp/readArguments.js'
import type { Tool } from '../../src/tools/defineTool.js'
import { tools } from '../../src/tools/index.js'
import * as Video from '../../src/Video.js'
import { request, sandboxFor, setup } from './support/connect.js'

const sandbox = await sandboxFor()
afterAll(() => sandbox.close())
vi.setConfig({ testTimeout: 90_000 })

const all = tools as unknown as Tool[]
const toolOf = (name: string) => all.find((tool) => tool.name === name) as Tool

/** What a call comes to: its input, or the fields that are refused. */
function inputOf(name: string, args: unknown) {
  const tool = toolOf(name)
  const { args: meant, read } = readArguments(tool, args)
  const parsed = tool.input.safeParse(meant)
  return parsed.success
    ? { input: parsed.data as Record<string, unknown>, read }
    : { read, refused: parsed.error.issues.map(({ path }) => String(path[0])) }
}

const media = fc.webUrl({ validSchemes: ['https'] })
const cents = fc.integer({ max: 9_999, min: 1 }).map((value) => String(value / 100))
const words = fc.string({ maxLength: 40, minLength: 1 }).map((text) => `A lantern, ${text}`)
const maybe = <value>(one: fc.Arbitrary<value>) => fc.option(one, { nil: undefined })
const record = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc
    .record(fields)
    .map((one) =>
      Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)),
    )

/** Calls as they should be said. */
const plain: Record<string, fc.Arbitrary<Record<string, unknown>>> = {
  video_generate: record({ max_usd: maybe(cents), quote_id: fc.constant('quote_1') }),
  video_list: record({
    limit: maybe(fc.integer({ max: 100, min: 1 })),
    status: maybe(fc.constantFrom('queued', 'saved')),
  }),
  video_models: record({
    limit: maybe(fc.integer({ max: 200, min: 1 })),
    query: maybe(fc.constantFrom('wan', 'seedance', '2')),
    type: maybe(fc.constantFrom('text-to-video', 'video')),
  }),
  video_quote: record({
    audio: maybe(fc.boolean()),
    duration: maybe(fc.constantFrom('5s', '10s')),
    elements: maybe(
      fc.array(
        record({
          frontal_image_url: media,
          reference_image_urls: maybe(fc.array(media, { maxLength: 3, minLength: 1 })),
        }),
        { maxLength: 4, minLength: 1 },
      ),
    ),
    image_url: maybe(media),
    keyframes: maybe(
      fc.array(record({ frame_index: fc.nat(240), image_url: media }), {
        maxLength: 10,
        minLength: 1,
      }),
    ),
    model: fc.constant('wan-2-7-text-to-video'),
    prompt: words,
    reference_image_urls: maybe(fc.array(media, { maxLength: 5, minLength: 1 })),
    upscale_factor: maybe(fc.constantFrom(1, 2, 4)),
  }),
  video_retrieve: record({
    job_id: fc.constant('job_1'),
    wait_seconds: maybe(fc.integer({ max: 50, min: 0 })),
  }),
  wallet_status: fc.constant({}),
  wallet_top_up: record({ credit_usd: maybe(cents) }),
}

/** The same call as hosts spell it: nothing said in three ways, values as text, text as numbers. */
function respell(name: string, args: Record<string, unknown>): fc.Arbitrary<unknown> {
  const { shape } = toolOf(name).input
  const isLeftOut = (key: string) => !(key in args) && shape[key]?.safeParse(undefined).success
  const nothing = Object.keys(shape)
    .filter(isLeftOut)
    .map((key) => [key, fc.constantFrom(null, '', [], undefined)] as const)
  const said = Object.entries(args).map(([key, value]) => [key, spellings(value)] as const)
  const extra =
    name === 'wallet_status' ? { random_string: fc.string(), placeholder: fc.constant(null) } : {}
  return fc.record({ ...Object.fromEntries([...nothing, ...said]), ...extra })
}

function spellings(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value === 'string')
    return /^\d+(\.\d+)?$/.test(value) && String(Number(value)) === value
      ? fc.constantFrom<unknown>(value, Number(value))
      : fc.constant(value)
  if (Array.isArray(value)) {
    const items = fc.tuple(...value.map(spellings))
    return fc.oneof(
      items,
      fc.constant(JSON.stringify(value)),
      items.map((one) => JSON.stringify(one)),
    )
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([key, one]) => [key, spellings(one)] as const)
    const spelled = fc.record(Object.fromEntries(fields))
    return fc.oneof(
      spelled,
      spelled.map((one) => JSON.stringify(one)),
    )
  }
  return fc.constantFrom(value, JSON.stringify(value), ` ${JSON.stringify(value)}\n`)
}

test.each(Object.keys(plain))('behavior: %s means the same in 300 spellings', (name) => {
  const cases = (plain[name] as fc.Arbitrary<Record<string, unknown>>).chain((args) =>
    respell(name, args).map((spelled) => ({ args, spelled })),
  )
  fc.assert(
    fc.property(cases, ({ args, spelled }) => {
      const wanted = toolOf(name).input.parse(args)
      const { input, read, refused } = inputOf(name, spelled)
      expect({ input, refused }).toEqual({ input: wanted })
      if (JSON.stringify(spelled) === JSON.stringify(args)) expect(read).toEqual([])
      if (name === 'video_quote')
        expect(Video.hashOf(input as Video.Request)).toBe(Video.hashOf(wanted as Video.Request))
    }),
    { numRuns: 300 },
  )
})

test.each(Object.keys(plain).filter((name) => name !== 'wallet_status'))(
  'error: %s takes whatever else is sent as it is meant, or names the field',
  (name) => {
    const odd = fc.oneof(
      fc.constantFrom<unknown>(
        'null',
        'None',
        'undefined',
        'NaN',
        ' ',
        '[]',
        '{}',
        '[""]',
        'true',
        'True',
        '0x10',
        '1e3',
        '0,5',
        '١٠',
        '5 s',
        '-1',
        -1,
        1.5,
        1e21,
        0.1 + 0.2,
        true,
        false,
        {},
        [null],
        [[]],
        [{}],
        { value: '5s' },
        '99999999999',
        99_999_999_999,
        '2',
        2,
      ),
      fc.jsonValue(),
    )
    const fields = Object.keys(toolOf(name).input.shape)
    const cases = fc.record({
      args: plain[name] as fc.Arbitrary<Record<string, unknown>>,
      field: fc.constantFrom(...fields),
      value: odd,
    })
    fc.assert(
      fc.property(cases, ({ args, field, value }) => {
        const { [field]: _, ...others } = args
        const { input, refused } = inputOf(name, { ...others, [field]: value })
        if (refused) return void expect([...new Set(refused)]).toEqual([field])
        const { [field]: meant, ...rest } = input ?? {}
        const { [field]: _unsaid, ...same } = toolOf(name).input.parse({ ...args, ...others })
        expect(rest).toEqual(same)
        // What is bought is what was said, or what is taken where nothing is said.
        if (field.endsWith('_usd') && meant !== undefined) expect(meant).toBe(String(value))
        if (typeof meant === 'number' && Number(value) !== meant)
          expect([field, meant]).toEqual(
            meant === 50 || meant === 100 || meant === 200
              ? [expect.stringMatching(/^(limit|wait_seconds)$/), meant]
              : [field, toolOf(name).input.parse({ ...args, [field]: undefined })[field]],
          )
      }),
      { numRuns: 300 },
    )
  },
)

test.each<[string, string, Record<string, unknown>, string[]]>([
  [
    'a wait that is too long',
    'video_retrieve',
    { job_id: 'job_1', wait_seconds: 60 },
    ['wait_seconds: 60 read as 50, which is the most'],
  ],
  [
    'a limit as text, and too large',
    'video_list',
    { limit: '1000' },
    ['limit: "1000" read as 1000', 'limit: 1000 read as 100, which is the most'],
  ],
  [
    'an amount as a number',
    'video_generate',
    { max_usd: 0.5, quote_id: 'quote_1' },
    ['max_usd: 0.5 read as "0.5"'],
  ],
  [
    'a list as text',
    'video_quote',
    { reference_image_urls: '["https://a.example/1.png"]' },
    ['reference_image_urls: "[\\"https://a.example/1.png\\"]" read as a list of 1'],
  ],
  [
    'nothing, in three ways',
    'video_quote',
    { audio: null, elements: [], image_url: '' },
    ['Left out, as nothing was given: audio, elements, image_url'],
  ],
  [
    'a placeholder',
    'wallet_status',
    { random_string: 'dummy' },
    ['Left out, as nothing was given: random_string'],
  ],
])('behavior: it is told how %s was read', (_, name, args, read) => {
  expect(readArguments(toolOf(name), args).read).toEqual(read)
})

test.each<[string, unknown]>([
  ['more than there may be', '0.0000001'],
  ['a comma', '0,5'],
  ['a space', ' '],
  ['an exponent', 1e21],
  ['a list', ['0.5']],
  ['a word', 'none'],
  ['more digits than there are', 0.1 + 0.2],
])('error: a max_usd that cannot be read (%s) is refused, never left out', (_, value) => {
  expect(inputOf('video_generate', { max_usd: value, quote_id: 'quote_1' })).toMatchObject({
    refused: ['max_usd'],
  })
})

test('behavior: a host that sends every field buys the same video, and is told what was read', async () => {
  await using setting = await setup(sandbox)
  const { shape } = toolOf('video_quote').input
  const nothing = Object.fromEntries(Object.keys(shape).map((key) => [key, null]))
  const bare = { ...request, duration: Number.parseInt(request.duration ?? '', 10) }
  const quoted = await setting.call('video_quote', { ...nothing, ...bare })
  const said = await setting.call('video_quote', request)
  expect(quoted).toMatchObject({
    arguments_read: [
      expect.stringContaining('negative_prompt'),
      expect.stringMatching(/^duration/),
    ],
    price_usd: said['price_usd'],
    warnings: expect.arrayContaining([
      `duration: "${bare.duration}" read as "${request.duration}".`,
    ]),
  })
  const quoteId = String(quoted['quote_id'])
  const hashes = await Promise.all(
    [quoteId, String(said['quote_id'])].map((id) => setting.zecchino.ledger.findQuote(id)),
  )
  expect(hashes[0]?.hash).toBe(hashes[1]?.hash)
  expect(await setting.call('video_generate', { max_usd: 0.01, quote_id: quoteId })).toMatchObject({
    arguments_read: ['max_usd: 0.01 read as "0.01"'],
    code: 'POLICY_REFUSED',
  })
  expect(await setting.call('video_generate', { max_usd: null, quote_id: quoteId })).toMatchObject({
    price_usd: said['price_usd'],
  })
})
