import type { FileHandle } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import * as Errors from '../Errors.js'
import { canonicalJson } from '../internal/canonicalJson.js'
import { openWithin, type Refusal } from '../internal/openWithin.js'
import { printable } from '../internal/printable.js'
import { mp3SecondsOf, probeClip } from '../internal/probeClip.js'
import * as Issue from '../Issue.js'
import * as Media from '../Media.js'
import * as MediaRules from '../MediaRules.js'
import * as Venice from '../Venice.js'
import * as Video from '../Video.js'

/** Room in the largest body for everything but media: the consents that may join it, for one. */
const spare = 64 * 1024

/**
 * Brings the media of a request into it: files become data URLs, data URLs are checked the same way,
 * and http(s) URLs pass. The first bytes decide what a medium is, whatever its name says, and its
 * size, length and shape are held against the published limits.
 *
 * @throws {@link Video.InvalidRequestError} naming the field, what it held and what it may
 * @throws {@link FileNotAllowedError} when a file is not in one of the folders
 */
export async function readMedia(
  request: Video.Request,
  options: readMedia.Options,
): Promise<readMedia.ReturnType> {
  const places = Media.places(request)
  const files = await openFiles(places, options.folders)
  const media: Media.Medium[] = []
  const urls = new Map<string, string>()
  try {
    checkSizes(places, files)
    for (const place of places) {
      const bytes = await bytesOf(place, files.get(place.field))
      if (!bytes) continue
      const medium = await measure(place, bytes)
      media.push(medium)
      urls.set(place.field, Media.encode(medium.type, bytes))
    }
  } finally {
    await Promise.allSettled([...files.values()].map(({ file }) => file.close()))
  }
  const issues = MediaRules.check(request, { media, model: options.model })
  if (issues.length > 0) throw new Video.InvalidRequestError({ issues })
  const complete = Media.replace(request, urls)
  const sizes = places.map((place) => ({ place, size: urls.get(place.field)?.length ?? 0 }))
  checkTotal(sizes, Buffer.byteLength(canonicalJson(complete)))
  return { media, request: complete }
}

export declare namespace readMedia {
  type Options = {
    /** Folders from which files may be read. */
    folders: readonly string[]
    /** The row of the request's model. */
    model: Venice.Model
  }
  type ReturnType = {
    /** What is known of each medium that came along; http(s) URLs are not fetched. */
    media: Media.Medium[]
    request: Video.Request
  }
}

type File = { file: FileHandle; size: number }

async function openFiles(places: readonly Media.Place[], folders: readonly string[]) {
  const files = new Map<string, File>()
  try {
    for (const { field, url } of places) {
      const source = Media.sourceOf(url)
      if (source === 'unknown')
        throw new Video.InvalidRequestError({
          issues: [
            { allowed: 'an http(s) URL, a data URL or the path of a file', field, given: url },
          ],
        })
      if (source !== 'path') continue
      const opened = await openWithin(pathOf(url), { folders })
      if ('refused' in opened) throw refusalOf({ field, folders, path: url, why: opened.refused })
      files.set(field, opened)
    }
  } catch (error) {
    await Promise.allSettled([...files.values()].map(({ file }) => file.close()))
    throw error
  }
  return files
}

function pathOf(url: string): string {
  if (!/^file:/i.test(url)) return url
  try {
    return fileURLToPath(url)
  } catch {
    return '\0' // which no folder holds
  }
}

function refusalOf(options: {
  field: string
  folders: readonly string[]
  path: string
  why: Refusal
}): Errors.BaseError {
  const { field, path, why } = options
  const raw = Media.typeOfBase64(path)
  if (raw !== undefined) {
    const allowed = `a data URL: data:${raw};base64, before what was given`
    return new Video.InvalidRequestError({
      issues: [{ allowed, field, given: path, seems: 'base64' }],
    })
  }
  if (why === 'hidden' || why === 'outside') return new FileNotAllowedError(options)
  const allowed = {
    missing: 'an http(s) URL, a data URL or the path of a file that is there',
    not_a_file: 'a regular file',
    unreadable: 'a file that may be read',
  }[why]
  return new Video.InvalidRequestError({ issues: [{ allowed, field, given: path }] })
}

/** Before a byte is read: files whose base64 alone is too much for one request. */
function checkSizes(places: readonly Media.Place[], files: ReadonlyMap<string, File>): void {
  const sizes = places.map((place) => {
    const { size } = files.get(place.field) ?? {}
    const inline = Media.sourceOf(place.url) === 'data' ? place.url.length : 0
    return { place, size: size === undefined ? inline : Math.ceil(size / 3) * 4 }
  })
  checkTotal(
    sizes,
    sizes.reduce((sum, { size }) => sum + size, 0),
  )
}

function checkTotal(sizes: { place: Media.Place; size: number }[], total: number): void {
  const most = Venice.maxBodyBytes
  if (total + spare <= most) return
  const parts = sizes
    .filter(({ size }) => size > 0)
    .toSorted((a, b) => b.size - a.size)
    .map(({ place, size }) => ({
      allowed: `${Issue.size(size)} of it as sent, where base64 adds a third`,
      field: place.field,
      given: place.url,
    }))
  const allowed = `at most ${Issue.size(most)} in all; put large media behind an https URL`
  throw new Video.InvalidRequestError({
    issues: [{ allowed, field: 'request', given: Issue.size(total) }, ...parts],
  })
}

async function bytesOf(place: Media.Place, file: File | undefined): Promise<Buffer | undefined> {
  if (Media.sourceOf(place.url) === 'web') return undefined
  if (!file) return Media.decode(place.url) ?? Buffer.alloc(0)
  const bytes = Buffer.alloc(file.size)
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await file.file.read(bytes, at, bytes.length - at, at)
    if (bytesRead === 0) return bytes.subarray(0, at) // it became shorter meanwhile
    at += bytesRead
  }
  return bytes
}

/** What a medium is, by its bytes. A document that came as a data URL may be of any kind. */
async function measure(place: Media.Place, bytes: Buffer): Promise<Media.Medium> {
  const found = Media.typeOf(bytes)
  const named = /^data:([\w.+-]+\/[\w.+-]+)/i.exec(place.url)?.[1]?.toLowerCase()
  const type = found?.type ?? named
  const isDocument = place.kind === 'document' && named !== undefined && bytes.length > 0
  if (type === undefined || !(isDocument || found?.kind === place.kind)) {
    const seems = found?.type ?? Media.guess(bytes)
    const { field, kind, url: given } = place
    throw new Video.InvalidRequestError({
      issues: [{ allowed: kinds[kind], field, given, seems }],
    })
  }
  const medium = { ...place, bytes: bytes.length, type }
  if (place.kind === 'image') return { ...medium, ...Media.pixelsOf(bytes) }
  if (type === 'audio/wav') return { ...medium, seconds: Media.wavSecondsOf(bytes) }
  if (type === 'audio/mpeg') return { ...medium, seconds: await mp3SecondsOf(bytes) }
  if (place.kind !== 'video') return medium
  try {
    return { ...medium, ...(await probeClip(bytes, type)) }
  } catch (error) {
    return { ...medium, unreadable: printable(error instanceof Error ? error.message : '', 200) }
  }
}

const kinds: Record<Media.Kind, string> = {
  audio: 'sound: WAV or MP3',
  document: 'a document: PDF',
  image: 'a picture: PNG, JPEG, WebP, GIF, AVIF or HEIC',
  video: 'a video: MP4, MOV or WebM',
}

/** The owner does not let files be read from there. It is not told whether the file exists. */
export class FileNotAllowedError extends Errors.BaseError {
  override readonly code = 'POLICY_REFUSED'
  override readonly name = 'FileNotAllowedError'

  constructor(options: { field: string; folders: readonly string[]; path: string; why: Refusal }) {
    const { field, folders, path, why } = options
    super(
      why === 'hidden'
        ? `${field}: names that begin with a dot are never read; nothing was sent.`
        : `${field}: the file is in none of the folders that the owner allows; nothing was sent.`,
      {
        facts: [
          `Given: ${Issue.show(path)}`,
          `Allowed: ${folders.length > 0 ? folders.join(', ') : 'no folder'}`,
        ],
        hint: 'Use an https URL, or ask the wallet’s owner to add the folder to readFiles.',
      },
    )
  }
}
