import type { Entry } from './catalogue.js'
import type { Clips } from './families.js'
import { issue } from './issues.js'
import { bytesOf, type Source } from './probeMedia.js'
import type { Request } from './queueBody.js'
import type { Issue } from './readJson.js'
import { secondsOf } from './secondsOf.js'

const megabyte = 1_048_576

/** Lengths of the clip that a matched duration follows, in seconds. */
const matchable = { least: 4, most: 30 }

/** Lengths and sizes of the reference videos: of each, of all, and with what is made of them. */
export function checkClips(
  { rules }: Entry,
  { clips, request }: { clips: readonly Source[]; request: Request },
): Issue[] {
  if (!rules.videos || clips.length === 0) return []
  const name = 'reference_video_urls'
  const urls = request.reference_video_urls ?? []
  const seconds = clips.map((clip) => clip.seconds)
  const sum = seconds.reduce((all, one) => all + one, 0)
  const readable = urls.every((url) => url.startsWith('data:'))
  const isMatched = rules.matched?.duration?.includes(request.duration ?? '')
  const made = secondsOf(request.duration) ?? 0
  return [
    ...checkSizes(name, urls, rules.videos),
    ...checkLengths(name, seconds, rules.videos),
    ...issue(
      readable && sum > (rules.videos.total ?? Infinity),
      name,
      `Must be at most ${rules.videos.total} seconds in all`,
    ),
    ...issue(
      isMatched === true && (sum < matchable.least || sum > matchable.most),
      name,
      `A matched duration needs a source of ${matchable.least} to ${matchable.most} seconds`,
    ),
    ...issue(
      readable && rules.total !== undefined && sum + made > rules.total,
      'duration',
      `Reference videos and result must be at most ${rules.total} seconds in all`,
    ),
  ]
}

/** What is wrong with the lengths of some clips, each by itself. */
export function checkLengths(name: string, seconds: readonly number[], limits: Clips): Issue[] {
  const [least, most] = limits.each ?? [0, Infinity]
  const wrong = seconds.some((length) => length < least || length > most)
  return issue(wrong, name, `Each must be ${least} to ${most} seconds long`)
}

/** What is wrong with the sizes of some clips, as far as they came with the request. */
export function checkSizes(name: string, urls: readonly string[], limits: Clips): Issue[] {
  const { eachMb = Infinity } = limits
  const sizes = urls.map((url) => (bytesOf(url)?.length ?? 0) / megabyte)
  return issue(Math.max(...sizes) > eachMb, name, `Each must be at most ${eachMb} MB`)
}
