import * as z from 'zod'

import { quote } from '../flows/quote.js'
import * as Money from '../Money.js'
import * as Video from '../Video.js'
import { callOf } from './callOf.js'
import { defineTool } from './defineTool.js'

const { shape } = Video.Request

/** The request with the words an agent needs; the shape is {@link Video.Request}'s. */
const input = z.strictObject({
  ...shape,
  model: shape.model.describe('Model id from video_models.'),
  prompt: shape.prompt.describe('What the video shows. Required by all but upscale models.'),
  duration: shape.duration.describe(
    'One of the model’s durations, such as "5s"; left out where it lists "Auto".',
  ),
  negative_prompt: shape.negative_prompt.describe('What it must not show.'),
  aspect_ratio: shape.aspect_ratio.describe('Required if the model lists any.'),
  resolution: shape.resolution.describe('One of the model’s resolutions.'),
  upscale_factor: shape.upscale_factor.describe('Upscale models only: 1, 2 or 4.'),
  audio: shape.audio.describe('Default true, where it can be chosen.'),
  bitrate_mode: shape.bitrate_mode.describe('Seedance 2 only.'),
  image_url: shape.image_url.describe('First frame.'),
  end_image_url: shape.end_image_url.describe('Last frame; needs a first.'),
  audio_url: shape.audio_url.describe('Sound to follow: WAV or MP3, at most 30 s.'),
  video_url: shape.video_url.describe('Video to change or upscale.'),
  reference_image_urls: shape.reference_image_urls.describe('<Image 1> and so on in the prompt.'),
  reference_video_urls: shape.reference_video_urls.describe('<Video 1> and so on.'),
  reference_audio_urls: shape.reference_audio_urls.describe('Never the only reference.'),
  elements: shape.elements.describe('@Element1 and so on in the prompt.'),
  scene_image_urls: shape.scene_image_urls.describe('@Image1 and so on in the prompt.'),
  keyframes: shape.keyframes.describe('frame_index counts at 24 frames per second.'),
  omni_reference_task_type: shape.omni_reference_task_type.describe('Seedance 2.5 only.'),
  camera_trajectory: shape.camera_trajectory.describe(
    'Multi-angle only; time rises from 0 to 1, angles in degrees.',
  ),
  image_references: shape.image_references.describe('@ref_name in the prompt.'),
  video_references: shape.video_references.describe('@ref_name in the prompt.'),
})

export const videoQuote = defineTool({
  checksInput: true,
  name: 'video_quote',
  title: 'Quote a video',
  description:
    'Free. Checks and prices one exact request in USD, and keeps it for 15 minutes as quote_id; nothing is bought. Give only options that the model lists, such as {"model":"wan-2-7-text-to-video","prompt":"A lantern on black water.","duration":"5s","resolution":"720p","aspect_ratio":"16:9"}. Media fields take an https or data URL, or the absolute path of a file in a folder that the owner allows. To change anything, quote again. Next: video_generate.',
  input,
  output: z.object({
    quote_id: z.string(),
    price_usd: z.string(),
    expires_at: z.string(),
    estimate: z.boolean(),
    credit_usd: z.string().optional(),
    top_up_usd: z.string(),
    needs_approval: z.boolean(),
    warnings: z.array(z.string()),
    next: z.string(),
  }),
  spends: false,
  async run(zecchino, request, { readFiles }) {
    const quoted = await quote(zecchino, request, { readFiles })
    const { credit, needsApproval, quote: made, same, topUp, warnings } = quoted
    const [first] = same
    const before = first
      ? `The same was asked for before, as ${first.id} (${first.status}): call ${callOf('video_retrieve', { job_id: first.id })} for that one. Only if a second one is wanted: `
      : ''
    const generate = callOf('video_generate', { quote_id: made.id })
    const extra = topUp > 0n ? `, after a top-up of ${Money.display(topUp)} USDC` : ''
    return {
      quote_id: made.id,
      price_usd: Money.format(made.price),
      expires_at: made.expiresAt.toISOString(),
      estimate: made.estimate,
      ...(credit !== undefined && { credit_usd: Money.format(credit) }),
      top_up_usd: Money.format(topUp),
      needs_approval: needsApproval,
      warnings,
      next: `${before}${before ? 'call' : 'Call'} ${generate} to buy the video for ${Money.display(made.price)}${extra}. ${
        needsApproval
          ? 'The wallet’s owner will have to approve it.'
          : 'If the user set no budget, tell them the price first.'
      }`,
    }
  },
})
