import * as Issue from './Issue.js'
import type * as Media from './Media.js'
import * as Rules from './Rules.js'
import * as Seedance from './Seedance.js'
import type * as Video from './Video.js'

const megabyte = 1024 * 1024

/** The longest source of an upscale, in seconds. */
const longestUpscale = 300

/** Everything about the media of a request that the published limits refuse. */
export function check(
  request: Video.Request,
  { media }: { media: readonly Media.Medium[] },
): Issue.Issue[] {
  return [
    ...media.flatMap((medium) => checkOne(request, medium)),
    ...checkTotal(
      media,
      'reference_video_urls',
      Rules.referenceLimits(request.model).seconds.total,
    ),
    ...checkTotal(media, 'reference_audio_urls', longestSound),
  ]
}

/** Seconds of the reference sounds of a request together, and of each. */
const longestSound = 15

function checkOne(request: Video.Request, medium: Media.Medium): Issue.Issue[] {
  const { bytes, field, seconds, type, unreadable } = medium
  const [name = ''] = field.split('.')
  const { each } = Rules.referenceLimits(request.model).seconds
  const wrong = (allowed: string, given: unknown) => [{ allowed, field, given }]
  if (unreadable !== undefined)
    return [{ allowed: 'a video that can be read', field, given: type, seems: unreadable }]
  switch (name) {
    case 'audio_url':
      return [
        ...(bytes > 15 * megabyte ? wrong('at most 15 MB', Issue.size(bytes)) : []),
        ...checkLength(medium, { least: 0, most: 30 }),
      ]
    case 'reference_audio_urls':
      return checkLength(medium, { least: 2, most: longestSound })
    case 'reference_video_urls': {
      if (type === 'video/webm') return wrong('MP4 or MOV', type)
      const matched = request.duration === 'auto' || request.duration === '-1'
      return checkLength(medium, { least: matched ? 4 : 2, most: each })
    }
    case 'video_url':
      return Rules.isUpscale(request.model)
        ? checkLength(medium, { least: 0, most: longestUpscale })
        : []
    case 'end_image_url':
    case 'image_url':
    case 'reference_image_urls':
      return Seedance.isSeedance(request.model) && seconds === undefined ? checkPicture(medium) : []
    default:
      return []
  }
}

function checkLength(
  { field, seconds }: Media.Medium,
  { least, most }: { least: number; most: number },
): Issue.Issue[] {
  if (seconds === undefined || (seconds >= least && seconds <= most)) return []
  const allowed = least > 0 ? `${least} to ${most} s` : `at most ${most} s`
  return [{ allowed, field, given: `${seconds.toFixed(1)} s` }]
}

/** Seedance's limits: sides of at least 300 pixels, a shape between 0.4 and 2.5. */
function checkPicture({ field, height, type, width }: Media.Medium): Issue.Issue[] {
  const wrong = (allowed: string, given: string) => [{ allowed, field, given }]
  if (width === undefined || height === undefined)
    // Only these four tell their size in a header that is read here.
    return /^image\/(png|jpeg|gif|webp)$/.test(type)
      ? wrong('a picture that can be read', type)
      : []
  const given = `${width} × ${height} pixels`
  const ratio = width / height
  return [
    ...(Math.min(width, height) < 300 ? wrong('sides of at least 300 pixels', given) : []),
    ...(ratio <= 0.4 || ratio >= 2.5 ? wrong('width by height between 0.4 and 2.5', given) : []),
  ]
}

function checkTotal(media: readonly Media.Medium[], name: string, most: number): Issue.Issue[] {
  const clips = media.filter(({ field }) => field.startsWith(`${name}.`))
  const total = clips.reduce((sum, { seconds = 0 }) => sum + seconds, 0)
  if (clips.length < 2 || total <= most) return []
  const given = `${total.toFixed(1)} s in all`
  return [{ allowed: `at most ${most} s in all`, field: name, given }]
}
