import * as Families from './Families.js'
import { printable } from './internal/printable.js'
import type * as Issue from './Issue.js'
import * as Rules from './Rules.js'
import type * as Venice from './Venice.js'
import * as Video from './Video.js'

/** Characters of a prompt where the row names no limit. */
const promptLimit = 2_500

/** Seconds of the longest source where the source decides the length. */
export const longestSource = 300

const nothing = 'nothing, because this model takes no such field'

/**
 * Everything about a request that its model is known to refuse: by the words of its row, which are
 * the law, and by the published rules of its family. What neither says is left to the server.
 */
export function check(model: Venice.Model, request: Video.Request): Issue.Fault[] {
  const faults = [
    ...checkText(model, request),
    ...checkOptions(model, request),
    ...checkInputs(model, request),
    ...Rules.check(model, request),
  ]
  return faults.filter(({ field }, at) => faults.findIndex((one) => one.field === field) === at)
}

/**
 * The request as its model wants it said. `Auto` among the durations of a row means that the source
 * decides, and is said by leaving the field out: the server refuses the word itself. Bare seconds, `5`,
 * are `5s` where the row lists that and nothing else that they could mean.
 */
export function normalize(model: Venice.Model, request: Video.Request): Video.Request {
  const { duration = '', ...rest } = request
  const { durations = [] } = model.model_spec.constraints
  if (durations.includes(duration)) return duration === 'Auto' ? rest : request
  if (durations.includes('Auto') && duration === 'auto') return rest
  return durations.includes(`${duration}s`) ? { ...request, duration: `${duration}s` } : request
}

/** Whether the length follows from the source: the row lists `Auto` alone. */
export function followsSource({ model_spec }: Venice.Model): boolean {
  const { durations = [] } = model_spec.constraints
  return durations.length > 0 && durations.every((value) => value === 'Auto')
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
  if (regions.length > 0) notes.push(`${id} is blocked in ${regions.join(', ')}.`)
  if (Families.of(id).keepsCharge)
    notes.push(`${id} is paid for even when its content policy refuses the prompt.`)
  return notes.map((note) => printable(note))
}

/** What a request may be refused for, and nobody knows. */
export function doubtsOf(model: Venice.Model, request: Video.Request): string[] {
  const isMotion = model.id.endsWith('-motion-control') && request.image_url === undefined
  return isMotion
    ? [
        'Motion control moves a picture like the video: without image_url Venice may refuse the job, at no cost.',
      ]
    : []
}

function checkText(model: Venice.Model, request: Video.Request): Issue.Fault[] {
  const kind = Families.kindOf(model)
  if (kind === 'upscale') return []
  const limit = model.model_spec.constraints.prompt_character_limit ?? promptLimit
  const allowed = `1 to ${limit.toLocaleString('en-US')} characters`
  const isNeeded = !Families.of(model.id).promptless
  const { prompt } = request
  const isBlank = prompt !== undefined && prompt.trim() === ''
  return [
    ...((prompt === undefined && isNeeded) || isBlank
      ? [{ allowed, field: 'prompt', fix: { prompt: '(what the video shows)' }, given: prompt }]
      : []),
    // A shorter prompt would be another video, so none is proposed.
    ...(['prompt', 'negative_prompt'] as const)
      .filter((field) => (request[field]?.length ?? 0) > limit)
      .map((field) => ({ allowed, field, given: request[field] })),
  ]
}

function checkOptions(model: Venice.Model, request: Video.Request): Issue.Fault[] {
  const { aspect_ratios, audio_configurable, resolutions } = model.model_spec.constraints
  const isUpscale = Families.kindOf(model) === 'upscale'
  return [
    ...checkDuration(model, request),
    ...(isRatioOfSource(model, request)
      ? []
      : choose(request, { name: 'aspect_ratio', need: 'required', offered: aspect_ratios })),
    ...(isUpscale
      ? checkFactor(request, resolutions)
      : choose(request, { name: 'resolution', need: 'optional', offered: resolutions })),
    ...(audio_configurable === false
      ? Rules.refuse(request, 'audio', 'nothing, because its sound cannot be chosen')
      : []),
  ]
}

function checkDuration(model: Venice.Model, request: Video.Request): Issue.Fault[] {
  const { durations } = model.model_spec.constraints
  const { duration: given, reference_video_urls: videos } = request
  const isMatched = (given === 'auto' || given === '-1') && Families.of(model.id).omni === true
  if (isMatched && !durations?.includes(given))
    return videos
      ? []
      : [Rules.missing('reference_video_urls', `the video whose length "${given}" follows`)]
  if (!durations?.includes('Auto'))
    return choose(request, { name: 'duration', need: 'required', offered: durations })
  const listed = durations.filter((value) => value !== 'Auto')
  const seconds = /^\d+(\.\d+)?$/.test(given ?? '') ? Number(given) : Number.NaN
  const isSeconds = seconds > 0 && seconds <= longestSource
  if (given === undefined || isSeconds || listed.includes(given)) return []
  const allowed = `nothing, because the length follows the source; or its seconds, such as "12.5", at most ${longestSource}`
  const others = listed.length > 0 ? `; or ${printable(listed.join(', '))}` : ''
  return [{ allowed: allowed + others, field: 'duration', fix: { duration: undefined }, given }]
}

/** Shapes that follow the source are taken unlisted by some families, where there is a source. */
function isRatioOfSource(model: Venice.Model, request: Video.Request): boolean {
  const { aspect_ratio: given, reference_video_urls: videos } = request
  const names = given === 'adaptive' || given === 'auto'
  return names && videos !== undefined && Families.of(model.id).ratioOfSource === true
}

function checkFactor(request: Video.Request, listed: readonly string[] = []): Issue.Fault[] {
  const factors = new Set([1, 2, 4, ...listed.map((name) => Number.parseFloat(name))])
  const given = request.upscale_factor
  if (given === undefined || factors.has(given)) return []
  const offered = [...factors].toSorted((a, b) => a - b)
  const near = offered.toSorted((a, b) => Math.abs(a - given) - Math.abs(b - given))[0]
  const fix = { upscale_factor: near }
  return [{ allowed: offered.join(', '), field: 'upscale_factor', fix, given }]
}

/**
 * `video_input` is about `video_url` and `audio_input` about `audio_url`; neither about references.
 * Rows leave them out where they are false, so of the kinds that are known, silence says no.
 */
function checkInputs(model: Venice.Model, request: Video.Request): Issue.Fault[] {
  const kind = Families.kindOf(model)
  const { audio_input, video_input } = model.model_spec.constraints
  const refused = (input: boolean | undefined) => input === false || (input !== true && kind)
  const isSource = kind === 'source' || kind === 'upscale'
  return [
    ...(refused(audio_input) ? Rules.refuse(request, 'audio_url', nothing) : []),
    ...(refused(video_input) && !isSource && kind !== 'text'
      ? Rules.refuse(request, 'video_url', nothing)
      : []),
    ...(video_input === true && request.video_url === undefined
      ? [Rules.missing('video_url', Rules.theSource)]
      : []),
  ]
}

type Choice = 'aspect_ratio' | 'duration' | 'resolution'

function choose(
  request: Video.Request,
  options: { name: Choice; need: 'optional' | 'required'; offered: readonly string[] | undefined },
): Issue.Fault[] {
  const { name, need, offered } = options
  const given = request[name]
  if (!offered) return []
  if (offered.length === 0) return Rules.refuse(request, name, nothing)
  if (given === undefined && need === 'optional') return []
  if (given !== undefined && offered.includes(given)) return []
  const fix = { [name]: closestOf(name, given ?? usual[name], offered) }
  return [{ allowed: printable(offered.join(', ')), field: name, fix, given }]
}

const usual = { aspect_ratio: '16:9', duration: '5s', resolution: '720p' } as const

/** The offered value nearest to a given one: in seconds, in pixels of the short side, in shape. */
export function closestOf(name: Choice, given: string, offered: readonly string[]): string {
  const measure = measures[name]
  const same = offered.find((value) => value.toLowerCase() === given.toLowerCase())
  if (same !== undefined) return same
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
