import { published } from './data/published.js'
import { type Rules, rulesOf } from './families.js'

/** What a model takes, as `/models` says it; an option that is not there is left out. */
export type Constraints = {
  model_type: string
  aspect_ratios: readonly string[]
  resolutions: readonly string[]
  durations: readonly string[]
  audio: boolean
  audio_configurable: boolean
  audio_input?: boolean | undefined
  video_input?: boolean | undefined
  per_reference_audio?: boolean | undefined
  prompt_character_limit?: number | undefined
  reference_image_min_aspect_ratio?: number | undefined
  reference_image_max_aspect_ratio?: number | undefined
  reference_image_min_short_side_pixels?: number | undefined
}

/** `model_spec` of a row. */
export type Spec = {
  constraints: Constraints
  name: string
  privacy: 'anonymized' | 'private'
  model_sets: readonly string[]
  traits: readonly string[]
  offline?: boolean | undefined
  beta?: boolean | undefined
  deprecation?: object | undefined
  /** Countries where the model is blocked. */
  regionRestrictions?: readonly string[] | undefined
}

/**
 * What a length costs: a rate in USD a second, a rate and an extra that comes once, or a price in
 * cents for each listed length.
 */
export type Series = string | readonly [rate: string, extra: string] | readonly number[]

/** Series by `<resolution or ->|<audio on or off>`; one rate alone holds for all of them. */
export type Price = string | Readonly<Record<string, Series>>

/** How a model is used: what it makes its video of. */
export type Kind = 'edit' | 'image' | 'reference' | 'text' | 'upscale'

/** What a model takes, what it costs, and how the sandbox treats it. */
export type Entry = {
  created: number
  id: string
  kind: Kind
  /** Whether the file comes over a link that only the queue's answer has. */
  link: boolean
  /** Whether `/models` shows it. What it does not show can be quoted and queued all the same. */
  listed: boolean
  price: Price
  rules: Rules
  spec: Spec
}

/** A model as `data/published.ts` has it. Without a price: Venice quotes it with a source only. */
export type Published = {
  constraints: Constraints
  created: number
  id: string
  name: string
  price?: Price
  privacy: Spec['privacy']
  sets: readonly string[]
}

/** Models by id. */
export type Catalogue = ReadonlyMap<string, Entry>

/** The country the sandbox is in: models that are blocked there answer 403. */
export const region = 'IT'

/**
 * Decided here: models whose price depends on a source cost what their nearest kin costs for the
 * same length.
 */
const kin: Record<string, string> = {
  'gemini-omni-flash-1-1-video-to-video': 'gemini-omni-flash-1-1-reference-to-video',
  'grok-imagine-video-to-video-private': 'grok-imagine-text-to-video-private',
  'happyhorse-1-0-video-to-video': 'happyhorse-1-0-reference-to-video',
  'kling-v3-pro-motion-control': 'kling-v3-pro-image-to-video',
  'kling-v3-standard-motion-control': 'kling-v3-standard-image-to-video',
  'wan-2-7-video-to-video': 'wan-2-7-text-to-video',
}

/** Ids that `/models` does not show, and the shown model that each is like. */
const unlisted: Record<string, string> = {
  ...Object.fromEntries(
    ['', 'fast-'].flatMap((speed) =>
      ['image', 'reference', 'text'].map((source) => {
        const id = `seedance-2-0-${speed}${source}-to-video`
        return [id, `${id}-basic`]
      }),
    ),
  ),
  ...Object.fromEntries(
    published
      .filter(({ id }) => id.startsWith('wan-3-0-'))
      .map(({ id }) => [id.replace('wan-3-0-', 'wan-3.0-'), id]),
  ),
}

/** Completes a row with what follows from it. */
export function entryOf(
  row: Pick<Entry, 'created' | 'id' | 'listed' | 'price' | 'spec'> & { link?: boolean | undefined },
): Entry {
  const kind = kindOf(row.id, row.spec.constraints)
  const rules = rulesOf(row.id, kind)
  return { ...row, kind, link: row.link ?? rules.link === true, rules }
}

/** The sandbox's models by id: those that Venice lists, and those it serves without listing them. */
export const catalogue: Catalogue = new Map(build().map((entry) => [entry.id, entry]))

function build(): Entry[] {
  const prices = new Map(published.map(({ id, price }) => [id, price]))
  const listed = published.map(({ constraints, created, id, name, price, privacy, sets }) => {
    const more = {
      ...(id === 'wan-2-7-reference-to-video' && { per_reference_audio: true }),
      ...(/^(seedance-2|minimax-h3).*-reference-to-video/.test(id) && {
        reference_image_max_aspect_ratio: 2.5,
        reference_image_min_aspect_ratio: 0.4,
      }),
    }
    return entryOf({
      created,
      id,
      listed: true,
      price: price ?? prices.get(kin[id] ?? '') ?? '0',
      spec: {
        constraints: { ...constraints, ...more },
        model_sets: sets,
        name,
        privacy,
        traits: [],
      },
    })
  })
  const byId = new Map(listed.map((entry) => [entry.id, entry]))
  const others = Object.entries(unlisted).map(([id, like]) => {
    const entry = byId.get(like)
    if (!entry) throw new Error(`${id} is like ${like}, which is not there`)
    return entryOf({ ...entry, id, listed: false })
  })
  return [...listed, ...others]
}

/** An upscale is told by what it lists (factors where others have sizes), not by its name. */
function kindOf(id: string, constraints: Constraints): Kind {
  const { model_type: type, resolutions, video_input: takesVideo } = constraints
  if (type === 'text-to-video') return 'text'
  if (type === 'image-to-video') return id.includes('reference-to-video') ? 'reference' : 'image'
  const factors = resolutions.length > 0 && resolutions.every((value) => /^\d+x$/.test(value))
  return takesVideo && factors ? 'upscale' : 'edit'
}
