import { describe, expect, test } from 'vitest'

import * as Catalogue from '../src/Catalogue.js'
import * as Families from '../src/Families.js'
import * as Suggestion from '../src/Suggestion.js'
import * as Video from '../src/Video.js'
import { modelOf, rowOf, rows, smallestOf } from './support/venice.js'

const models = rows.map(modelOf)

describe('every row that Venice published', () => {
  test('behavior: each model takes the smallest valid request in each resolution', () => {
    let requests = 0
    for (const row of rows)
      for (const body of smallestOf(row)) {
        requests += 1
        const request = Video.parseRequest(body)
        expect([body, Catalogue.check(modelOf(row), request)]).toEqual([body, []])
        expect(Suggestion.nearest(request, { models })).toEqual(request)
      }
    expect([rows.length, requests]).toEqual([132, 297])
  })

  test('behavior: each listed length, shape and resolution is taken, and no other', () => {
    for (const row of rows) {
      const model = modelOf(row)
      const [body] = smallestOf(row)
      const fields = (change: object) =>
        Catalogue.check(
          model,
          Catalogue.normalize(model, Video.parseRequest({ ...body, ...change })),
        ).map(({ field }) => field)
      const isUpscale = row.mode === 'upscale'
      for (const duration of row.durations)
        expect([row.id, fields({ duration })]).toEqual([row.id, []])
      for (const aspect_ratio of row.aspect_ratios) expect(fields({ aspect_ratio })).toEqual([])
      for (const resolution of isUpscale ? [] : row.resolutions)
        expect(fields({ resolution })).toEqual([])
      expect(fields({ duration: '61s' })).toEqual(['duration'])
      expect(fields({ aspect_ratio: '1:7' })).toEqual(['aspect_ratio'])
      expect(fields({ resolution: '721p' })).toEqual(['resolution'])
    }
  })

  test('behavior: what the mode of a model is, its kind says too', () => {
    const kinds = {
      flf: 'frames',
      i2v: 'frame',
      motion: 'source',
      'multi-angle': 'frame',
      r2v: 'references',
      t2v: 'text',
      transition: 'frames',
      upscale: 'upscale',
      v2v: 'source',
    } as const
    for (const row of rows)
      expect([row.id, Families.kindOf(modelOf(row))]).toEqual([row.id, kinds[row.mode]])
  })

  test('behavior: every line of the table of families is of a model that exists or is unlisted', () => {
    const unlisted = [
      'seedance-2-5-us-reference-to-video-private',
      'wan-3.0-reference-to-video',
      'topaz-video-precision',
    ]
    const ids = [...rows.map(({ id }) => id), ...unlisted]
    const used = new Set(ids.map((id) => Families.of(id)))
    expect(Families.lines.filter((family) => !used.has(family)).map(({ ids }) => ids)).toEqual([])
  })
})

describe('rows that no code has heard of', () => {
  const strange = modelOf({
    ...rowOf('wan-2-7-image-to-video'),
    aspect_ratios: ['7:5'],
    durations: ['3 beats'],
    id: 'gondola-1-loop',
    prompt_character_limit: 30_000,
    resolutions: ['720i', '16k'],
  })
  const request = {
    aspect_ratio: '7:5',
    duration: '3 beats',
    image_url: 'https://media.example/a.png',
    model: 'gondola-1-loop',
    prompt: 'x'.repeat(29_000),
    resolution: '720i',
  }

  test('default: what a row lists is taken', () => {
    expect(Catalogue.check(strange, Video.parseRequest(request))).toEqual([])
    const wrong = { ...request, resolution: '720p' }
    expect(Suggestion.nearest(wrong, { models: [strange] })).toEqual(request)
  })

  test('behavior: case counts, and the other case is the nearest', () => {
    const model = modelOf(rowOf('minimax-h3-max-text-to-video'))
    const [body] = smallestOf(rowOf('minimax-h3-max-text-to-video'))
    const small = Video.parseRequest({ ...body, resolution: '1080p' })
    expect(Catalogue.check(model, small)).toMatchObject([
      { field: 'resolution', fix: { resolution: '1080P' } },
    ])
  })

  test('behavior: an upscale that comes later is known by its row', () => {
    const later = modelOf({
      ...rowOf('topaz-video-upscale'),
      id: 'lucid-video-enlarger',
      resolutions: ['2x', '3x', '8x'],
    })
    expect(Families.kindOf(later)).toBe('upscale')
    const body = { model: later.id, upscale_factor: 8, video_url: 'https://media.example/a.mp4' }
    expect(Catalogue.check(later, Video.parseRequest(body))).toEqual([])
    const wrong = Video.parseRequest({ ...body, upscale_factor: 7 })
    expect(Catalogue.check(later, wrong)).toMatchObject([
      { allowed: '1, 2, 3, 4, 8', fix: { upscale_factor: 8 } },
    ])
  })

  test('behavior: Auto beside lengths may be left out, and is never sent', () => {
    const model = modelOf({
      ...rowOf('grok-imagine-video-to-video-private'),
      durations: ['Auto', '5s'],
    })
    const [body] = smallestOf(rowOf('grok-imagine-video-to-video-private'))
    const { duration: _, ...rest } = Video.parseRequest(body)
    const said = Catalogue.normalize(model, { ...rest, duration: 'Auto' })
    expect(said).toEqual(rest)
    for (const request of [rest, { ...rest, duration: '5s' }, { ...rest, duration: '7.25' }])
      expect(Catalogue.check(model, request)).toEqual([])
    expect(Catalogue.check(model, { ...rest, duration: '6s' })).toMatchObject([
      { allowed: expect.stringContaining('at most 300; or 5s'), field: 'duration' },
    ])
  })

  test('behavior: an input that a row leaves out, or denies, is not taken', () => {
    const body = {
      ...smallestOf(rowOf('kling-v3-pro-image-to-video'))[0],
      model: 'kling-v3-pro-image-to-video',
    }
    const model = modelOf(rowOf('kling-v3-pro-image-to-video'))
    const { constraints } = model.model_spec
    const denied = { ...constraints, audio_input: false, video_input: false }
    const media = {
      audio_url: 'https://media.example/a.wav',
      video_url: 'https://media.example/a.mp4',
    }
    for (const more of [constraints, denied]) {
      const row = { ...model, model_spec: { ...model.model_spec, constraints: more } }
      const faults = Catalogue.check(row, Video.parseRequest({ ...body, ...media }))
      expect(faults.map(({ field }) => field)).toEqual(['audio_url', 'video_url'])
    }
  })

  test('behavior: a silent row leaves it to the server', () => {
    const { model_spec } = strange
    const constraints = { model_type: 'something-else' }
    const silent = { ...strange, model_spec: { ...model_spec, constraints } }
    const odd = { ...request, prompt: 'A gondola', video_url: 'https://media.example/a.mp4' }
    expect(Catalogue.check(silent, Video.parseRequest(odd))).toEqual([])
  })

  test.each([
    ['seedance-2-0-image-to-video', 'seedance-2-0-image-to-video-basic'],
    ['seedance-2-0-fast-reference-to-video', 'seedance-2-0-fast-reference-to-video-basic'],
    ['seedance-2-0-text-to-video', 'seedance-2-0-text-to-video-basic'],
    ['seedance-2-5-us-reference-to-video-private', 'seedance-2-5-reference-to-video-basic'],
    ['wan-3.0-pro-text-to-video', 'wan-3-0-pro-text-to-video'],
    ['seedance-9-9-text-to-video', undefined],
    ['wan-2-7-text-to-vide', undefined],
    ['kling', undefined],
  ])('behavior: %s, which is not listed, is kin to %s', (id, kin) => {
    expect(Families.kinOf(id, { models })?.id).toBe(kin)
  })
})
