import * as Catalogue from './Catalogue.js'
import * as Issue from './Issue.js'
import * as Rules from './Rules.js'
import type * as Venice from './Venice.js'
import * as Video from './Video.js'

/**
 * The valid request nearest to one that is not: each wrong option set to the nearest that is
 * listed, taken out, or given a place to fill in, or all of it moved to the sibling of its model
 * that takes such media. What is bought never changes: no medium and no word of a prompt is
 * dropped. `undefined` when the model is not known or nothing near is valid.
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
      const next = mended(draft, { issues: parsed.error.issues, model })
      if (!next) return undefined
      draft = next
      continue
    }
    const model = models.find(({ id }) => id === parsed.data.model)
    if (!model || model.model_spec.offline) return undefined
    const request = Catalogue.normalize(model, parsed.data)
    const faults = Catalogue.check(model, request)
    if (faults.length === 0) return request
    const isFirst = 'model' in value && value.model === request.model
    const other = isFirst ? withSibling(request, models) : undefined
    const isMendable = faults.every(({ fix }) => fix !== undefined)
    if (!other && !isMendable) return undefined
    const mends = faults.map(({ fix }) => fix ?? {})
    draft = other ?? defined(Object.assign({}, request, ...mends))
  }
  return undefined
}

const choices = {
  aspect_ratio: 'aspect_ratios',
  duration: 'durations',
  resolution: 'resolutions',
} as const

type Problem = { code: string; path: PropertyKey[] }

/** Mends what does not even have the shape of a request; `undefined` where that would lose media. */
function mended(
  draft: Record<string, unknown>,
  { issues, model }: { issues: readonly Problem[]; model: Venice.Model | undefined },
): Record<string, unknown> | undefined {
  const next = { ...draft }
  for (const { code, path, ...rest } of issues) {
    const field = String(path[0] ?? '')
    const given = draft[field]
    if (code === 'unrecognized_keys' && path.length === 0 && 'keys' in rest) {
      for (const key of rest.keys as string[]) {
        const meant = Issue.closestName(key, Object.keys(Video.Request.shape))
        if (meant.includes(key)) next[meant] ??= draft[key]
        else if (isMedium(draft[key])) return undefined
        delete next[key]
      }
    } else if (field in choices && ['string', 'number'].includes(typeof given)) {
      const name = field as keyof typeof choices
      const offered = model?.model_spec.constraints[choices[name]] ?? []
      if (offered.length === 0) delete next[field]
      else next[field] = Catalogue.closestOf(name, String(given), offered)
    } else if (Rules.carriesMedia(field) && !isEmpty(given)) return undefined
    else if (code === 'too_big' && typeof given === 'string') return undefined
    else delete next[field]
  }
  return next
}

/** Whether a value seems to be something that the caller wants used. */
function isMedium(value: unknown): boolean {
  return Array.isArray(value) || (typeof value === 'string' && /^(data|file|https?):/i.test(value))
}

function isEmpty(value: unknown): boolean {
  return value === '' || value === null || (Array.isArray(value) && value.length === 0)
}

const references = [...Rules.references, 'reference_audio_urls'] as const

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
        : own
  const id = model.replace(kinds, `${needed}-to-video`)
  const sibling = needed === own ? undefined : models.find((other) => other.id === id)
  return sibling && !sibling.model_spec.offline ? { ...draft, model: sibling.id } : undefined
}

function defined(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined))
}
