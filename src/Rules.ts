import type * as Issue from './Issue.js'
import * as Seedance from './Seedance.js'
import * as Video from './Video.js'

/** Whether a model makes a video larger instead of making one. */
export function isUpscale(model: string): boolean {
  return /(^|-)upscale(-|$)/.test(model)
}

/** The most references of each kind: Seedance 2.5 takes more than all others. */
export function referenceLimits(model: string) {
  return model.startsWith('seedance-2-5')
    ? { audio: 10, images: 30, seconds: { each: 30, total: 30 }, videos: 10 }
    : { audio: 3, images: 9, seconds: { each: 15, total: 15 }, videos: 3 }
}

/** Pictures a second in the video that keyframes are pinned to. */
const frameRate = 24

/** The published rules that hold whatever the catalogue says: between fields, and by family. */
export function check(request: Video.Request): Issue.Fault[] {
  return [
    ...checkFamily(request),
    ...checkReferences(request),
    ...checkKeyframes(request),
    ...checkTrajectory(request),
  ]
}

/** A needed field that is not there; the fix has a place for it. */
export function missing(field: string, allowed: string): Issue.Fault {
  const value = field.endsWith('_urls') ? [`(${allowed})`] : `(${allowed})`
  return { allowed, field, fix: { [field]: value }, given: undefined }
}

function checkFamily(request: Video.Request): Issue.Fault[] {
  const { end_image_url: end, image_url: image, model } = request
  const upscale = isUpscale(model)
  const only = (field: keyof Video.Request, fits: boolean, who: string) =>
    fits ? [] : refuse(request, field, `nothing, because it is for ${who} only`)
  const needsBoth = /-first-last-frame-/.test(model) && image !== undefined
  return [
    ...(upscale ? forUpscale.flatMap((field) => refuse(request, field, onlyVideo)) : []),
    ...only('upscale_factor', upscale, 'upscale models'),
    ...only('bitrate_mode', Seedance.isSeedance(model), 'Seedance models'),
    ...only('omni_reference_task_type', isOmni(model), 'Seedance 2.5 reference-to-video'),
    ...(end !== undefined && image === undefined
      ? [{ ...missing('image_url', 'the first frame, which end_image_url needs beside it') }]
      : []),
    ...(needsBoth && end === undefined ? [missing('end_image_url', 'the last frame')] : []),
    ...((upscale || /video-to-video/.test(model)) && request.video_url === undefined
      ? [missing('video_url', 'the source video: a URL, a data URL or a path')]
      : []),
    ...(Seedance.takesReferences(model) ? checkSeedance(request) : []),
  ]
}

const onlyVideo = 'nothing: an upscale takes video_url and upscale_factor only'
const forUpscale = [
  'aspect_ratio',
  'audio',
  'duration',
  'negative_prompt',
  'prompt',
  'resolution',
] as const

function isOmni(model: string): boolean {
  return model.startsWith('seedance-2-5') && Seedance.takesReferences(model)
}

/** What the shape of the prompt decides in Seedance's reference models. */
function checkSeedance(request: Video.Request): Issue.Fault[] {
  const { aspect_ratio: ratio, duration, prompt = '' } = request
  const { omni_reference_task_type: task = 'auto', reference_video_urls: videos } = request
  const workflow = Seedance.workflowOf(prompt)
  const named = workflow === 'stitch' ? 'extend' : workflow
  const wrong = (field: keyof Video.Request, allowed: string, value: unknown): Issue.Fault => ({
    allowed,
    field,
    fix: { [field]: value },
    given: request[field],
  })
  const edits = videos !== undefined && (workflow === 'edit' || (!workflow && task === 'edit'))
  const follows = edits || (videos !== undefined && (named ?? task) === 'extend')
  return [
    ...((duration === 'auto' || duration === '-1') && !edits
      ? [wrong('duration', `a length in seconds; a matched one needs ${editing}`, '5s')]
      : []),
    ...((ratio === 'adaptive' || ratio === 'auto') && !follows
      ? [
          wrong(
            'aspect_ratio',
            `a fixed shape; a matched one needs ${editing} or an extension`,
            '16:9',
          ),
        ]
      : []),
    ...(task !== 'auto' && named !== undefined && named !== task
      ? [wrong('omni_reference_task_type', `auto or ${named}, as the prompt is shaped`, named)]
      : []),
  ]
}

const editing = 'reference_video_urls and a prompt that edits (Strictly edit <Video 1>, …)'

const references = [
  'elements',
  'reference_document_urls',
  'reference_image_urls',
  'reference_video_urls',
  'scene_image_urls',
] as const

function checkReferences(request: Video.Request): Issue.Fault[] {
  const { audio, images, videos } = referenceLimits(request.model)
  const given = references.filter((name) => request[name] !== undefined)
  const alone = request.reference_audio_urls !== undefined && given.length === 0
  const isReference = request.model.includes('reference-to-video')
  const bare = isReference && given.length === 0 && request.image_url === undefined
  return [
    ...most(request, 'reference_image_urls', images),
    ...most(request, 'reference_video_urls', videos),
    ...most(request, 'reference_audio_urls', audio),
    ...(alone
      ? refuse(
          request,
          'reference_audio_urls',
          'sounds beside a reference image or video, not alone',
        )
      : []),
    ...(bare && request.video_url === undefined
      ? [missing('reference_image_urls', 'at least one reference')]
      : []),
  ]
}

function checkKeyframes({ duration, keyframes }: Video.Request): Issue.Fault[] {
  if (!keyframes) return []
  const last = (Video.secondsOf(duration) ?? 30) * frameRate
  const kept = keyframes
    .map((frame) => ({ ...frame, frame_index: Math.min(frame.frame_index, last) }))
    .filter(
      ({ frame_index: at }, index, all) => all.findIndex((one) => one.frame_index === at) === index,
    )
  const fix = { keyframes: kept }
  return keyframes.flatMap(({ frame_index: given }, index) => {
    const field = `keyframes.${index}.frame_index`
    const isTwice = keyframes.findIndex((frame) => frame.frame_index === given) < index
    return [
      ...(given > last
        ? [{ allowed: `0 to ${last} (${frameRate} a second)`, field, fix, given }]
        : []),
      ...(isTwice ? [{ allowed: 'each frame once', field, fix, given }] : []),
    ]
  })
}

function checkTrajectory(request: Video.Request): Issue.Fault[] {
  const { camera_trajectory: points, image_url: image } = request
  if (!points) return []
  const rising = points
    .toSorted((a, b) => a.time - b.time)
    .filter(({ time }, index, all) => index === 0 || time > (all[index - 1]?.time ?? 0))
  const fix = { camera_trajectory: rising.length > 1 ? rising : undefined }
  return [
    ...points.flatMap(({ time }, index) => {
      const before = points[index - 1]?.time
      return before === undefined || time > before
        ? []
        : [
            {
              allowed: `more than ${before}`,
              field: `camera_trajectory.${index}.time`,
              fix,
              given: time,
            },
          ]
    }),
    ...(image === undefined ? [missing('image_url', 'the picture the camera moves around')] : []),
  ]
}

function most(
  request: Video.Request,
  field: 'reference_audio_urls' | 'reference_image_urls' | 'reference_video_urls',
  limit: number,
): Issue.Fault[] {
  const given = request[field] ?? []
  if (given.length <= limit) return []
  return [{ allowed: `at most ${limit}`, field, fix: { [field]: given.slice(0, limit) }, given }]
}

function refuse(
  request: Video.Request,
  field: keyof Video.Request,
  allowed: string,
): Issue.Fault[] {
  const given = request[field]
  return given === undefined ? [] : [{ allowed, field, fix: { [field]: undefined }, given }]
}
