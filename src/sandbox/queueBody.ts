import * as z from 'zod'

import { Consents } from './checkConsent.js'

const Media = z.string().min(1)
const Name = z.string().min(1).max(100)

/**
 * The fields of `POST /video/queue`, whatever the model. Words such as `5s` or `720p` are open: which
 * of them a model takes is its row's business, and checked there.
 */
export const QueueBody = z.strictObject({
  model: z.string().min(1).max(200),
  prompt: z.string().optional(),
  negative_prompt: z.string().optional(),
  duration: z.string().optional(),
  aspect_ratio: z.string().optional(),
  resolution: z.string().optional(),
  upscale_factor: z.union([z.literal(1), z.literal(2), z.literal(4)]).optional(),
  audio: z.boolean().optional(),
  bitrate_mode: z.enum(['standard', 'high']).optional(),
  image_url: Media.optional(),
  end_image_url: Media.optional(),
  audio_url: Media.optional(),
  video_url: Media.optional(),
  reference_image_urls: z.array(Media).min(1).max(30).optional(),
  reference_video_urls: z.array(Media).min(1).max(10).optional(),
  reference_audio_urls: z.array(Media).min(1).max(10).optional(),
  reference_document_urls: z.array(Media).length(1).optional(),
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
  scene_image_urls: z.array(Media).min(1).max(4).optional(),
  image_references: z
    .array(
      z.strictObject({
        image_url: Media,
        type: z.enum(['subject', 'background']).optional(),
        ref_name: Name.optional(),
      }),
    )
    .min(1)
    .optional(),
  video_references: z
    .array(
      z.strictObject({ video_url: Media, ref_name: Name.optional(), audio_url: Media.optional() }),
    )
    .min(1)
    .optional(),
  keyframes: z
    .array(z.strictObject({ image_url: Media, frame_index: z.int().min(0) }))
    .min(1)
    .max(10)
    .optional(),
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
  omni_reference_task_type: z.enum(['auto', 'reference', 'edit', 'extend']).optional(),
  voice_id: z.string().optional(),
  anon_user_id: z
    .string()
    .regex(/^[ -~]{1,128}$/, 'Must be at most 128 printable ASCII characters')
    .optional(),
  /** Of the quote: a guide sends it here, the newer notes refuse unknown keys. */
  reference_video_total_duration: z.number().min(0).optional(),
  consents: Consents.optional(),
})

/** What to make, without the consent that may come with it. */
export type Request = Omit<z.output<typeof QueueBody>, 'consents'>

/** Two longer words for the task are taken too. */
export function withAliases(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json
  if (!('omni_reference_task_type' in json)) return json
  const aliases: Record<string, string> = { editing: 'edit', extension: 'extend' }
  const task = String(json.omni_reference_task_type)
  return { ...json, omni_reference_task_type: aliases[task] ?? json.omni_reference_task_type }
}
