import * as z from 'zod'

import * as Errors from '../Errors.js'
import { type Entry, entryOf } from './catalogue.js'

const Texts = z.array(z.string().min(1).max(60)).max(200)
const Usd = z.string().regex(/^\d{1,6}(\.\d{1,6})?$/)
const Series = z.union([Usd, z.tuple([Usd, Usd]), z.array(z.int().min(0)).min(1)])

const Constraints = z.looseObject({
  model_type: z.string(),
  aspect_ratios: Texts,
  resolutions: Texts,
  durations: Texts,
  audio: z.boolean(),
  audio_configurable: z.boolean(),
  audio_input: z.boolean().optional(),
  video_input: z.boolean().optional(),
  per_reference_audio: z.boolean().optional(),
  prompt_character_limit: z.int().optional(),
  reference_image_min_aspect_ratio: z.number().optional(),
  reference_image_max_aspect_ratio: z.number().optional(),
  reference_image_min_short_side_pixels: z.number().optional(),
})
const Spec = z.looseObject({
  name: z.string(),
  privacy: z.enum(['anonymized', 'private']),
  model_sets: Texts,
  traits: Texts,
  offline: z.boolean().optional(),
  beta: z.boolean().optional(),
  deprecation: z.looseObject({}).optional(),
  regionRestrictions: Texts.optional(),
})

/** What becomes of one model: some of its row, its price, how it is served; `null` takes it away. */
const Change = z.strictObject({
  constraints: Constraints.partial().optional(),
  link: z.boolean().optional(),
  listed: z.boolean().optional(),
  price: z.union([Usd, z.record(z.string(), Series)]).optional(),
  spec: Spec.partial().optional(),
})
const Changes = z.record(z.string().min(1).max(200), Change.nullable())

/** Models by id, as options and the control API take them. */
export type ModelChanges = z.input<typeof Changes>

/** What a new model is, as far as nothing else is said: text to 5 s of video, for a dime a second. */
function blank(id: string): Entry {
  const constraints = {
    model_type: 'text-to-video',
    aspect_ratios: [],
    resolutions: [],
    durations: ['5s'],
    audio: false,
    audio_configurable: false,
  }
  const spec = { constraints, model_sets: [], name: id, privacy: 'anonymized', traits: [] } as const
  return entryOf({ created: 1_790_000_000, id, listed: true, price: '0.1', spec })
}

/**
 * Changes a sandbox's rows: what is given replaces what is there, a model that is not there is added,
 * and `null` takes one away. Nothing here is a model that Venice lists unless its name is.
 *
 * @throws {@link InvalidModelError} naming what is wrong; then nothing is changed.
 */
export function changeModels(catalogue: Map<string, Entry>, input: unknown): string[] {
  const parsed = Changes.safeParse(input)
  if (!parsed.success)
    throw new InvalidModelError({
      issues: parsed.error.issues.map(({ message, path }) => `${path.join('.')}: ${message}`),
    })
  for (const [id, change] of Object.entries(parsed.data)) {
    if (change) catalogue.set(id, changed(catalogue.get(id) ?? blank(id), change))
    else catalogue.delete(id)
  }
  return Object.keys(parsed.data)
}

function changed(entry: Entry, change: z.output<typeof Change>): Entry {
  const { constraints, link = entry.link, listed, price, spec } = change
  return entryOf({
    created: entry.created,
    id: entry.id,
    link,
    listed: listed ?? entry.listed,
    price: price ?? entry.price,
    spec: {
      ...entry.spec,
      ...spec,
      constraints: { ...entry.spec.constraints, ...constraints },
    } as Entry['spec'],
  })
}

/** A change of the catalogue that the sandbox does not understand. */
export class InvalidModelError extends Errors.BaseError {
  override readonly code = 'INVALID_INPUT'
  override readonly name = 'Sandbox.InvalidModelError'

  constructor({ issues }: { issues: readonly string[] }) {
    super('The change of the catalogue was not understood, so nothing was changed.', {
      facts: issues.slice(0, 8),
      hint: 'By id: constraints, spec, price, listed and link as far as they change; null removes.',
    })
  }
}
