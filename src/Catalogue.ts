import { printable } from './internal/printable.js'
import type * as Issue from './Issue.js'
import * as Rules from './Rules.js'
import type * as Venice from './Venice.js'
import * as Video from './Video.js'

/** Characters of a prompt where the catalogue names no limit: the most that the API takes at all. */
const promptLimit = 20_000

const nothing = 'nothing, because this model takes no such field'

/**
 * Everything about a request that its model is known to refuse: by the catalogue's own words, and by
 * the published rules of each field. What is not known is left to the server.
 */
export function check(model: Venice.Model, request: Video.Request): Issue.Fault[] {
  const isText = model.model_spec.constraints.model_type === 'text-to-video'
  const rules = Rules.check(request).filter(
    // What a refused field would need beside it is of no interest.
    ({ field, given }) => !(isText && given === undefined && refused.has(field)),
  )
  const faults = [...checkOptions(model, request), ...checkInputs(model, request), ...rules]
  return faults.filter(({ field }, at) => faults.findIndex((one) => one.field === field) === at)
}

/** What a caller should know about a model before buying from it. */
export function notesOf({ id, model_spec }: Venice.Model): string[] {
  const { beta, deprecation, regionRestrictions: regions = [] } = model_spec
  const notes: string[] = []
  if (deprecation) {
    const { removesAt = deprecation.date, replacementModelId: other } = deprecation
    const when = removesAt ? `, and goes away on ${removesAt.slice(0, 10)}` : ''
    notes.push(`${id} is deprecated${when}${other ? `; use ${other} instead` : ''}.`)
  }
  if (beta) notes.push(`${id} is in beta: it may not be open to everyone.`)
  if (regions.length > 0) notes.push(`${id} is available in ${regions.join(', ')} only.`)
  return notes.map((note) => printable(note))
}

function checkOptions({ model_spec }: Venice.Model, request: Video.Request): Issue.Fault[] {
  const { aspect_ratios, audio_configurable, durations, prompt_character_limit, resolutions } =
    model_spec.constraints
  const limit = prompt_character_limit ?? promptLimit
  const isUpscale = Rules.isUpscale(request.model)
  return [
    ...(isUpscale ? [] : checkText(request, limit)),
    ...choose(request, { name: 'duration', need: 'required', offered: durations }),
    ...choose(request, { name: 'aspect_ratio', need: 'required', offered: aspect_ratios }),
    ...choose(request, { name: 'resolution', need: 'optional', offered: resolutions }),
    ...(audio_configurable === false ? refuse(request, 'audio') : []),
  ]
}

function checkText(request: Video.Request, limit: number): Issue.Fault[] {
  const faults: Issue.Fault[] = []
  const words = `1 to ${limit.toLocaleString('en-US')} characters`
  if (request.prompt === undefined)
    faults.push({
      allowed: words,
      field: 'prompt',
      fix: { prompt: '(what the video shows)' },
      given: undefined,
    })
  for (const field of ['prompt', 'negative_prompt'] as const) {
    const letters = [...(request[field] ?? '')]
    if (letters.length > limit) {
      const fix = { [field]: letters.slice(0, limit).join('') }
      faults.push({ allowed: words, field, fix, given: request[field] })
    }
  }
  return faults
}

/** Media that the kind of model refuses, or cannot do without. */
function checkInputs(model: Venice.Model, request: Video.Request): Issue.Fault[] {
  const { audio_input, model_type, video_input } = model.model_spec.constraints
  const kind = model_type === 'text-to-video' ? pictures : []
  const faults = [
    ...kind.flatMap((name) =>
      refuse(request, name, `nothing, because this is a ${model_type} model`),
    ),
    ...(audio_input === false ? sounds.flatMap((name) => refuse(request, name)) : []),
    ...(video_input === false && kind.length === 0
      ? clips.flatMap((name) => refuse(request, name))
      : []),
  ]
  // A transition takes its pictures in ways that the catalogue does not tell.
  const isImage = model_type === 'image-to-video' && !model.id.endsWith('-transition')
  if (isImage && request.image_url === undefined && request.keyframes === undefined)
    faults.push(Rules.missing('image_url', 'the first frame: a URL, a data URL or a path'))
  return faults
}

const clips = ['video_url', 'reference_video_urls'] as const
const pictures = [
  ...clips,
  'camera_trajectory',
  'elements',
  'end_image_url',
  'image_url',
  'keyframes',
  'reference_image_urls',
  'scene_image_urls',
] as const
const refused = new Set<string>(pictures)
const sounds = ['audio_url', 'reference_audio_urls'] as const

type Choice = 'aspect_ratio' | 'duration' | 'resolution'

function choose(
  request: Video.Request,
  options: { name: Choice; need: 'optional' | 'required'; offered: readonly string[] | undefined },
): Issue.Fault[] {
  const { name, need, offered } = options
  const given = request[name]
  if (!offered) return []
  if (offered.length === 0) return refuse(request, name)
  if (given === undefined && need === 'optional') return []
  if (given !== undefined && offered.includes(given)) return []
  const fix = { [name]: closestOf(name, given ?? usual[name], offered) }
  return [{ allowed: printable(offered.join(', ')), field: name, fix, given }]
}

const usual = { aspect_ratio: '16:9', duration: '5s', resolution: '720p' } as const

/** The offered value nearest to a given one: in seconds, in pixels of the short side, in shape. */
export function closestOf(name: Choice, given: string, offered: readonly string[]): string {
  const measure = measures[name]
  const wanted = measure(given) ?? measure(usual[name]) ?? 0
  const near = offered
    .map((value) => ({ distance: Math.abs((measure(value) ?? Infinity) - wanted), value }))
    .toSorted((a, b) => a.distance - b.distance)
  return near[0]?.value ?? given
}

const measures: Record<Choice, (value: string) => number | undefined> = {
  aspect_ratio(value) {
    const ratio = /^(\d+):(\d+)$/.exec(value)
    return ratio ? Math.log(Number(ratio[1]) / Number(ratio[2])) : undefined
  },
  duration: (value) => Video.secondsOf(value) ?? (Number.parseFloat(value) || undefined),
  resolution(value) {
    const size = Video.dimensionsOf({ aspectRatio: '1:1', resolution: value })
    return size?.height ?? (Number.parseFloat(value) || undefined)
  },
}

function refuse(
  request: Video.Request,
  field: keyof Video.Request,
  allowed = nothing,
): Issue.Fault[] {
  const given = request[field]
  return given === undefined ? [] : [{ allowed, field, fix: { [field]: undefined }, given }]
}
