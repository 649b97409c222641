import * as Families from './Families.js'
import { isPublicHost } from './internal/isPublicHost.js'
import type * as Issue from './Issue.js'
import * as Media from './Media.js'
import type * as Venice from './Venice.js'
import * as Video from './Video.js'

type Field = keyof Video.Request
type Model = Venice.Model

/** Pictures a second in the video that keyframes are pinned to. */
const frameRate = 24

/** Degrees that a camera may travel in all: 32 turns. */
const mostDegrees = 32 * 360

/** The published rules that no row of the catalogue says: of families, and between fields. */
export function check(model: Model, request: Video.Request): Issue.Fault[] {
  return [
    ...checkHosts(request),
    ...checkKind(model, request),
    ...checkFamily(model, request),
    ...checkReferences(model, request),
    ...checkElements(model, request),
    ...checkKeyframes(request),
    ...checkTrajectory(request),
  ]
}

/** A needed field that is not there; the fix has a place for it. */
export function missing(field: string, allowed: string): Issue.Fault {
  const value = field.endsWith('_urls') ? [`(${allowed})`] : `(${allowed})`
  return { allowed, field, fix: { [field]: value }, given: undefined }
}

/** A field that is not taken. Media that would be lost without it are not proposed away. */
export function refuse(request: Video.Request, field: Field, allowed: string): Issue.Fault[] {
  const given = request[field]
  if (given === undefined) return []
  return [{ allowed, field, ...(!carriesMedia(field) && { fix: { [field]: undefined } }), given }]
}

/** Whether leaving a field out would change what is bought, and not only how. */
export function carriesMedia(field: string): boolean {
  return content.has(field)
}

/** What a video can refer to, beside sounds, which are never the only reference. */
export const references = [
  'elements',
  'image_references',
  'reference_document_urls',
  'reference_image_urls',
  'reference_video_urls',
  'scene_image_urls',
  'video_references',
] as const
const frames = ['end_image_url', 'image_url', 'keyframes'] as const
/** Everything a video is made of, beside its prompt. */
const content = new Set<string>([
  ...references,
  ...frames,
  'audio_url',
  'camera_trajectory',
  'reference_audio_urls',
  'video_url',
])

function checkHosts(request: Video.Request): Issue.Fault[] {
  return Media.places(request)
    .filter(({ url }) => Media.sourceOf(url) === 'web' && !isPublicHost(new URL(url).hostname))
    .map(({ field, url: given }) => ({ allowed: publicHost, field, given }))
}

const publicHost = 'a URL on a public host, a data URL or the path of a file'

const onlyVideo = 'nothing: an upscale takes video_url and upscale_factor only'
/** What an upscale takes; which lengths, the row says. */
const forUpscale = new Set<string>([
  'anon_user_id',
  'duration',
  'model',
  'upscale_factor',
  'video_url',
])

/**
 * Whether a first frame alone is enough of a model that takes references: where it counts among them, or one
 * takes either. Elsewhere it is another model's.
 */
function isFrameEnough({ id }: Model): boolean {
  const { eitherOr, elements } = Families.of(id)
  return Boolean(eitherOr || elements)
}

/** What the kind of a model cannot do without, and what it does not take. */
function checkKind(model: Model, request: Video.Request): Issue.Fault[] {
  const kind = Families.kindOf(model)
  const given = (names: readonly Field[]) => names.some((name) => request[name] !== undefined)
  const { image_url: image, end_image_url: end, video_url: source } = request
  const firstFrame = 'the first frame: a URL, a data URL or a path'
  switch (kind) {
    case 'text':
      return [...content]
        .filter((field) => field !== 'audio_url')
        .flatMap((field) =>
          refuse(request, field as Field, 'nothing, because this is a text-to-video model'),
        )
    case 'upscale':
      return [
        ...Object.keys(request)
          .filter((field) => !forUpscale.has(field))
          .flatMap((field) => refuse(request, field as Field, onlyVideo)),
        ...(source === undefined ? [missing('video_url', theSource)] : []),
      ]
    case 'frames':
      return [
        ...(image === undefined ? [missing('image_url', firstFrame)] : []),
        ...(end === undefined ? [missing('end_image_url', 'the last frame')] : []),
      ]
    case 'frame':
      return image === undefined && !given(['keyframes', ...references])
        ? [missing('image_url', firstFrame)]
        : []
    case 'references':
      return given([...references, ...(isFrameEnough(model) ? frames : [])])
        ? []
        : [missing('reference_image_urls', 'at least one reference')]
    case 'source':
    case undefined:
      return []
  }
}

/** What is missing where a source is. */
export const theSource = 'the source video: a URL, a data URL or a path'

/** Fields that one family takes and no other. */
function checkFamily(model: Model, request: Video.Request): Issue.Fault[] {
  const family = Families.of(model.id)
  const kind = Families.kindOf(model)
  const { per_reference_audio: perReference } = model.model_spec.constraints
  const only = (field: Field, fits: boolean | undefined, who: string) =>
    fits ? [] : refuse(request, field, `nothing, because it is for ${who} only`)
  const { end_image_url: end, image_url: image, omni_reference_task_type: task } = request
  const { reference_video_urls: videos } = request
  const works = ['edit', 'editing', 'extend', 'extension'].includes(task ?? '')
  return [
    ...only('upscale_factor', kind === 'upscale', 'upscale models'),
    ...only('bitrate_mode', family.bitrate, 'Seedance 2.0 and 2.5'),
    ...only('omni_reference_task_type', family.omni, 'Seedance 2.5 reference-to-video'),
    ...only('camera_trajectory', family.trajectory, 'multi-angle models'),
    ...only('voice_id', family.voice, 'Grok Imagine 1.5 reference-to-video'),
    ...only('reference_document_urls', family.document, 'Wan 3.0 reference-to-video'),
    ...only('elements', family.elements, 'Kling’s reference-to-video'),
    ...only('scene_image_urls', family.elements, 'Kling’s reference-to-video'),
    ...only('image_references', kind === 'references', 'reference-to-video models'),
    ...only(
      'video_references',
      perReference ?? family.videoReferences,
      'models with sound per reference',
    ),
    ...(end !== undefined && image === undefined && kind !== 'text'
      ? [missing('image_url', 'the first frame, which end_image_url needs beside it')]
      : []),
    ...(family.needsFrame && image === undefined
      ? [missing('image_url', 'the first frame, which this model needs beside its references')]
      : []),
    ...(works && family.omni && videos === undefined
      ? [missing('reference_video_urls', `the video that “${task}” starts from`)]
      : []),
    ...(family.frameless
      ? (['image_url', 'end_image_url'] as const).flatMap((field) =>
          refuse(request, field, 'nothing: a picture goes into reference_image_urls'),
        )
      : []),
    ...(family.eitherOr && references.some((name) => request[name] !== undefined)
      ? (['image_url', 'end_image_url'] as const).flatMap((field) =>
          refuse(request, field, 'frames or references, not both on this model'),
        )
      : []),
  ]
}

function checkReferences(model: Model, request: Video.Request): Issue.Fault[] {
  const { images, sounds, videos } = Families.of(model.id)
  const isText = Families.kindOf(model) === 'text'
  const others = references.filter((name) => request[name] !== undefined)
  const alone = request.reference_audio_urls !== undefined && others.length === 0
  // Where a family takes reference sounds, the soundtrack is one of them.
  const tracks = sounds && sounds.count > 0 && request.audio_url !== undefined ? 1 : 0
  if (isText) return []
  return [
    ...most(request, 'reference_image_urls', images),
    ...most(request, 'image_references', images),
    ...most(request, 'reference_video_urls', videos?.count),
    ...most(request, 'reference_audio_urls', sounds && sounds.count - tracks),
    ...(alone
      ? [
          {
            allowed: 'sounds beside a reference image or video, not alone',
            field: 'reference_audio_urls',
            given: request.reference_audio_urls,
          },
        ]
      : []),
  ]
}

function checkElements(model: Model, request: Video.Request): Issue.Fault[] {
  const { elements = [], scene_image_urls: scenes = [] } = request
  const { visuals } = Families.of(model.id)
  const frames = [request.image_url, request.end_image_url].filter(Boolean).length
  const count = frames + elements.length + scenes.length
  const empty = elements.flatMap((element, index) => {
    const given = element.frontal_image_url ?? element.video_url
    const allowed = 'frontal_image_url or video_url'
    return given === undefined ? [{ allowed, field: `elements.${index}`, given: element }] : []
  })
  if (visuals === undefined || count <= visuals) return empty
  const allowed = `at most ${visuals} frames, elements and scenes together`
  return [...empty, { allowed, field: 'elements', given: `${count} of them` }]
}

function checkKeyframes({ duration, keyframes }: Video.Request): Issue.Fault[] {
  if (!keyframes) return []
  const last = Math.floor((Video.secondsOf(duration) ?? 30) * frameRate)
  const isUnique = new Set(keyframes.map((frame) => Math.min(frame.frame_index, last)))
  const fix = {
    keyframes: keyframes.map((frame) => ({
      ...frame,
      frame_index: Math.min(frame.frame_index, last),
    })),
  }
  const mend = isUnique.size === keyframes.length ? { fix } : {}
  return keyframes.flatMap(({ frame_index: given }, index) => {
    const field = `keyframes.${index}.frame_index`
    const isTwice = keyframes.findIndex((frame) => frame.frame_index === given) < index
    return [
      ...(given > last
        ? [{ allowed: `0 to ${last} (${frameRate} a second)`, field, ...mend, given }]
        : []),
      ...(isTwice ? [{ allowed: 'each frame once', field, given }] : []),
    ]
  })
}

function checkTrajectory(request: Video.Request): Issue.Fault[] {
  const { camera_trajectory: points, image_url: image } = request
  if (!points) return []
  const sorted = points.toSorted((a, b) => a.time - b.time)
  const rises = sorted.every(({ time }, index) => index === 0 || time > sorted[index - 1]!.time)
  const travel = points
    .slice(1)
    .reduce((sum, { azimuth }, index) => sum + Math.abs(azimuth - points[index]!.azimuth), 0)
  return [
    ...points.flatMap(({ time: given }, index) => {
      const before = points[index - 1]?.time
      if (before === undefined || given > before) return []
      const field = `camera_trajectory.${index}.time`
      const mend = rises ? { fix: { camera_trajectory: sorted } } : {}
      return [{ allowed: `more than ${before}`, field, ...mend, given }]
    }),
    ...(travel > mostDegrees
      ? [{ allowed: 'at most 32 turns in all', field: 'camera_trajectory', given: travel }]
      : []),
    ...(image === undefined ? [missing('image_url', 'the picture the camera moves around')] : []),
  ]
}

function most(
  request: Video.Request,
  field:
    | 'image_references'
    | 'reference_audio_urls'
    | 'reference_image_urls'
    | 'reference_video_urls',
  limit: number | undefined,
): Issue.Fault[] {
  const given = request[field]
  if (given === undefined || limit === undefined || given.length <= limit) return []
  const allowed = limit === 0 ? 'nothing, because this model takes none' : `at most ${limit}`
  return [{ allowed, field, given }]
}
