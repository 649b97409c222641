import * as Video from '../Video.js'
import type { Entry, Rules } from './catalogue.js'
import type { Issue } from './readJson.js'

/** Fields that carry media, and the kind of data URL each takes. */
const media = {
  audio_url: 'audio',
  end_image_url: 'image',
  image_url: 'image',
  reference_audio_urls: 'audio',
  reference_document_urls: 'document',
  reference_image_urls: 'image',
  reference_video_urls: 'video',
  scene_image_urls: 'image',
  video_url: 'video',
} as const

const references = [
  'elements',
  'reference_document_urls',
  'reference_image_urls',
  'reference_video_urls',
  'scene_image_urls',
] as const

/** Everything about a queue body that its model refuses. The shape has been checked before. */
export function checkRequest(entry: Entry, request: Video.Request): Issue[] {
  return [
    ...checkText(entry, request),
    ...checkShape(entry, request),
    ...checkMedia(entry.rules, request),
    ...checkKeyframes(request),
    ...checkTrajectory(request),
  ]
}

function checkText({ price, promptLimit = 2_500, rules }: Entry, request: Video.Request): Issue[] {
  const { negative_prompt: negative, prompt } = request
  const tooLong = (text = '') => [...text].length > promptLimit
  if (price === 'upscale')
    return [...forbid(request, 'prompt'), ...forbid(request, 'negative_prompt')]
  return [
    ...issue(prompt === undefined, 'prompt', 'Required'),
    ...issue(tooLong(prompt), 'prompt', `Must be at most ${promptLimit} characters`),
    ...(rules.negative_prompt ? [] : forbid(request, 'negative_prompt')),
    ...issue(tooLong(negative), 'negative_prompt', `Must be at most ${promptLimit} characters`),
  ]
}

function checkShape(entry: Entry, request: Video.Request): Issue[] {
  const { aspectRatios, audio, durations, price, resolutions, rules } = entry
  return [
    ...choose(request, 'duration', durations, 'required'),
    ...choose(request, 'aspect_ratio', aspectRatios, 'required'),
    ...choose(request, 'resolution', resolutions, 'optional'),
    ...(price === 'upscale' ? [] : forbid(request, 'upscale_factor')),
    ...(audio === 'configurable' ? [] : forbid(request, 'audio')),
    ...(rules.bitrate_mode ? [] : forbid(request, 'bitrate_mode')),
    ...(rules.omni_reference_task_type ? [] : forbid(request, 'omni_reference_task_type')),
    ...(rules.camera_trajectory ? [] : forbid(request, 'camera_trajectory')),
  ]
}

function checkMedia(rules: Rules, request: Video.Request): Issue[] {
  const issues: Issue[] = []
  for (const name of Object.keys(media) as (keyof typeof media)[]) {
    const rule = rules[name]
    const value = request[name]
    const urls = value === undefined ? [] : [value].flat()
    if (rule === undefined) issues.push(...forbid(request, name))
    if (rule === 'required' && value === undefined) issues.push(at(name, 'Required'))
    if (typeof rule === 'number' && urls.length > rule) issues.push(at(name, `At most ${rule}`))
    if (urls.some((url) => !isMedia(url, media[name])))
      issues.push(at(name, `Must be an http(s) URL or a data URL of the right kind`))
  }
  for (const name of ['elements', 'keyframes'] as const) {
    const most = rules[name]
    const count = request[name]?.length ?? 0
    if (most === undefined) issues.push(...forbid(request, name))
    else if (count > most) issues.push(at(name, `At most ${most}`))
  }
  const given = references.filter((name) => request[name] !== undefined)
  if (request.reference_audio_urls && given.length === 0)
    issues.push(at('reference_audio_urls', 'Needs a reference image or video beside it'))
  else if (rules.needsReference && given.length === 0)
    issues.push(at('reference_image_urls', 'At least one reference is required'))
  return issues
}

function checkKeyframes({ duration, keyframes = [] }: Video.Request): Issue[] {
  const frames = keyframes.map(({ frame_index: index }) => index)
  const last = (Video.secondsOf(duration) ?? 30) * 24
  return [
    ...issue(new Set(frames).size < frames.length, 'keyframes', 'Each frame_index must be unique'),
    ...issue(
      frames.some((index) => index > last),
      'keyframes',
      `Each frame_index must be at most ${last}`,
    ),
    ...issue(
      keyframes.some(({ image_url: url }) => !isMedia(url, 'image')),
      'keyframes',
      'Each image_url must be an http(s) URL or a data:image URL',
    ),
  ]
}

function checkTrajectory({ camera_trajectory: points, image_url: image }: Video.Request): Issue[] {
  if (!points) return []
  const rising = points.every(({ time }, index) => index === 0 || time > points[index - 1]!.time)
  return [
    ...issue(!rising, 'camera_trajectory', 'Times must rise'),
    ...issue(image === undefined, 'camera_trajectory', 'Needs image_url'),
  ]
}

function choose(
  request: Video.Request,
  name: 'aspect_ratio' | 'duration' | 'resolution',
  offered: readonly string[],
  need: 'optional' | 'required',
): Issue[] {
  const value = request[name]
  if (offered.length === 0) return forbid(request, name)
  if (value === undefined) return issue(need === 'required', name, 'Required')
  return issue(!offered.includes(value), name, `Must be one of ${offered.join(', ')}`)
}

function forbid(request: Video.Request, name: keyof Video.Request): Issue[] {
  return issue(request[name] !== undefined, name, 'Not supported by this model')
}

function issue(wrong: boolean, name: string, message: string): Issue[] {
  return wrong ? [at(name, message)] : []
}

function at(name: string, message: string): Issue {
  return { message, path: [name] }
}

function isMedia(url: string, kind: (typeof media)[keyof typeof media]): boolean {
  if (/^https?:\/\//i.test(url)) return URL.canParse(url)
  return kind === 'document' ? /^data:[\w.+-]+\//i.test(url) : url.startsWith(`data:${kind}/`)
}
