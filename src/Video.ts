import { createHash } from 'node:crypto'

import * as z from 'zod'

import * as Errors from './Errors.js'
import { canonicalJson } from './internal/canonicalJson.js'
import * as Issue from './Issue.js'

export const durations = [
  ...Array.from({ length: 30 }, (_, index) => `${index + 1}s` as const),
  '1 gen',
  'Auto',
  'auto',
  '-1',
] as const

export const aspectRatios = [
  '1:1',
  '2:3',
  '3:2',
  '3:4',
  '4:3',
  '4:5',
  '5:4',
  '9:16',
  '9:21',
  '16:9',
  '21:9',
  'adaptive',
  'auto',
] as const

export const resolutions = [
  '256p',
  '360p',
  '480p',
  '540p',
  '580p',
  '720p',
  '1080p',
  '1440p',
  '2160p',
  '4k',
  '2x',
  '4x',
  '2K',
  '768P',
  'true_1080p',
] as const

/** An http(s) URL, a data URL, or (where local media are allowed) the path of a file. */
const Media = z.string().min(1)
const Prompt = z.string().min(1).max(20_000)

/**
 * What to generate: the body of Venice's `POST /video/queue` without `consents`, which a person
 * gives and a request never carries. Unknown keys are refused. Which fields a model needs or
 * refuses is in the catalogue (`GET /models?type=video`), and checked by {@link Catalogue.check}.
 */
export const Request = z.strictObject({
  /** Id from the catalogue. */
  model: z.string().min(1).max(200),
  /** What the video shows; needed by all but upscale models. Many take 2,500 characters only. */
  prompt: Prompt.optional(),
  /** What it should not show. */
  negative_prompt: Prompt.optional(),
  /** Seconds such as `5s`; `auto` and `-1` follow the source of a Seedance 2.5 edit. */
  duration: z.enum(durations).optional(),
  /** Needed if the model lists any; `adaptive` and `auto` follow the source. */
  aspect_ratio: z.enum(aspectRatios).optional(),
  resolution: z.enum(resolutions).optional(),
  /** Upscale models only, instead of a resolution; the server takes 2 where it is left out. */
  upscale_factor: z.union([z.literal(1), z.literal(2), z.literal(4)]).optional(),
  /** With sound or without, where the model leaves the choice; the server takes `true`. */
  audio: z.boolean().optional(),
  /** Seedance only. */
  bitrate_mode: z.enum(['standard', 'high']).optional(),
  /** First frame. */
  image_url: Media.optional(),
  /** Last frame; needs a first one. */
  end_image_url: Media.optional(),
  /** Soundtrack: WAV or MP3 of at most 30 s and 15 MB. */
  audio_url: Media.optional(),
  /** Source to change or to upscale: MP4, MOV or WebM; an upscale takes at most 300 s. */
  video_url: Media.optional(),
  /** At most 9; 30 for Seedance 2.5. Named `<Image 1>`, … in the prompt. */
  reference_image_urls: z.array(Media).min(1).max(30).optional(),
  /** At most 3 MP4 or MOV of 2 to 15 s, 15 s in all; 10 and 30 s for Seedance 2.5. */
  reference_video_urls: z.array(Media).min(1).max(10).optional(),
  /** At most 3 (10) WAV or MP3 of 2 to 15 s, 15 s in all; never the only reference. */
  reference_audio_urls: z.array(Media).min(1).max(10).optional(),
  reference_document_urls: z.array(Media).length(1).optional(),
  /** People or things, named `@Element1`, … in the prompt. */
  elements: z
    .array(
      z.strictObject({
        frontal_image_url: Media.optional(),
        reference_image_urls: z.array(Media).max(3).optional(),
        video_url: Media.optional(),
      }),
    )
    .min(1)
    .max(4)
    .optional(),
  /** Places, named `@Image1`, … in the prompt. */
  scene_image_urls: z.array(Media).min(1).max(4).optional(),
  /** Pictures pinned to frames of a video of 24 frames a second; each frame once. */
  keyframes: z
    .array(z.strictObject({ image_url: Media, frame_index: z.int().min(0) }))
    .min(1)
    .max(10)
    .optional(),
  /** Way of the camera around `image_url`: times rise from 0 to 1, angles are degrees. */
  camera_trajectory: z
    .array(
      z.strictObject({
        time: z.number().min(0).max(1),
        azimuth: z.number(),
        elevation: z.number().min(-90).max(90),
        distance: z.number().positive(),
      }),
    )
    .min(2)
    .max(12)
    .optional(),
  /** Seedance 2.5 reference-to-video only: which workflow the prompt is meant for. */
  omni_reference_task_type: z.enum(['auto', 'reference', 'edit', 'extend']).optional(),
})
export type Request = z.output<typeof Request>

/** What a finished file really is, read from the file itself. */
export const Facts = z.object({
  bytes: z.int().positive(),
  codec: z.string(),
  duration_seconds: z.number().positive(),
  height: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  width: z.int().positive(),
})
export type Facts = z.output<typeof Facts>

/** sha256, in hex, of the canonical request: what a quote and an approval are bound to. */
export function hashOf(request: Request): string {
  return createHash('sha256').update(canonicalJson(request)).digest('hex')
}

/** Seconds of a duration; `undefined` where the model or the source decides (`auto`, `1 gen`). */
export function secondsOf(duration: string | undefined): number | undefined {
  const match = /^(\d{1,2})s$/.exec(duration ?? '')
  return match ? Number(match[1]) : undefined
}

/**
 * Width and height in pixels for a resolution and an aspect ratio. `Np` is the short side; the
 * long side follows from the ratio; both are rounded to even. `undefined` where the source decides.
 */
export function dimensionsOf(options: dimensionsOf.Options): Dimensions | undefined {
  const { aspectRatio = '16:9', resolution = '720p' } = options
  const short = shortSides[resolution] ?? Number(/^(\d+)[pP]$/.exec(resolution)?.[1])
  const ratio = /^(\d+):(\d+)$/.exec(aspectRatio)
  if (!ratio || !Number.isInteger(short)) return undefined
  const [x, y] = [Number(ratio[1]), Number(ratio[2])]
  const even = (length: number) => Math.round(length / 2) * 2
  return x >= y
    ? { height: even(short), width: even((short * x) / y) }
    : { height: even((short * y) / x), width: even(short) }
}

export declare namespace dimensionsOf {
  type Options = { aspectRatio?: string | undefined; resolution?: string | undefined }
}

export type Dimensions = { height: number; width: number }

const shortSides: Record<string, number> = { '2K': 1440, '4k': 2160, true_1080p: 1080 }

/**
 * Price of an upscale by the published tiers, in micro-dollars: by the height it comes to, a second,
 * and double above 48 frames a second. Sizes in pixels, length in seconds.
 */
export function upscalePrice(options: upscalePrice.Options): bigint {
  const { factor, fps, height, seconds } = options
  const made = height * factor
  const rate = made <= 720 ? 13_000n : made <= 1080 ? 25_000n : 100_000n
  return ((rate * BigInt(Math.round(seconds * 1_000))) / 1_000n) * (fps > 48 ? 2n : 1n)
}

export declare namespace upscalePrice {
  type Options = { factor: number; fps: number; height: number; seconds: number }
}

/** The request is not one that its model takes. */
export class InvalidRequestError extends Errors.BaseError {
  override readonly code = 'INVALID_INPUT'
  readonly issues: readonly Issue.Issue[]
  override readonly name = 'Video.InvalidRequestError'
  /** The valid request nearest to it, where one is known. */
  readonly suggestion: Request | undefined

  constructor({ issues, suggestion }: InvalidRequestError.Options) {
    super('The video request is not valid, so nothing was bought.', {
      facts: issues.slice(0, 8).map(Issue.format),
      hint: suggestion
        ? `Nearest valid request: ${Issue.showRequest(suggestion)}`
        : 'Correct the fields named above; `video_models` lists what each model takes.',
    })
    this.issues = issues
    this.suggestion = suggestion
  }
}

export declare namespace InvalidRequestError {
  type Options = { issues: readonly Issue.Issue[]; suggestion?: Request | undefined }
}

/**
 * Parses a request.
 *
 * @throws {@link InvalidRequestError} naming each field that is wrong, and the known ones when a
 * field is unknown.
 */
export function parseRequest(value: unknown): Request {
  const parsed = Request.safeParse(value)
  if (parsed.success) return parsed.data
  const known = Object.keys(Request.shape)
  throw new InvalidRequestError({ issues: Issue.ofZod(parsed.error, { known, value }) })
}

/** The server reported that the video cannot be made. */
export class FailedError extends Errors.BaseError {
  override readonly code = 'VIDEO_FAILED'
  override readonly name = 'Video.FailedError'

  constructor({ jobId, reason, refunded }: { jobId: string; reason: string; refunded: boolean }) {
    super('The video could not be generated.', {
      facts: [
        `Job: ${jobId}`,
        `Reason: ${reason}`,
        `Refunded: ${refunded ? 'yes' : 'not yet seen'}`,
      ],
      hint: refunded
        ? 'Change the prompt or the model and quote again.'
        : `Run \`zecchino retrieve ${jobId}\` to look for the refund.`,
      moneyMoved: refunded ? 'no' : 'yes',
    })
  }
}

/** The job was still running when the time was up. It has been paid for and may still finish. */
export class TimeoutError extends Errors.BaseError {
  override readonly code = 'VIDEO_TIMEOUT'
  override readonly name = 'Video.TimeoutError'

  constructor({ jobId }: { jobId: string }) {
    super('The video was not ready in time.', {
      facts: [`Job: ${jobId}`],
      hint: `Wait for the same job again: \`zecchino retrieve ${jobId}\`. A new quote would be a new purchase.`,
      moneyMoved: 'yes',
    })
  }
}

/** The bytes that arrived are not a readable MP4, so no final file was made. */
export class NotAVideoError extends Errors.BaseError {
  override readonly code = 'NOT_A_VIDEO'
  override readonly name = 'Video.NotAVideoError'

  constructor({ cause, reason }: { cause?: unknown; reason: string }) {
    super('The downloaded bytes are not a readable MP4.', {
      cause,
      facts: [`Reason: ${reason}`],
      hint: 'Nothing was saved under the final name and nothing was deleted; the download is tried again.',
      moneyMoved: 'yes',
    })
  }
}
