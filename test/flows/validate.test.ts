import { describe, expect, test } from 'vitest'

import { readCatalogue } from '../../src/flows/readCatalogue.js'
import { validate } from '../../src/flows/validate.js'
import { clientOf } from '../support/client.js'
import { serve } from '../support/serve.js'

const model = (id: string, spec: object = {}, constraints: object = {}) => ({
  id,
  model_spec: {
    constraints: {
      aspect_ratios: ['16:9'],
      durations: ['5s', '10s'],
      model_type: 'text-to-video',
      resolutions: [],
      ...constraints,
    },
    ...spec,
  },
  type: 'video',
})
const deprecation = { date: '2027-03-01T00:00:00.000Z', replacementModelId: 'wan-3' }

/** Venice with these models, until `broken` is set. */
async function setup(models: object[]) {
  const state = { broken: false, models }
  const server = await serve(() =>
    state.broken ? new Response('no', { status: 503 }) : { data: state.models },
  )
  let now = Date.parse('2026-11-22T12:00:00Z')
  const client = clientOf(server.origin, { now: () => new Date(now) })
  return {
    client,
    pass: (ms: number) => (now += ms),
    server,
    state,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

const request = { aspect_ratio: '16:9', duration: '5s', model: 'wan-2', prompt: 'A gondola' }
const minute = 60_000

describe('readCatalogue', () => {
  test('default: one list for five minutes, however many ask', async () => {
    await using setting = await setup([model('wan-2')])
    const { client, pass, server } = setting
    await Promise.all([readCatalogue(client), readCatalogue(client), readCatalogue(client)])
    pass(5 * minute - 1)
    expect(await readCatalogue(client)).toMatchObject({ models: [{ id: 'wan-2' }] })
    expect(server.requests).toHaveLength(1)
    pass(1)
    await readCatalogue(client)
    expect(server.requests).toHaveLength(2)
  })

  test('behavior: an old list is good enough while Venice is down, and says so', async () => {
    await using setting = await setup([model('wan-2')])
    const { client, pass, state } = setting
    await validate(client, request)
    state.broken = true
    pass(12 * minute)
    const { models, stale } = await readCatalogue(client)
    expect(models).toHaveLength(1)
    expect(stale).toMatch(/^The list of models is 12 min old, because Venice could not be asked: /)
    expect((await validate(client, request)).warnings).toEqual([stale])
    state.broken = false
    expect((await validate(client, request)).warnings).toEqual([])
  })

  test('behavior: a model that is newer than the list is found', async () => {
    await using setting = await setup([model('wan-2')])
    const { client, pass, state } = setting
    await validate(client, request)
    state.models = [model('wan-3')]
    pass(minute)
    await validate(client, { ...request, model: 'wan-3' })
    expect(setting.server.requests).toHaveLength(2)
  })

  test('error: without any list nothing is validated', async () => {
    await using setting = await setup([])
    setting.state.broken = true
    await expect(validate(setting.client, request)).rejects.toMatchObject({
      code: 'API_UNAVAILABLE',
    })
    await expect(validate(setting.client, { ...request, duration: 5 })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      suggestion: undefined,
    })
  })
})

describe('validate', () => {
  test('behavior: deprecated, beta and regional models are said to be so', async () => {
    const spec = { beta: true, deprecation, regionRestrictions: ['US', 'CA'] }
    await using setting = await setup([model('wan-2', spec)])
    expect((await validate(setting.client, request)).warnings).toEqual([
      'wan-2 is deprecated, and goes away on 2027-03-01; use wan-3 instead.',
      'wan-2 is in beta: it may not be open to everyone.',
      'wan-2 is blocked in US, CA.',
    ])
  })

  test('error: an offline model is refused, with those that run', async () => {
    await using setting = await setup([
      model('wan-2', { deprecation, offline: true }),
      model('wan-3'),
      model('wan-2-image', {}, { model_type: 'image-to-video' }),
    ])
    await expect(validate(setting.client, request)).rejects.toMatchObject({
      code: 'MODEL_OFFLINE',
      facts: [expect.stringContaining('use wan-3 instead'), 'Running: wan-3'],
      hint: 'Quote wan-3: this one will not come back.',
    })
  })

  test('error: an unknown model, with the closest that run', async () => {
    await using setting = await setup([
      model('wan-2'),
      model('wan-22', { offline: true }),
      model('kling-v3-pro'),
    ])
    await expect(validate(setting.client, { ...request, model: 'wan2' })).rejects.toMatchObject({
      code: 'UNKNOWN_MODEL',
      facts: ['Closest: wan-2, kling-v3-pro'],
    })
  })

  test('behavior: an unlisted id of a known family is checked as its kin, and said to be so', async () => {
    const media = { image_url: 'https://a.example/x.png' }
    await using setting = await setup([
      model(
        'seedance-2-0-image-to-video-basic',
        {},
        { aspect_ratios: [], model_type: 'image-to-video' },
      ),
    ])
    const { client } = setting
    const unlisted = { duration: '5s', model: 'seedance-2-0-image-to-video', prompt: 'A gondola' }
    const { request: checked, warnings } = await validate(client, { ...unlisted, ...media })
    expect(checked).toEqual({ ...unlisted, ...media })
    expect(warnings).toEqual([
      'Venice does not list seedance-2-0-image-to-video: it was checked against seedance-2-0-image-to-video-basic, its kin. Unlisted models may ask for consent, cost otherwise, or go away.',
    ])
    await expect(validate(client, unlisted)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('behavior: Auto is said by leaving the duration out', async () => {
    const options = {
      aspect_ratios: [],
      durations: ['Auto'],
      model_type: 'video',
      video_input: true,
    }
    await using setting = await setup([model('wan-2', {}, options)])
    const source = { model: 'wan-2', prompt: 'A gondola', video_url: 'https://a.example/x.mp4' }
    for (const duration of ['Auto', 'auto', undefined])
      expect((await validate(setting.client, { ...source, duration })).request).toEqual(source)
    const timed = { ...source, duration: '12.5' }
    expect((await validate(setting.client, timed)).request).toEqual(timed)
    for (const duration of ['5s', '301', '0'])
      await expect(validate(setting.client, { ...source, duration })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        suggestion: source,
      })
  })

  test('behavior: where the catalogue is silent, the server decides', async () => {
    const silent = { aspect_ratios: undefined, durations: null, resolutions: 'all' }
    await using setting = await setup([model('wan-2', {}, { ...silent, model_type: 'new-kind' })])
    const odd = { ...request, audio: false, image_url: 'https://a.example/x', resolution: '4k' }
    expect((await validate(setting.client, odd)).request).toEqual(odd)
  })
})
