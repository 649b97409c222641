import { readFileSync } from 'node:fs'

import * as Money from '../../src/Money.js'
import * as Video from '../../src/Video.js'
import { rows, smallestOf, type Row } from '../support/venice.js'

/** One request that Venice's notes call valid, and what they let expect of it. */
export type Case = {
  model: string
  /** What Venice quoted for it, in micro-dollars; nothing where it could not quote without a source. */
  price: bigint | undefined
  request: Record<string, unknown>
  /** Resolution or factor, `-` where the model has none. */
  resolution: string
  /** Seconds of the file. */
  seconds: number
  /** Short side of the file in pixels, if the request says it. */
  side: number | undefined
}

/** Length and shape of the clip that is sent where a model wants one. */
export const clip = { height: 360, seconds: 4, width: 640 }

type Prices = Record<string, { input_dependent?: boolean; quotes: Record<string, number[]> }>
const prices = JSON.parse(
  readFileSync('src/sandbox/data/venice-video-prices.json', 'utf8'),
) as Prices

/**
 * Every model in each of its resolutions, by the rows that Venice published and by its notes: what the
 * sandbox thinks of a model, and what the client does, is not asked.
 *
 * `media` are a picture and a clip as data URLs.
 */
export function casesOf(media: { clip: string; picture: string }): Case[] {
  return rows.flatMap((row) => smallestOf(row, media).map((request) => caseOf(row, request)))
}

/** The `part`th of `parts` shares, dealt like cards, so that each has some of every family. */
export function shareOf<item>(
  items: readonly item[],
  share: { part: number; parts: number },
): item[] {
  return items.filter((_, index) => index % share.parts === share.part - 1)
}

function caseOf(row: Row, request: Record<string, unknown>): Case {
  const { duration, resolution, upscale_factor: factor } = request
  return {
    model: row.id,
    price: priceOf(row, request),
    request: alike(request),
    resolution: factor === undefined ? String(resolution ?? '-') : `${factor}x`,
    seconds: typeof duration === 'string' ? Number.parseInt(duration, 10) : clip.seconds,
    side: factor === undefined ? sideOf(resolution) : clip.height * Number(factor),
  }
}

function priceOf({ audio, durations, id }: Row, request: Record<string, unknown>) {
  const series = `${request['resolution'] ?? '-'}|${audio ? 'on' : 'off'}`
  const usd = prices[id]?.quotes[series]?.[durations.indexOf(String(request['duration']))]
  return usd === undefined ? undefined : Money.parse(String(usd))
}

/** `720p` and `768P` name their short side, `2k` and `4k` that of the format that is sold so. */
function sideOf(resolution: unknown): number | undefined {
  const [, lines, thousands] = /^(?:(\d+)p|(\d)k)$/i.exec(String(resolution)) ?? []
  if (thousands !== undefined) return { '2': 1_440, '4': 2_160 }[thousands]
  return lines === undefined ? undefined : Number(lines)
}

/** Changes the prompt until the sandbox draws the one picture that is rendered already. */
function alike(request: Record<string, unknown>): Record<string, unknown> {
  if (request['prompt'] === undefined) return request
  for (let take = 1; ; take += 1) {
    const next = { ...request, prompt: `${request['prompt']}, take ${take}` }
    const hash = Video.hashOf(Video.Request.parse(next))
    if (Number.parseInt(hash.slice(0, 8), 16) % 8 === 0) return next
  }
}
