import { createHash } from 'node:crypto'

import * as z from 'zod'

import * as Errors from './Errors.js'
import { canonicalJson } from './internal/canonicalJson.js'
import * as Issue from './Issue.js'

/** The name of an option; which there are, the rows of the catalogue say. Case counts. */
const Option = z.string().min(1).max(40)
/** An http(s) URL, a data URL, or (where local media are allowed) the path of a file. */
const Media = z.string().min(1)
/** How long it may be is for the row to say. */
const Prompt = z.string().min(1).max(100_000)

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
  /** Listed, such as `5s`; left out where the row lists `Auto`; `auto` and `-1`: see the family. */
  duration: Option.optional(),
  /** Needed if the model lists any; `adaptive` and `auto` follow the source. */
  aspect_ratio: Option.optional(),
  resolution: Option.optional(),
  /** Upscale models only, instead of a resolution: 1, 2 or 4; the server takes 2 where it is not. */
  upscale_factor: z.number().positive().max(16).optional(),
  /** With sound or without, where the model leaves the choice; the server takes `true`. */
  audio: z.boolean().optional(),
  /** Seedance 2.0 and 2.5 only. */
  bitrate_mode: z.enum(['standard', 'high']).optional(),
  /** First frame. */
  image_url: Media.optional(),
  /** Last frame; needs a first one. */
  end_image_url: Media.optional(),
  /** Soundtrack: WAV or MP3 of at most 30 s and 15 MB. */
  audio_url: Media.optional(),
  /** Source to change or to upscale: MP4, MOV or WebM; an upscale takes at most 300 s. */
  video_url: Media.optional(),
  /** How many: by family, 3 to 30. Named `<Image 1>`, … in Seedance's prompts. */
  reference_image_urls: z.array(Media).min(1).max(30).optional(),
  /** MP4 or MOV; how many and how long: by family. */
  reference_video_urls: z.array(Media).min(1).max(10).optional(),
  /** WAV or MP3, by family; never the only reference. */
  reference_audio_urls: z.array(Media).min(1).max(10).optional(),
  /** Wan 3.0: a document, or the address of a public page. */
  reference_document_urls: z.array(Media).length(1).optional(),
  /** People or things, named `@Element1`, … in the prompt. */
  elements: z
    .array(
      z.strictObject({
        frontal_image_url: Media.optional(),
        reference_image_urls: z.array(Media).max(3).optional(),
        video_url: Media.optional(),
        audio_url: Media.optional(),
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
  omni_reference_task_type: z
    .enum(['auto', 'reference', 'edit', 'extend', 'editing', 'extension'])
    .optional(),
  /** Pictures with names of their own, `@ref_name` in the prompt; such as PixVerse C1's. */
  image_references: z
    .array(
      z.strictObject({
        image_url: Media,
        type: z.enum(['subject', 'background']).optional(),
        ref_name: z.string().min(1).max(100).optional(),
      }),
    )
    .min(1)
    .max(30)
    .optional(),
  /** Videos with names and sounds of their own, where the row says `per_reference_audio`. */
  video_references: z
    .array(
      z.strictObject({
        video_url: Media,
        ref_name: z.string().min(1).max(100).optional(),
        audio_url: Media.optional(),
      }),
    )
    .min(1)
    .max(10)
    .optional(),
  /** Grok Imagine 1.5 reference-to-video; a wrong one is answered with the list. */
  voice_id: z.string().min(1).max(200).optional(),
  /** Whom the caller asks for, as a name that tells nothing. */
  anon_user_id: z
    .string()
    .regex(/^[\x20-\x7e]{1,128}$/, 'Expected at most 128 printable ASCII characters')
    .optional(),
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

/** Seconds of a duration, `5s` or `12.5`; `undefined` where the source decides (`auto`, `1 gen`). */
export function secondsOf(duration: string | undefined): number | undefined {
  const match = /^(\d{1,3}(?:\.\d{1,6})?)s?$/.exec(duration ?? '')
  return match ? Number(match[1]) : undefined
}

/**
 * Width and height in pixels for a resolution and an aspect ratio. `Np` is the short side; the
 * long side follows from the ratio; both are rounded to even. `undefined` where the source decides.
 */
export function dimensionsOf(options: dimensionsOf.Options): Dimensions | undefined {
  const { aspectRatio = '16:9', resolution = '720p' } = options
  const short =
    shortSides[resolution.toLowerCase()] ?? Number(/^(\d{1,5})p$/i.exec(resolution)?.[1])
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

const shortSides: Record<string, number> = { '2k': 1440, '4k': 2160, true_1080p: 1080 }

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
        : 'No valid request is near enough to propose without changing what is bought. Correct the fields named above; `video_models` lists what each model takes.',
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
