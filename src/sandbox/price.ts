import * as Money from '../Money.js'
import type { Entry } from './catalogue.js'

/** Seconds and pixels of what is asked for, as far as the price depends on them. */
export type Measure = {
  /** @default true */
  audio?: boolean | undefined
  fps?: number | undefined
  /** Height of the upscaled video. */
  height?: number | undefined
  /** Reference videos are read, so their seconds cost as much as those that are made. */
  referenceSeconds?: number | undefined
  resolution?: string | undefined
  seconds: number
}

/** Price of a job in micro-dollars. */
export function price(entry: Entry, measure: Measure): bigint {
  const { audio = true, fps = 24, height = 720, referenceSeconds = 0, seconds } = measure
  if (entry.price === 'upscale') {
    const tier = height <= 720 ? '0.013' : height <= 1080 ? '0.025' : '0.1'
    return times(Money.parse(tier), seconds) * (fps > 48 ? 2n : 1n)
  }
  if ('perJob' in entry.price) return Money.parse(entry.price.perJob)
  const { perSecond, silent = 100 } = entry.price
  const resolution = measure.resolution ?? defaultResolution(entry) ?? ''
  const rate = Money.parse(perSecond[resolution] ?? Object.values(perSecond)[0] ?? '0')
  const full = times(rate, seconds + referenceSeconds)
  return audio ? full : (full * BigInt(silent)) / 100n
}

/** The resolution of a request that names none: 720p where there is one. */
export function defaultResolution(entry: Entry): string | undefined {
  return entry.resolutions.includes('720p') ? '720p' : entry.resolutions[0]
}

/** Seconds may be fractions (detected from a file), so they are counted in milliseconds. */
function times(rate: bigint, seconds: number): bigint {
  return (rate * BigInt(Math.round(seconds * 1_000))) / 1_000n
}
