import * as Catalogue from './Catalogue.js'
import * as Families from './Families.js'
import * as Issue from './Issue.js'
import type * as Media from './Media.js'
import type * as Venice from './Venice.js'
import * as Video from './Video.js'

const megabyte = 1024 * 1024

/** Everything about the media of a request that the published limits refuse. */
export function check(
  request: Video.Request,
  { media, model }: { media: readonly Media.Medium[]; model: Venice.Model },
): Issue.Issue[] {
  const { sounds, videos } = Families.of(model.id)
  return [
    ...media.flatMap((medium) => checkOne(request, { medium, model })),
    ...checkTotal(media, { clips: videos, names: ['reference_video_urls'] }),
    // The soundtrack is one more of the reference sounds.
    ...checkTotal(media, { clips: sounds, names: ['reference_audio_urls', 'audio_url'] }),
    ...checkThroughput(request, { media, model }),
  ]
}

function checkOne(
  request: Video.Request,
  { medium, model }: { medium: Media.Medium; model: Venice.Model },
): Issue.Issue[] {
  const { field, type, unreadable } = medium
  const [name = ''] = field.split('.')
  const family = Families.of(model.id)
  if (unreadable !== undefined)
    return [{ allowed: 'a video that can be read', field, given: type, seems: unreadable }]
  switch (name) {
    case 'audio_url':
      return [...checkSize(medium, 15), ...checkLength(medium, { least: 0, most: 30 })]
    case 'reference_audio_urls':
      return checkClip(medium, family.sounds)
    case 'reference_video_urls': {
      if (type === 'video/webm') return [{ allowed: 'MP4 or MOV', field, given: type }]
      const matched = request.duration === 'auto' || request.duration === '-1'
      const { videos } = family
      return checkClip(medium, matched && videos ? { ...videos, least: 4 } : videos)
    }
    case 'reference_document_urls':
      return checkSize(medium, 100)
    case 'video_url':
      return Families.kindOf(model) === 'upscale' || Catalogue.followsSource(model)
        ? checkLength(medium, { least: 0, most: Catalogue.longestSource })
        : []
    case 'reference_image_urls':
      return checkShape(medium, shapeOf(model))
    case 'end_image_url':
    case 'image_url':
      return checkSide(medium, family.frameSide)
    default:
      return []
  }
}

function checkClip(medium: Media.Medium, clips: Families.Clips | undefined): Issue.Issue[] {
  const { least = 0, most = Infinity, size } = clips ?? {}
  return [...checkSize(medium, size), ...checkLength(medium, { least, most })]
}

function checkSize({ bytes, field }: Media.Medium, most: number | undefined): Issue.Issue[] {
  if (most === undefined || bytes <= most * megabyte) return []
  return [{ allowed: `at most ${most} MB`, field, given: Issue.size(bytes) }]
}

function checkLength(
  { field, seconds }: Media.Medium,
  { least, most }: { least: number; most: number },
): Issue.Issue[] {
  if (seconds === undefined || (seconds >= least && seconds <= most)) return []
  const allowed = least > 0 ? `${least} to ${most} s` : `at most ${most} s`
  return [{ allowed, field, given: `${seconds.toFixed(1)} s` }]
}

/** Width by height of a reference image: what the row says, else what the family knows. */
function shapeOf({ id, model_spec }: Venice.Model): Families.Family['shape'] {
  const { reference_image_max_aspect_ratio: most, reference_image_min_aspect_ratio: least } =
    model_spec.constraints
  const known = Families.of(id).shape
  if (least === undefined && most === undefined) return known
  return { least: least ?? known?.least ?? 0, most: most ?? known?.most ?? Infinity }
}

function checkShape(medium: Media.Medium, shape: Families.Family['shape']): Issue.Issue[] {
  if (!shape) return []
  const { field, height, width } = medium
  if (width === undefined || height === undefined) return checkReadable(medium)
  const ratio = width / height
  if (ratio >= shape.least && ratio <= shape.most) return []
  const allowed = `width by height between ${shape.least} and ${shape.most}`
  return [{ allowed, field, given: pixels(width, height) }]
}

/** Small pictures are enlarged by the provider, except the frames of some families. */
function checkSide(medium: Media.Medium, least: number | undefined): Issue.Issue[] {
  const { field, height, width } = medium
  if (least === undefined) return []
  if (width === undefined || height === undefined) return checkReadable(medium)
  if (Math.min(width, height) >= least) return []
  return [{ allowed: `sides of at least ${least} pixels`, field, given: pixels(width, height) }]
}

/** These four tell their size in a header that is read here; of others nothing is known. */
function checkReadable({ field, type }: Media.Medium): Issue.Issue[] {
  if (!/^image\/(png|jpeg|gif|webp)$/.test(type)) return []
  return [{ allowed: 'a picture that can be read', field, given: type }]
}

function pixels(width: number, height: number): string {
  return `${width} × ${height} pixels`
}

function checkTotal(
  media: readonly Media.Medium[],
  { clips, names }: { clips: Families.Clips | undefined; names: readonly string[] },
): Issue.Issue[] {
  const [field = ''] = names
  const own = media.filter(({ field }) => names.includes(field.split('.')[0] ?? ''))
  if (!clips || own.length < 2) return []
  const { total } = clips
  const seconds = own.reduce((sum, { seconds = 0 }) => sum + seconds, 0)
  if (total === undefined || seconds <= total) return []
  const given = `${seconds.toFixed(1)} s in all`
  return [{ allowed: `at most ${total} s in all`, field, given }]
}

/** What is read and what is made, where a family bounds both together. */
function checkThroughput(
  request: Video.Request,
  { media, model }: { media: readonly Media.Medium[]; model: Venice.Model },
): Issue.Issue[] {
  const { throughput } = Families.of(model.id)
  const made = Video.secondsOf(request.duration)
  if (throughput === undefined || made === undefined) return []
  const read = media
    .filter(({ field }) => field.startsWith('reference_video_urls.'))
    .reduce((sum, { seconds = 0 }) => sum + seconds, 0)
  if (read + made <= throughput) return []
  const allowed = `at most ${throughput - made} s beside a video of ${made} s, ${throughput} s together`
  return [{ allowed, field: 'reference_video_urls', given: `${read.toFixed(1)} s in all` }]
}
