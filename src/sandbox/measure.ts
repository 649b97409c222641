import type * as Video from '../Video.js'
import type { Entry } from './catalogue.js'
import { bytesOf, imageSizeOf, probeVideo, type Source, wavSecondsOf } from './probeMedia.js'
import type { Issue } from './readJson.js'

/** What is taken for a source that cannot be read: the sandbox fetches nothing. */
const assumed: Source = { fps: 24, height: 720, seconds: 5, width: 1280 }

const megabyte = 1_048_576

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
export async function measure(entry: Entry, request: Video.Request): Promise<Measured> {
  const { rules } = entry
  const issues: Issue[] = []
  const wrong = (name: string, message: string) => issues.push({ message, path: [name] })
  let note: string | undefined
  const read = async (name: string, url: string, kinds: RegExp): Promise<Source> => {
    const bytes = bytesOf(url)
    if (!bytes) note = 'a source behind a URL is not fetched: taken for 5 s of 720p'
    if (!bytes) return assumed
    if (!kinds.test(url)) wrong(name, 'This container is not supported')
    const source = await probeVideo(bytes)
    if (!source) wrong(name, 'The video cannot be read')
    return source ?? assumed
  }

  const video = request.video_url && (await read('video_url', request.video_url, anyVideo))
  if (video && entry.price === 'upscale' && video.seconds > 300)
    wrong('video_url', 'Must be at most 300 seconds')

  const clips: Source[] = []
  const { least, most, total } = rules.seedance === '2.5' ? longClips : clipLimits
  for (const url of request.reference_video_urls ?? []) {
    const clip = await read('reference_video_urls', url, mp4OrMov)
    if (clip.seconds < least || clip.seconds > most)
      wrong('reference_video_urls', `Each must be ${least} to ${most} seconds long`)
    clips.push(clip)
  }
  const referenceSeconds = clips.reduce((sum, { seconds }) => sum + seconds, 0)
  const readable = (request.reference_video_urls ?? []).every((url) => url.startsWith('data:'))
  if (readable && referenceSeconds > total)
    wrong('reference_video_urls', `Must be at most ${total} seconds in all`)

  checkAudio(request, wrong)
  const image = request.image_url && imageOf(request.image_url)
  if (rules.seedance) checkImages(request, wrong)
  const source = video || clips[0] || image || undefined
  return { issues, note, referenceSeconds, ...(source && { source }) }
}

const anyVideo = /^data:video\/(mp4|quicktime|webm)[;,]/i
const mp4OrMov = /^data:video\/(mp4|quicktime)[;,]/i
const clipLimits = { least: 2, most: 15, total: 15 }
const longClips = { least: 2, most: 30, total: 30 }

type Wrong = (name: string, message: string) => void

function checkAudio(request: Video.Request, wrong: Wrong): void {
  const kinds = /^(https?:|data:audio\/(wav|wave|x-wav|vnd\.wave|mpeg|mp3)[;,])/i
  const seconds = (url: string) => wavSecondsOf(bytesOf(url) ?? Buffer.alloc(0))
  const { audio_url: audio, reference_audio_urls: references = [] } = request
  if (audio && !kinds.test(audio)) wrong('audio_url', 'Must be WAV or MP3')
  if (audio && (bytesOf(audio)?.length ?? 0) > 15 * megabyte)
    wrong('audio_url', 'Must be at most 15 MB')
  if (audio && (seconds(audio) ?? 0) > 30) wrong('audio_url', 'Must be at most 30 seconds')
  const lengths = references.map((url) => seconds(url) ?? 2)
  if (references.some((url) => !kinds.test(url)))
    wrong('reference_audio_urls', 'Each must be WAV or MP3')
  if (lengths.some((length) => length < 2 || length > 15))
    wrong('reference_audio_urls', 'Each must be 2 to 15 seconds long')
  if (lengths.reduce((sum, length) => sum + length, 0) > 30)
    wrong('reference_audio_urls', 'Too long in all')
}

function checkImages(request: Video.Request, wrong: Wrong): void {
  for (const name of ['image_url', 'end_image_url', 'reference_image_urls'] as const) {
    for (const url of [request[name] ?? []].flat()) {
      const bytes = bytesOf(url)
      if (!bytes) continue
      const size = imageSizeOf(bytes)
      const ratio = size ? size.width / size.height : 0
      if (!size) wrong(name, 'The image cannot be read')
      else if (Math.min(size.width, size.height) < 300)
        wrong(name, 'Sides must be at least 300 pixels')
      else if (ratio <= 0.4 || ratio >= 2.5)
        wrong(name, 'The aspect ratio must be between 0.4 and 2.5')
    }
  }
}

function imageOf(url: string) {
  const size = imageSizeOf(bytesOf(url) ?? Buffer.alloc(0))
  return size && size.height > 0 && size.width > 0 ? size : undefined
}
