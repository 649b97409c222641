import { expect, test } from 'vitest'

import { createSandbox, InvalidModelError } from '../../src/sandbox/index.js'
import { cheap } from '../support/cheap.js'
import { setup } from './support/client.js'

type Models = { data: { id: string; model_spec: Record<string, unknown> }[] }

const listOf = async ({ api }: Awaited<ReturnType<typeof setup>>) => {
  const response = await api.call('/models?type=video', { header: '' })
  const { data } = (await response.json()) as Models
  return new Map(data.map(({ id, model_spec }) => [id, model_spec]))
}

/** A family that no code has heard of, with words of its own. */
const lagoon = {
  constraints: {
    model_type: 'text-to-video',
    aspect_ratios: ['canal', 'campo'],
    durations: ['7s', '70s'],
    resolutions: ['6k', 'cinema'],
  },
  price: { '6k|off': '0.01', 'cinema|off': [11, 99] },
}
const wanted = { aspect_ratio: 'canal', model: 'lagoon-1', prompt: 'Fog', resolution: 'cinema' }

test('options: models adds a row that no code has heard of, and sells it', async () => {
  await using it = await setup({ limits: 'none', models: { 'lagoon-1': lagoon } })
  expect((await listOf(it)).get('lagoon-1')).toMatchObject({ constraints: lagoon.constraints })

  await it.api.control('/credit', { address: it.person.address, usd: '5' })
  const body = { ...wanted, duration: '70s' }
  const quote = await it.api.call('/video/quote', { body, header: '' })
  expect(await quote.json()).toEqual({ quote: 0.99 })
  const queued = await it.api.call('/video/queue', { body })
  expect(queued.status).toBe(200)
  const file = await it.api.wait((await queued.json()) as { model: string; queue_id: string })
  expect(file.headers.get('content-type')).toBe('video/mp4')
  expect((await it.api.state()).charges).toMatchObject([{ amount_usd: '0.99' }])
})

test('options: models changes a part of a row, and takes rows away', async () => {
  const models = {
    [cheap.model]: { constraints: { durations: ['4s'] }, price: '0.5' },
    'ovi-image-to-video': null,
    'topaz-video-precision': {
      constraints: {
        durations: ['Auto'],
        model_type: 'video',
        resolutions: ['2x', '4x', '8x'],
        video_input: true,
      },
    },
    'veo3-fast-text-to-video': { link: true, listed: false },
  }
  await using it = await setup({ limits: 'none', models })
  const list = await listOf(it)
  expect(list.get(cheap.model)).toMatchObject({
    constraints: { durations: ['4s'], resolutions: ['1080p', '720p', '480p'] },
    name: 'Seedance 1.5 Pro',
  })
  expect([...list.keys()].filter((id) => id in models)).toEqual([
    cheap.model,
    'topaz-video-precision',
  ])

  await it.api.control('/credit', { address: it.person.address, usd: '5' })
  const queue = (body: object) => it.api.call('/video/queue', { body })
  const quote = await it.api.call('/video/quote', { body: cheap, header: '' })
  expect(await quote.json()).toEqual({ quote: 2 })
  expect((await queue({ ...cheap, duration: '5s' })).status).toBe(400)
  expect((await queue({ ...cheap, model: 'ovi-image-to-video' })).status).toBe(404)
  const veo = { ...cheap, model: 'veo3-fast-text-to-video', resolution: '720p' }
  expect(await (await queue(veo)).json()).toMatchObject({ download_url: expect.any(String) })
  // It is an upscale by what it lists, whatever its name.
  const upscale = { model: 'topaz-video-precision', video_url: 'https://example.com/a.mp4' }
  expect((await queue({ ...upscale, upscale_factor: 2 })).status).toBe(200)
})

test('behavior: the control API changes rows while the sandbox runs, until it is reset', async () => {
  await using it = await setup({ limits: 'none' })
  await it.api.control('/credit', { address: it.person.address, usd: '5' })
  const deprecation = { date: '2027-01-01T00:00:00.000Z' }
  const spec = { beta: true, deprecation, regionRestrictions: ['DE'] }
  await it.api.control('/models', { [cheap.model]: { spec } })
  expect((await listOf(it)).get(cheap.model)).toMatchObject(spec)
  const queue = async () => (await it.api.call('/video/queue', { body: cheap })).status
  expect(await queue()).toBe(200)
  await it.api.control('/models', { [cheap.model]: { spec: { regionRestrictions: ['IT'] } } })
  expect(await queue()).toBe(403)
  await it.api.control('/models', { [cheap.model]: { spec: { offline: true } } })
  expect(await queue()).toBe(403)
  await it.api.control('/reset', {})
  expect((await listOf(it)).get(cheap.model)).not.toHaveProperty('offline')
})

test('error: a change that is not understood changes nothing', async () => {
  const models = { x: { colour: 'red' } } as never
  expect(() => createSandbox({ models })).toThrow(InvalidModelError)
  await using it = await setup()
  const answer = await it.api.control('/models', { [cheap.model]: null, x: { price: 'free' } })
  expect(answer).toMatchObject({ details: [expect.stringContaining('x.price')] })
  expect((await listOf(it)).has(cheap.model)).toBe(true)
})
