import type { Entry } from './catalogue.js'
import { checkMedia } from './checkMedia.js'
import { at, forbid, issue } from './issues.js'
import type { Request } from './queueBody.js'
import type { Issue } from './readJson.js'
import { secondsOf } from './secondsOf.js'
import type { Behavior } from './world.js'

/** Characters of a prompt where the row names no limit. */
const promptLimit = 2_500

/** The longest length that may be sent as a number, in seconds. */
const longest = 300

/** Everything about a queue body that its model refuses. The shape has been checked before. */
export function checkRequest(entry: Entry, request: Request, behavior: Behavior = 'live'): Issue[] {
  return [
    ...checkText(entry, request, behavior),
    ...checkOptions(entry, request),
    ...checkMedia(entry, request),
    ...checkKeyframes(request),
    ...checkTrajectory(request),
    ...(behavior === 'documented' ? [] : forbid(request, 'reference_video_total_duration')),
  ]
}

/** The notes do not need an upscale's prompt, a guide refuses it. A negative one is only ignored. */
function checkText({ kind, rules, spec }: Entry, request: Request, behavior: Behavior): Issue[] {
  const { negative_prompt: negative = '', prompt } = request
  const { prompt_character_limit: limit = promptLimit } = spec.constraints
  const tooLong = `Must be at most ${limit} characters`
  return [
    ...(kind === 'upscale' && behavior === 'documented' ? forbid(request, 'prompt') : []),
    ...issue(prompt === undefined && !rules.promptOptional, 'prompt', 'prompt is required'),
    ...issue(prompt !== undefined && !/\S/.test(prompt), 'prompt', 'prompt must not be blank'),
    ...issue([...(prompt ?? '')].length > limit, 'prompt', tooLong),
    ...issue([...negative].length > limit, 'negative_prompt', tooLong),
  ]
}

function checkOptions({ kind, rules, spec }: Entry, request: Request): Issue[] {
  const { aspect_ratios, audio_configurable, resolutions } = spec.constraints
  const { aspect_ratio: ratio, resolution, voice_id: voice } = request
  const isUpscale = kind === 'upscale'
  const follows = rules.matched?.ratio.includes(ratio ?? '') && request.reference_video_urls
  return [
    ...checkDuration({ rules, spec }, request),
    ...(follows
      ? []
      : choose(request, { name: 'aspect_ratio', need: true, offered: aspect_ratios })),
    ...(isUpscale
      ? issue(resolution !== undefined, 'resolution', 'Use upscale_factor instead of resolution')
      : choose(request, { name: 'resolution', need: false, offered: resolutions })),
    ...(isUpscale ? [] : forbid(request, 'upscale_factor')),
    ...(audio_configurable ? [] : forbid(request, 'audio')),
    ...(rules.bitrate ? [] : forbid(request, 'bitrate_mode')),
    ...(rules.omni ? [] : forbid(request, 'omni_reference_task_type')),
    ...(rules.trajectory ? [] : forbid(request, 'camera_trajectory')),
    ...(rules.voices ? [] : forbid(request, 'voice_id')),
    ...issue(
      voice !== undefined && rules.voices?.includes(voice) === false,
      'voice_id',
      `Must be one of ${rules.voices?.join(', ')}`,
    ),
  ]
}

/** `Auto` in a list means: leave it out, or say seconds as a number. The word itself is refused. */
function checkDuration({ rules, spec }: Pick<Entry, 'rules' | 'spec'>, request: Request): Issue[] {
  const { duration, reference_video_urls: videos } = request
  const { durations } = spec.constraints
  const lengths = durations.filter((value) => value !== 'Auto')
  const isFree = lengths.length < durations.length
  if (duration !== undefined && rules.matched?.duration?.includes(duration))
    return issue(!videos, 'duration', 'A matched duration needs reference_video_urls')
  if (isFree && duration === undefined) return []
  const seconds = secondsOf(duration)
  const isNumber = duration !== undefined && /^[\d.]+$/.test(duration)
  if (isFree && isNumber && seconds !== undefined)
    return issue(
      seconds <= 0 || seconds > longest,
      'duration',
      `Must be at most ${longest} seconds`,
    )
  if (isFree && lengths.length === 0)
    return [at('duration', 'Leave it out, or send seconds as text')]
  return choose(request, { name: 'duration', need: true, offered: lengths })
}

function checkKeyframes({ duration, keyframes = [] }: Request): Issue[] {
  const frames = keyframes.map(({ frame_index: index }) => index)
  const last = (secondsOf(duration) ?? 30) * 24
  return [
    ...issue(new Set(frames).size < frames.length, 'keyframes', 'Each frame_index must be unique'),
    ...issue(
      frames.some((index) => index > last),
      'keyframes',
      `Each frame_index must be at most ${last}`,
    ),
  ]
}

function checkTrajectory({ camera_trajectory: points = [] }: Request): Issue[] {
  const rising = points.every(({ time }, index) => index === 0 || time > points[index - 1]!.time)
  const travel = points
    .slice(1)
    .reduce((sum, { azimuth }, at) => sum + Math.abs(azimuth - points[at]!.azimuth), 0)
  return [
    ...issue(!rising, 'camera_trajectory', 'Times must rise'),
    ...issue(travel > 32 * 360, 'camera_trajectory', 'Must be at most 32 turns in all'),
  ]
}

function choose(request: Request, options: choose.Options): Issue[] {
  const { name, need, offered } = options
  const value = request[name]
  if (offered.length === 0) return forbid(request, name)
  if (value === undefined) return issue(need, name, `${name} is required`)
  return issue(!offered.includes(value), name, `Must be one of ${offered.join(', ')}`)
}

declare namespace choose {
  type Options = {
    name: 'aspect_ratio' | 'duration' | 'resolution'
    need: boolean
    offered: readonly string[]
  }
}
