import * as Video from '../Video.js'
import type { Entry } from './catalogue.js'
import type { Measured } from './measure.js'
import { defaultResolution } from './price.js'
import type { Request } from './queueBody.js'
import { secondsOf } from './secondsOf.js'

/** The largest sides that are rendered: larger videos come smaller, and the state says so. */
const largest = { long: 2_560, short: 1_080 }

/** The flattest and the tallest shape that is rendered, width by height. */
const ratios = { least: 9 / 21, most: 21 / 9 }

/** Size and length of the video a request asks for, or as much of the size as is rendered. */
export function shapeOf(entry: Entry, request: Request, source: Measured['source']): Shape {
  const asked = askedFor(entry, request, source)
  const factor = Math.min(
    1,
    largest.short / Math.min(asked.height, asked.width),
    largest.long / Math.max(asked.height, asked.width),
  )
  const size = factor < 1 ? scale(asked, factor) : asked
  const words = `asked for ${asked.width}x${asked.height}, rendered as ${size.width}x${size.height}`
  return {
    ...size,
    ...(factor < 1 && { note: words }),
    seconds: secondsOf(request.duration) ?? source?.seconds ?? 5,
  }
}

/** Pixels and seconds of a video, and what the state should say about them. */
export type Shape = Video.Dimensions & { note?: string | undefined; seconds: number }

function askedFor(entry: Entry, request: Request, source: Measured['source']): Video.Dimensions {
  if (entry.kind === 'upscale' && source) return scale(source, request.upscale_factor ?? 2)
  const resolution = inLines(request.resolution ?? defaultResolution(entry))
  const fixed = Video.dimensionsOf({ aspectRatio: request.aspect_ratio ?? 'auto', resolution })
  if (fixed) return fixed
  const ratio = source ? source.width / source.height : 16 / 9
  const width = Math.round(1_000 * Math.min(Math.max(ratio, ratios.least), ratios.most))
  const followed = Video.dimensionsOf({ aspectRatio: `${width}:1000`, resolution })
  return (source && followed) ?? Video.dimensionsOf({ resolution }) ?? { height: 720, width: 1280 }
}

/** `2k` and `4k`, in whatever letters, as lines of the short side. */
function inLines(resolution: string | undefined): string | undefined {
  const thousands = /^([24])k$/i.exec(resolution ?? '')?.[1]
  return thousands ? `${Number(thousands) === 2 ? 1440 : 2160}p` : resolution
}

function scale({ height, width }: Video.Dimensions, factor: number): Video.Dimensions {
  const even = (length: number) => Math.max(32, Math.round((length * factor) / 2) * 2)
  return { height: even(height), width: even(width) }
}
