import * as Video from '../Video.js'

/** How far the sides of a picture may be from what was asked for, as factors. */
const sides = { least: 0.75, most: 1.35, ratio: 1.1 }

/**
 * What is not as it was asked for, one sentence each; empty when the file is plausible. Providers
 * round lengths to frames and sides to blocks, so that little says nothing. Only what the request
 * itself fixes is compared: where the source decides, anything is right.
 */
export function mismatchOf(request: Video.Request, file: mismatchOf.File): string[] {
  const { aspect_ratio: aspectRatio, duration, resolution } = request
  const { duration_seconds: length, height, width } = file
  const words: string[] = []
  const seconds = Video.secondsOf(duration)
  if (seconds !== undefined && Math.abs(length - seconds) > Math.max(1, seconds / 5))
    words.push(`It is ${length.toFixed(1)} s long; asked for were ${seconds} s.`)

  const asked = Video.dimensionsOf({ aspectRatio, resolution })
  const shortSide = resolution && Video.dimensionsOf({ resolution })?.height
  const short = shortSide ? Math.min(height, width) / shortSide : 1
  const ratio = asked && aspectRatio ? width / height / (asked.width / asked.height) : 1
  const stretched = Math.max(ratio, 1 / ratio) > sides.ratio
  if (short < sides.least || short > sides.most || stretched)
    words.push(
      `It is ${width}x${height}; asked for was ${[resolution, aspectRatio].filter(Boolean).join(', ')}.`,
    )
  return words
}

export declare namespace mismatchOf {
  type File = Pick<Video.Facts, 'duration_seconds' | 'height' | 'width'>
}
