import { readFileSync } from 'node:fs'

import * as Venice from '../../src/Venice.js'

/** A row of Venice's catalogue as it was published; `mode` is the documentation's word. */
export type Row = {
  aspect_ratios: string[]
  audio: boolean
  audio_configurable: boolean
  audio_input: boolean
  created: number
  durations: string[]
  id: string
  model_sets: string[]
  model_type: string
  mode: 'flf' | 'i2v' | 'motion' | 'multi-angle' | 'r2v' | 't2v' | 'transition' | 'upscale' | 'v2v'
  name: string
  privacy: string
  prompt_character_limit?: number
  resolutions: string[]
  video_input: boolean
}

/** The 132 models that were live on 28 September 2026. */
export const rows = JSON.parse(
  readFileSync('src/sandbox/data/venice-video-catalogue.json', 'utf8'),
) as Row[]

/** A row as `GET /models?type=video` has it, where an input that is not taken is left out. */
export function modelOf(row: Row): Venice.Model {
  const { audio_input, created, id, mode: _, model_sets, name, privacy, video_input, ...rest } = row
  const constraints = {
    ...rest,
    ...(audio_input && { audio_input }),
    ...(video_input && { video_input }),
  }
  return Venice.Model.parse({
    created,
    id,
    model_spec: { constraints, model_sets, name, privacy, traits: [] },
    type: 'video',
  })
}

/** The row of an id. */
export function rowOf(id: string): Row {
  const row = rows.find((row) => row.id === id)
  if (!row) throw new Error(`Venice had no model ${id}`)
  return row
}

const picture = 'https://media.example/a.png'
const clip = 'https://media.example/a.mp4'

/** What a model of each mode cannot be asked without, by Venice's notes. */
const inputs: Record<Row['mode'], object> = {
  flf: { end_image_url: picture, image_url: picture },
  i2v: { image_url: picture },
  motion: { image_url: picture, video_url: clip },
  'multi-angle': { image_url: picture },
  r2v: { reference_image_urls: [picture] },
  t2v: {},
  transition: { end_image_url: picture, image_url: picture },
  upscale: { video_url: clip },
  v2v: { video_url: clip },
}

/** The smallest requests that Venice's notes call valid, one for each resolution of a model. */
export function smallestOf(row: Row, media: Partial<Record<keyof typeof named, string>> = {}) {
  const { aspect_ratios, durations, id, mode, resolutions } = row
  const isUpscale = mode === 'upscale'
  const [shortest] = durations.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
  const ratio = aspect_ratios.includes('16:9') ? '16:9' : aspect_ratios[0]
  const request = {
    model: id,
    ...(!isUpscale && { prompt: 'A gondola at dawn' }),
    ...(!durations.includes('Auto') && { duration: shortest }),
    ...(ratio !== undefined && { aspect_ratio: ratio }),
    ...inputs[mode],
    ...(id === 'kling-v3-4k-reference-to-video' && { image_url: picture }),
  }
  const all =
    resolutions.length === 0
      ? [request]
      : resolutions.map((resolution) =>
          isUpscale
            ? { ...request, upscale_factor: Number.parseInt(resolution, 10) }
            : { ...request, resolution },
        )
  return all.map((one) => placed(one, media)) as Record<string, unknown>[]
}

const named = { clip, picture }

function placed(request: object, media: Partial<Record<keyof typeof named, string>>): object {
  const text = JSON.stringify(request)
    .replaceAll(picture, media.picture ?? picture)
    .replaceAll(clip, media.clip ?? clip)
  return JSON.parse(text) as object
}
