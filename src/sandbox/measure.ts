import type { Entry } from './catalogue.js'
import { checkClips } from './checkClips.js'
import { checkSounds } from './checkSounds.js'
import { at } from './issues.js'
import { bytesOf, imageSizeOf, probeVideo, type Source } from './probeMedia.js'
import type { Request } from './queueBody.js'
import type { Issue } from './readJson.js'

/** What is taken for a source that cannot be read: the sandbox fetches nothing. */
const assumed: Source = { fps: 24, height: 720, seconds: 5, width: 1280 }

/** The longest source of an upscale, in seconds. */
const longestUpscale = 300

/** What the media of a request say, and what is wrong with them. */
export type Measured = {
  issues: Issue[]
  note?: string | undefined
  /** Seconds of all reference videos together. */
  referenceSeconds: number
  /** The file that length and shape follow from, where they are not asked for. */
  source?: Pick<Source, 'height' | 'width'> & Partial<Source>
}

/**
 * Reads the media of a request, as far as they came with it (data URLs), and checks their sizes
 * and lengths. Media behind http(s) URLs are taken for 5 s of 720p.
 */
export async function measure(entry: Entry, request: Request): Promise<Measured> {
  const issues: Issue[] = []
  let note: string | undefined
  const read = async (name: string, url: string, kinds: RegExp): Promise<Source> => {
    const bytes = bytesOf(url)
    if (!bytes) note = 'a source behind a URL is not fetched: taken for 5 s of 720p'
    if (!bytes) return assumed
    if (!kinds.test(url)) issues.push(at(name, 'This container is not supported'))
    const source = await probeVideo(bytes)
    if (!source) issues.push(at(name, 'The video cannot be read'))
    return source ?? assumed
  }

  const { image_url: image, video_url: url } = request
  const video = url && (await read('video_url', url, anyVideo))
  if (video && entry.kind === 'upscale' && video.seconds > longestUpscale)
    issues.push(at('video_url', `Must be at most ${longestUpscale} seconds`))

  const clips: Source[] = []
  for (const clip of request.reference_video_urls ?? [])
    clips.push(await read('reference_video_urls', clip, mp4OrMov))
  const named: Source[] = []
  for (const { video_url: clip } of request.video_references ?? [])
    named.push(await read('video_references', clip, mp4OrMov))
  issues.push(...checkClips(entry, { clips, request }), ...checkSounds(entry, request))
  issues.push(...checkImages(entry, request))
  const referenceSeconds = [...clips, ...named].reduce((sum, { seconds }) => sum + seconds, 0)
  const source = video || clips[0] || named[0] || (image && imageOf(image)) || undefined
  return { issues, note, referenceSeconds, ...(source && { source }) }
}

const anyVideo = /^data:video\/(mp4|quicktime|webm)[;,]/i
const mp4OrMov = /^data:video\/(mp4|quicktime)[;,]/i

/** Shapes outside the row's bounds are refused; a picture that is too small is made larger. */
function checkImages({ rules, spec }: Entry, request: Request): Issue[] {
  const { reference_image_max_aspect_ratio: most, reference_image_min_aspect_ratio: least } =
    spec.constraints
  const issues: Issue[] = []
  for (const name of ['image_url', 'end_image_url', 'reference_image_urls'] as const) {
    const isReference = name === 'reference_image_urls'
    for (const url of [request[name] ?? []].flat()) {
      const bytes = bytesOf(url)
      if (!bytes || !url.startsWith('data:image/')) continue
      const size = imageSizeOf(bytes)
      const checked = isReference ? (least ?? most) !== undefined : rules.frameSide !== undefined
      if (!size && checked) issues.push(at(name, 'The image cannot be read'))
      if (!size) continue
      const ratio = size.width / size.height
      const { frameSide = 0 } = rules
      if (!isReference && Math.min(size.width, size.height) < frameSide)
        issues.push(at(name, `Sides must be at least ${frameSide} pixels`))
      if (isReference && (ratio < (least ?? 0) || ratio > (most ?? Infinity)))
        issues.push(at(name, `The aspect ratio must be between ${least} and ${most}`))
    }
  }
  return issues
}

function imageOf(url: string) {
  const size = imageSizeOf(bytesOf(url) ?? Buffer.alloc(0))
  return size && size.height > 0 && size.width > 0 ? size : undefined
}
