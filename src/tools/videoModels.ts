import * as z from 'zod'

import * as Catalogue from '../Catalogue.js'
import * as Families from '../Families.js'
import { readCatalogue } from '../flows/readCatalogue.js'
import { printable } from '../internal/printable.js'
import type * as Venice from '../Venice.js'
import { callOf } from './callOf.js'
import { defineTool } from './defineTool.js'

/** The longest list of options that is shown of a model. */
const most = 60

export const videoModels = defineTool({
  capped: ['limit'],
  name: 'video_models',
  title: 'List video models',
  description:
    'Free. Lists video models with the durations, resolutions and aspect ratios that each accepts, to be copied exactly; an empty list, or "Auto", means: leave that field out. Prices come from video_quote. Next: video_quote.',
  input: z.strictObject({
    type: z
      .string()
      .max(60)
      .optional()
      .describe(
        '"text-to-video", "image-to-video" (frames or references), or "video" (changes or upscales one).',
      ),
    query: z
      .string()
      .max(100)
      .optional()
      .describe('Words that id or name contains, such as "wan".'),
    limit: z.int().min(1).max(200).default(20),
  }),
  output: z.object({
    models: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        type: z.string(),
        privacy: z.string(),
        durations: z.array(z.string()),
        resolutions: z.array(z.string()),
        aspect_ratios: z.array(z.string()),
        audio: z.boolean(),
        note: z.string().optional(),
      }),
    ),
    total: z.int(),
    next: z.string(),
  }),
  spends: false,
  async run({ client }, { limit, query = '', type }) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean)
    const catalogue = await readCatalogue(client)
    const found = catalogue.models.filter(({ id, model_spec }) => {
      const text = `${id} ${model_spec.name ?? ''}`.toLowerCase()
      const fits = type === undefined || model_spec.constraints.model_type === type
      return fits && words.every((word) => text.includes(word))
    })
    const shown = found.slice(0, limit)
    return {
      models: shown.map(modelOf),
      next: [nextOf(found, limit), catalogue.stale].filter(Boolean).join(' '),
      total: found.length,
    }
  },
})

/** A model as an agent sees it. Every word of the server's is made safe to show. */
function modelOf({ id, model_spec }: Venice.Model) {
  const { beta, constraints, deprecation, offline, regionRestrictions = [] } = model_spec
  const list = (values: readonly string[] = []) =>
    values.slice(0, most).map((value) => printable(value, 30))
  const replacement = deprecation?.replacementModelId
  const notes = [
    offline && 'offline now',
    beta && 'beta',
    regionRestrictions.length > 0 && `blocked in ${list(regionRestrictions).join(', ')}`,
    deprecation && `deprecated${replacement ? `, use ${printable(replacement, 100)}` : ''}`,
  ].filter(Boolean)
  return {
    id: printable(id, 200),
    name: printable(model_spec.name ?? id, 100),
    type: printable(constraints.model_type, 40),
    privacy: printable(model_spec.privacy ?? 'anonymized', 40),
    durations: list(constraints.durations),
    resolutions: list(constraints.resolutions),
    aspect_ratios: list(constraints.aspect_ratios),
    audio: constraints.audio ?? false,
    ...(notes.length > 0 && { note: notes.join('; ') }),
  }
}

function nextOf(found: readonly Venice.Model[], limit: number): string {
  const first = found.find(({ model_spec }) => !model_spec.offline) ?? found[0]
  if (!first)
    return `Nothing fits: call ${callOf('video_models')}, with fewer words in query or without type.`
  const more =
    found.length > limit ? `Showing ${limit} of ${found.length}: narrow with query. ` : ''
  return `${more}Choose a model and call video_quote with its options, for example ${callOf('video_quote', exampleOf(first))}`
}

/** A complete request for a model; “…” stands for what only the caller knows. */
function exampleOf(model: Venice.Model) {
  const { aspect_ratios, durations, id, resolutions } = modelOf(model)
  const one = (values: readonly string[], usual: string) =>
    values.includes(usual) ? usual : values[0]
  const kind = Families.kindOf(model)
  return {
    model: id,
    ...(kind !== 'upscale' && {
      prompt: '…',
      ...(!Catalogue.followsSource(model) && { duration: one(durations, '5s') }),
      resolution: one(resolutions, '720p'),
      aspect_ratio: one(aspect_ratios, '16:9'),
    }),
    ...(kind && inputs[kind]),
    // The picture that moves: a quote without it warns.
    ...(id.endsWith('-motion-control') && { image_url: '…' }),
  }
}

const inputs: Record<NonNullable<Families.Kind>, object> = {
  frame: { image_url: '…' },
  frames: { image_url: '…', end_image_url: '…' },
  references: { reference_image_urls: ['…'] },
  source: { video_url: '…' },
  text: {},
  upscale: { video_url: '…', upscale_factor: 2 },
}
