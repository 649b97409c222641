import { mediaTypeOf } from './internal/mediaTypeOf.js'
import type * as Video from './Video.js'

/** What a field of a request takes. */
export type Kind = 'audio' | 'document' | 'image' | 'video'

/** One medium of a request: where it stands, what belongs there, and what was given. */
export type Place = { field: string; kind: Kind; url: string }

/** What the bytes of a medium say about themselves. Pixels and seconds are absent where unknown. */
export type Medium = Place & {
  /** Size of the medium itself; in the request it takes a third more. */
  bytes: number
  fps?: number | undefined
  height?: number | undefined
  /** Why a video cannot be read. */
  unreadable?: string | undefined
  seconds?: number | undefined
  /** By what is in it, whatever it was called. */
  type: string
  width?: number | undefined
}

const kinds = {
  audio_url: 'audio',
  end_image_url: 'image',
  frontal_image_url: 'image',
  image_url: 'image',
  reference_audio_urls: 'audio',
  reference_document_urls: 'document',
  reference_image_urls: 'image',
  reference_video_urls: 'video',
  scene_image_urls: 'image',
  video_url: 'video',
} as const satisfies Record<string, Kind>

/** Every medium of a request, in the order of its fields. */
export function places(request: Video.Request): Place[] {
  const found: Place[] = []
  walk(request, '', (place) => {
    found.push(place)
    return place.url
  })
  return found
}

/** The same request with other media; the places are those of {@link places}. */
export function replace(request: Video.Request, urls: ReadonlyMap<string, string>): Video.Request {
  return walk(request, '', ({ field, url }) => urls.get(field) ?? url) as Video.Request
}

function walk(value: unknown, path: string, visit: (place: Place) => string): unknown {
  if (typeof value === 'string') {
    const name = path.split('.').findLast((part) => !/^\d+$/.test(part)) ?? ''
    const kind = Object.hasOwn(kinds, name) ? kinds[name as keyof typeof kinds] : undefined
    return kind ? visit({ field: path, kind, url: value }) : value
  }
  const at = (key: number | string) => (path ? `${path}.${key}` : String(key))
  if (Array.isArray(value)) return value.map((part, index) => walk(part, at(index), visit))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, walk(part, at(key), visit)]),
  )
}

/** How a medium is given. Everything that is no URL is the path of a file. */
export function sourceOf(url: string): 'data' | 'path' | 'unknown' | 'web' {
  if (/^data:/i.test(url)) return 'data'
  if (/^https?:\/\//i.test(url)) return URL.canParse(url) ? 'web' : 'unknown'
  return /^[a-z][a-z0-9+.-]+:/i.test(url) && !/^file:/i.test(url) ? 'unknown' : 'path'
}

/** Bytes of a data URL; `undefined` when it holds none that can be read. */
export function decode(url: string): Buffer | undefined {
  const head = /^data:[^,]{0,200}?(;base64)?,/i.exec(url)
  if (!head) return undefined
  const text = url.slice(head[0].length)
  if (head[1]) return Buffer.from(text, 'base64')
  // Escapes are bytes, not characters: decodeURIComponent takes no picture.
  if (/%(?![0-9a-f]{2})/i.test(text)) return undefined
  const byte = (_: string, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16))
  const raw = Buffer.from(text, 'utf8').toString('latin1')
  return Buffer.from(raw.replaceAll(/%([0-9a-f]{2})/gi, byte), 'latin1')
}

/** A data URL, always spelt the same for the same bytes. */
export function encode(type: string, bytes: Buffer): string {
  return `data:${type};base64,${bytes.toString('base64')}`
}

/** Type of a medium by what is in it; `undefined` when it is none that anybody takes here. */
export function typeOf(bytes: Buffer): { kind: Kind; type: string } | undefined {
  const type = mediaTypeOf(bytes)
  if (type === undefined) return undefined
  return { kind: type === 'application/pdf' ? 'document' : (type.split('/')[0] as Kind), type }
}

/** Media type of base64 that stands there without the head of a data URL; of anything else `undefined`. */
export function typeOfBase64(text: string): string | undefined {
  const head = text.slice(0, 4_000)
  if (head.length < 40 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(head)) return undefined
  return typeOf(Buffer.from(head, 'base64'))?.type
}

/** What bytes that are no medium seem to be, for the person who picked the wrong file. */
export function guess(bytes: Buffer): string {
  const text = bytes.toString('latin1', 0, 200).trimStart().toLowerCase()
  if (bytes.length === 0) return 'an empty file'
  if (text.startsWith('<')) return 'a web page, SVG or XML'
  if (text.startsWith('{') || text.startsWith('[')) return 'JSON'
  if (text.startsWith('pk\u0003')) return 'a ZIP archive or office file'
  return 'none of the known types'
}

/** Pixels of a PNG, GIF, JPEG or WebP; `undefined` when its header does not tell. */
export function pixelsOf(bytes: Buffer): Video.Dimensions | undefined {
  if (bytes.length < 30) return undefined
  switch (typeOf(bytes)?.type) {
    case 'image/png':
      return { height: bytes.readUInt32BE(20), width: bytes.readUInt32BE(16) }
    case 'image/gif':
      return { height: bytes.readUInt16LE(8), width: bytes.readUInt16LE(6) }
    case 'image/jpeg':
      return jpegPixels(bytes)
    case 'image/webp':
      return webpPixels(bytes)
    default:
      return undefined
  }
}

/** Walks from marker to marker up to the one that begins the picture. */
function jpegPixels(bytes: Buffer): Video.Dimensions | undefined {
  for (let at = 2; at + 9 < bytes.length;) {
    const marker = bytes.readUInt16BE(at)
    if (marker < 0xff01 || marker === 0xffda) return undefined
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && !isTable.has(marker)
    if (isFrame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
    at += marker === 0xffff ? 1 : 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}

const isTable = new Set([0xffc4, 0xffc8, 0xffcc])

function webpPixels(bytes: Buffer): Video.Dimensions | undefined {
  const chunk = bytes.toString('latin1', 12, 16)
  if (chunk === 'VP8X')
    return { height: bytes.readUIntLE(27, 3) + 1, width: bytes.readUIntLE(24, 3) + 1 }
  if (chunk === 'VP8 ')
    return { height: bytes.readUInt16LE(28) & 0x3fff, width: bytes.readUInt16LE(26) & 0x3fff }
  if (chunk !== 'VP8L') return undefined
  const bits = bytes.readUInt32LE(21)
  return { height: ((bits >> 14) & 0x3fff) + 1, width: (bits & 0x3fff) + 1 }
}

/** Seconds of a WAV, from the rate in its format chunk; `undefined` when it has no sound. */
export function wavSecondsOf(bytes: Buffer): number | undefined {
  let perSecond = 0
  for (let at = 12; at + 8 <= bytes.length;) {
    const chunk = bytes.toString('latin1', at, at + 4)
    const size = bytes.readUInt32LE(at + 4)
    const start = at + 8
    if (chunk === 'fmt ' && start + 16 <= bytes.length) perSecond = bytes.readUInt32LE(start + 8)
    if (chunk === 'data')
      return perSecond === 0 ? undefined : Math.min(size, bytes.length - start) / perSecond
    at = start + size + (size % 2) // chunks begin at even places
  }
  return undefined
}
