import * as Money from '../Money.js'
import type { Entry, Series } from './catalogue.js'
import { secondsOf } from './secondsOf.js'

/** Seconds and pixels of what is asked for, as far as the price depends on them. */
export type Measure = {
  /** @default what the model does when it is not asked */
  audio?: boolean | undefined
  fps?: number | undefined
  /** Height of the upscaled video. */
  height?: number | undefined
  /** Reference videos are read: decided here, their seconds cost as much as those that are made. */
  referenceSeconds?: number | undefined
  resolution?: string | undefined
  seconds: number
}

/**
 * Price of a job in micro-dollars: whole cents, as Venice quotes them. Seconds that follow a source
 * are billed whole, rounded up. An upscale costs by the published tiers.
 */
export function price(entry: Entry, measure: Measure): bigint {
  const { audio, fps = 24, height = 720, referenceSeconds = 0, seconds } = measure
  if (entry.kind === 'upscale') {
    const tier = height <= 720 ? 13_000n : height <= 1080 ? 25_000n : 100_000n
    const tick = BigInt(Math.round(seconds * 1_000))
    return ((tier * tick) / 1_000n) * (fps > 48 ? 2n : 1n)
  }
  const { constraints } = entry.spec
  const sound = constraints.audio_configurable ? (audio ?? true) : constraints.audio
  const resolution = measure.resolution ?? defaultResolution(entry) ?? '-'
  const series = seriesOf(entry, `${resolution}|${sound ? 'on' : 'off'}`)
  const billed = whole(referenceSeconds) + (isListed(entry, seconds) ? seconds : whole(seconds))
  return cents(series, { billed, entry }) * 10_000n
}

/** The resolution of a request that names none; decided here: 720p where there is one. */
export function defaultResolution({ spec }: Entry): string | undefined {
  const { resolutions } = spec.constraints
  return resolutions.includes('720p') ? '720p' : resolutions[0]
}

function seriesOf({ price }: Entry, name: string): Series {
  if (typeof price === 'string') return price
  return price[name] ?? Object.values(price)[0] ?? '0'
}

/** Seconds rounded up, but not for what is only a fraction of a millisecond. */
function whole(seconds: number): number {
  return Math.ceil(Math.round(seconds * 1_000) / 1_000)
}

function isListed({ spec }: Entry, seconds: number): boolean {
  return spec.constraints.durations.some((value) => secondsOf(value) === seconds)
}

function cents(series: Series, { billed, entry }: { billed: number; entry: Entry }): bigint {
  if (typeof series === 'string') return line(series, '0', billed)
  const [first, second] = series
  if (typeof first === 'string') return line(first, String(second), billed)
  const lengths = entry.spec.constraints.durations.map((value) => secondsOf(value) ?? 0)
  const listed = series[lengths.indexOf(billed)]
  if (typeof listed === 'number') return BigInt(listed)
  // Decided here: a length between the listed ones costs the dearest of their seconds.
  const rates = series.map((value, index) => Number(value) / (lengths[index] || 1))
  return BigInt(Math.ceil(Math.max(...rates) * billed))
}

/** `rate × seconds + extra` USD, in whole cents, half a cent up. */
function line(rate: string, extra: string, seconds: number): bigint {
  const sum = Money.parse(rate) * BigInt(seconds) + Money.parse(extra)
  return (sum + 5_000n) / 10_000n
}
