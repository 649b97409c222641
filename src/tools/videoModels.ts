import * as z from 'zod'

import { listModels } from '../actions/listModels.js'
import { defineTool } from './defineTool.js'

const kinds = ['text-to-video', 'image-to-video', 'video'] as const

export const videoModels = defineTool({
  name: 'video_models',
  title: 'List video models',
  description:
    'Free. Lists video models with the durations, resolutions and aspect ratios each accepts; an empty list means the model takes no such field. Next: video_quote.',
  input: z.strictObject({
    type: z.enum(kinds).optional().describe('Kind of model; "video" takes video or references.'),
    query: z.string().max(100).optional().describe('Words that the id or name contains.'),
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
    const found = (await listModels(client)).filter(({ id, model_spec }) => {
      const text = `${id} ${model_spec.name ?? ''}`.toLowerCase()
      const fits = type === undefined || model_spec.constraints.model_type === type
      return fits && words.every((word) => text.includes(word))
    })
    const models = found.slice(0, limit).map(({ id, model_spec }) => {
      const { beta, constraints, deprecation, offline } = model_spec
      const notes = [
        offline && 'offline now',
        beta && 'beta',
        deprecation &&
          `deprecated${deprecation.replacementModelId ? `, use ${deprecation.replacementModelId}` : ''}`,
      ].filter(Boolean)
      return {
        id,
        name: model_spec.name ?? id,
        type: constraints.model_type,
        privacy: model_spec.privacy ?? 'anonymized',
        durations: constraints.durations,
        resolutions: constraints.resolutions,
        aspect_ratios: constraints.aspect_ratios,
        audio: constraints.audio ?? false,
        ...(notes.length > 0 && { note: notes.join('; ') }),
      }
    })
    const next =
      found.length === 0
        ? 'Nothing fits: call video_models with fewer words or without type.'
        : found.length > models.length
          ? `Showing ${models.length} of ${found.length}: narrow with query, or call video_quote with one of these ids.`
          : 'Call video_quote with one of these ids.'
    return { models, next, total: found.length }
  },
})
