import * as Catalogue from './Catalogue.js'
import * as Issue from './Issue.js'
import type * as Venice from './Venice.js'
import * as Video from './Video.js'

/**
 * The valid request nearest to one that is not: each wrong field set to the nearest allowed value,
 * taken out, or given a place to fill in. `undefined` when the model is not known or nothing near
 * is valid.
 */
export function nearest(
  value: unknown,
  { models }: { models: readonly Venice.Model[] },
): Video.Request | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  let draft: Record<string, unknown> = { ...value }
  for (let round = 0; round < 6; round += 1) {
    const parsed = Video.Request.safeParse(draft)
    if (!parsed.success) {
      const model = models.find(({ id }) => id === draft['model'])
      draft = mended(draft, { issues: parsed.error.issues, model })
      continue
    }
    const model = models.find(({ id }) => id === parsed.data.model)
    if (!model || model.model_spec.offline) return undefined
    const faults = Catalogue.check(model, parsed.data)
    if (faults.length === 0) return parsed.data
    const mends = faults.map(({ fix }) => fix ?? {})
    const isFirst = 'model' in value && value.model === parsed.data.model
    const other = isFirst ? withSibling(parsed.data, models) : undefined
    draft = other ?? defined(Object.assign({}, parsed.data, ...mends))
  }
  return undefined
}

const choices = {
  aspect_ratio: 'aspect_ratios',
  duration: 'durations',
  resolution: 'resolutions',
} as const

type Problem = { code: string; maximum?: unknown; path: PropertyKey[] }

/** Mends what does not even have the shape of a request, or leaves it out. */
function mended(
  draft: Record<string, unknown>,
  { issues, model }: { issues: readonly Problem[]; model: Venice.Model | undefined },
) {
  const next = { ...draft }
  for (const { code, maximum, path, ...rest } of issues) {
    const field = String(path[0] ?? '')
    const given = draft[field]
    const limit = Number(maximum)
    if (code === 'unrecognized_keys' && path.length === 0 && 'keys' in rest)
      for (const key of rest.keys as string[]) {
        const meant = Issue.closestName(key, Object.keys(Video.Request.shape))
        if (meant.includes(key)) next[meant] ??= draft[key]
        delete next[key]
      }
    else if (field in choices && ['string', 'number'].includes(typeof given)) {
      const name = field as keyof typeof choices
      const offered = model?.model_spec.constraints[choices[name]] ?? []
      if (offered.length === 0) delete next[field]
      else next[field] = Catalogue.closestOf(name, String(given), offered)
    } else if (code === 'too_big' && path.length === 1 && Array.isArray(given))
      next[field] = given.slice(0, limit)
    else if (code === 'too_big' && path.length === 1 && typeof given === 'string')
      next[field] = given.slice(0, limit)
    else delete next[field]
  }
  return next
}

const references = [
  'elements',
  'reference_document_urls',
  'reference_image_urls',
  'reference_video_urls',
  'scene_image_urls',
] as const

const kinds = /(text|image|reference|video)-to-video/

/** Another kind of the same model, where this one cannot take the inputs at all. */
function withSibling(draft: Video.Request, models: readonly Venice.Model[]) {
  const { model } = draft
  const [, own] = kinds.exec(model) ?? []
  if (own === undefined) return undefined
  const has = (...names: (keyof Video.Request)[]) => names.some((name) => draft[name] !== undefined)
  const needed = has(...references)
    ? 'reference'
    : has('video_url')
      ? 'video'
      : has('image_url', 'end_image_url')
        ? 'image'
        : 'text'
  const inputs = { image: ['image_url', 'keyframes'], video: ['video_url'] } as const
  const fits =
    needed === own ||
    ((own === 'image' || own === 'video') && has(...inputs[own])) ||
    has('keyframes')
  const id = model.replace(kinds, `${needed}-to-video`)
  const sibling = fits ? undefined : models.find((other) => other.id === id)
  return sibling && !sibling.model_spec.offline ? { ...draft, model: sibling.id } : undefined
}

function defined(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined))
}
