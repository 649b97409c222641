import type { Entry } from '../../src/sandbox/catalogue.js'
import type * as Venice from '../../src/Venice.js'
import * as Video from '../../src/Video.js'
import { dataUrl, png, wav } from '../support/media.js'

/** A model as the API lists it, and the inputs that the sandbox's own table says it takes. */
export type Subject = { entry: Entry; model: Venice.Model }

/** One request, and which options it tries. */
export type Case = { options: string[]; request: Video.Request }

/** Length and shape of the clip that is sent where a model wants one. */
export const clip = { height: 360, seconds: 4, width: 640 }

type Fields = Record<string, unknown>

/**
 * Every option of a model, as `field=value`: what the API lists, and each input of its kind. One
 * that no case tries is found out by comparing.
 */
export function optionsOf(subject: Subject): string[] {
  return Object.entries(valuesOf(subject)).flatMap(([field, values]) =>
    values.map((value) => nameOf(field, value)),
  )
}

/**
 * Requests that try every option at least once; `full` tries every combination of the listed ones.
 * `video` is a clip as a data URL.
 */
export function casesOf(subject: Subject, options: casesOf.Options): Case[] {
  const { full = false, video } = options
  const values = valuesOf(subject)
  const fixed = full ? product(values) : zip(values)
  const media = Object.entries(mediaOf(subject.entry, video)).filter(
    ([field]) => !(field in requiredOf(subject.entry, video)),
  )
  const [first = {}] = fixed
  const all = [...fixed, ...media.map(([field, value]) => ({ ...first, [field]: value }))]
  return all.map((fields) => caseOf(subject, fields, video))
}

export declare namespace casesOf {
  type Options = { full?: boolean | undefined; video: string }
}

/** What can be chosen, field by field. Media are one option each: given. */
function valuesOf({ entry, model }: Subject): Record<string, readonly unknown[]> {
  const { constraints } = model.model_spec
  const { kind, rules } = entry
  const media = Object.keys(mediaOf(entry, ''))
  return {
    ...some(
      'duration',
      constraints.durations?.filter((value) => value !== 'Auto'),
    ),
    ...(kind !== 'upscale' && some('resolution', constraints.resolutions)),
    ...some('aspect_ratio', constraints.aspect_ratios),
    ...(constraints.audio_configurable && { audio: [true, false] }),
    ...(kind === 'upscale' && { upscale_factor: [1, 2, 4] }),
    ...(rules.bitrate && { bitrate_mode: ['standard', 'high'] }),
    ...(rules.omni && {
      omni_reference_task_type: ['auto', 'reference', 'edit', 'extend'],
    }),
    ...Object.fromEntries(media.map((field) => [field, ['given']])),
  }
}

function some(field: string, values: readonly string[] = []) {
  return values.length > 0 ? { [field]: values } : {}
}

/** One of everything that the model takes. */
function mediaOf({ rules, spec }: Entry, video: string): Fields {
  const image = dataUrl('image/png', png(640, 360))
  const sound = dataUrl('audio/wav', wav(3))
  const all: Record<string, unknown> = {
    audio_url: sound,
    camera_trajectory: [
      { azimuth: 0, distance: 2, elevation: 0, time: 0 },
      { azimuth: 90, distance: 3, elevation: 20, time: 1 },
    ],
    elements: [{ frontal_image_url: image }],
    end_image_url: image,
    image_url: image,
    reference_audio_urls: [sound],
    reference_document_urls: [dataUrl('application/pdf', Buffer.from('%PDF-1.7\n%%EOF\n'))],
    reference_image_urls: [image],
    reference_video_urls: [video],
    scene_image_urls: [image],
    video_url: video,
  }
  const takes: Record<string, unknown> = {
    ...rules,
    audio_url: spec.constraints.audio_input,
    camera_trajectory: rules.trajectory,
    reference_audio_urls: rules.sounds,
    reference_document_urls: rules.documents,
    reference_image_urls: rules.images,
    reference_video_urls: rules.videos,
    scene_image_urls: rules.elements,
  }
  // Where frames and references exclude each other, the references are tried.
  const isShut = (field: string) => rules.eitherOr === true && /^(end_)?image_url$/.test(field)
  return Object.fromEntries(
    Object.entries(all).filter(([field]) => takes[field] !== undefined && !isShut(field)),
  )
}

/** What no request to this model may lack. */
function requiredOf(entry: Entry, video: string): Fields {
  const { rules } = entry
  return Object.fromEntries(
    Object.entries(mediaOf(entry, video)).filter(
      ([field]) =>
        (rules as Record<string, unknown>)[field] === 'required' ||
        (field === 'image_url' && rules.end_image_url !== undefined && !rules.needsReference) ||
        (field === 'reference_image_urls' && rules.needsReference),
    ),
  )
}

/** Completes what was chosen with what it needs: media, and a prompt of the right shape. */
function caseOf({ entry, model }: Subject, chosen: Fields, video: string): Case {
  const given = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== 'given'))
  const needed = workflowOf(entry, given, video)
  const fields: Fields = { ...given, ...requiredOf(entry, video), ...needed, model: model.id }
  if ('end_image_url' in fields) fields['image_url'] ??= mediaOf(entry, video)['image_url']
  if (entry.kind === 'upscale') delete fields['prompt']
  const request = Video.Request.parse(fields)
  const isMedia = new Set(Object.keys(mediaOf(entry, video)))
  const options = Object.entries(request)
    .filter(([field]) => field !== 'model' && field !== 'prompt')
    .map(([field, value]) => nameOf(field, isMedia.has(field) ? 'given' : value))
  return { options, request: alike(request) }
}

/** The prompt, and what has to come with it: Seedance reads the task from its shape. */
function workflowOf({ rules }: Entry, chosen: Fields, video: string): Fields {
  if (!rules.seedance || !rules.needsReference) return { prompt: 'A gondola at dawn' }
  const { aspect_ratio: ratio, duration, omni_reference_task_type: task } = chosen
  const clips = { reference_video_urls: [video] }
  const matched = duration === 'auto' || duration === '-1'
  if (task === 'extend' && !matched)
    return { ...clips, prompt: 'Extend <Video 1>, generate a bridge' }
  if (matched || task === 'edit' || ratio === 'adaptive' || ratio === 'auto')
    return {
      ...clips,
      prompt: 'Strictly edit <Video 1>, make it night',
      ...(task !== undefined && task !== 'auto' && { omni_reference_task_type: 'edit' }),
    }
  return { prompt: 'Refer to the boat in <Image 1> and let it float' }
}

/** Changes the prompt until the sandbox draws the one picture that is rendered already. */
function alike(request: Video.Request): Video.Request {
  if (request.prompt === undefined) return request
  for (let take = 1; ; take += 1) {
    const next = { ...request, prompt: `${request.prompt}, take ${take}` }
    if (Number.parseInt(Video.hashOf(next).slice(0, 8), 16) % 8 === 0) return next
  }
}

function nameOf(field: string, value: unknown): string {
  return `${field}=${String(value)}`
}

/** As many as the longest list is long, so that each value comes at least once. */
function zip(values: Record<string, readonly unknown[]>): Fields[] {
  const count = Math.max(...Object.values(values).map(({ length }) => length))
  return Array.from({ length: count }, (_, index) =>
    Object.fromEntries(
      Object.entries(values).map(([field, list]) => [field, list[index % list.length]]),
    ),
  )
}

function product(values: Record<string, readonly unknown[]>): Fields[] {
  return Object.entries(values).reduce<Fields[]>(
    (all, [field, list]) => list.flatMap((value) => all.map((one) => ({ ...one, [field]: value }))),
    [{}],
  )
}
