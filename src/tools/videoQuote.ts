import * as z from 'zod'

import { quote } from '../flows/quote.js'
import * as Money from '../Money.js'
import * as Video from '../Video.js'
import { defineTool } from './defineTool.js'

const { shape } = Video.Request

/** The request with the words an agent needs; the shape is {@link Video.Request}'s. */
const input = z.strictObject({
  ...shape,
  model: shape.model.describe('Model id from video_models.'),
  prompt: shape.prompt.describe('What the video shows. Required by all but upscale models.'),
  duration: shape.duration.describe('One of the model’s durations, such as "5s".'),
  aspect_ratio: shape.aspect_ratio.describe('Required if the model lists any, else omit.'),
  resolution: shape.resolution.describe('One of the model’s resolutions, such as "720p".'),
  image_url: shape.image_url.describe('First frame: https or data URL.'),
})

export const videoQuote = defineTool({
  name: 'video_quote',
  title: 'Quote a video',
  description:
    'Free. Prices one exact video request and stores it for 15 minutes. Media fields take https or data URLs. Next: video_generate with the quote_id.',
  input,
  output: z.object({
    quote_id: z.string(),
    price_usd: z.string(),
    expires_at: z.string(),
    estimate: z.boolean(),
    credit_usd: z.string(),
    top_up_usd: z.string(),
    needs_approval: z.boolean(),
    warnings: z.array(z.string()),
    next: z.string(),
  }),
  spends: false,
  async run(zecchino, request) {
    const { credit, needsApproval, quote: made, topUp, warnings } = await quote(zecchino, request)
    const price = Money.display(made.price)
    return {
      quote_id: made.id,
      price_usd: Money.format(made.price),
      expires_at: made.expiresAt.toISOString(),
      estimate: made.estimate,
      credit_usd: Money.format(credit),
      top_up_usd: Money.format(topUp),
      needs_approval: needsApproval,
      warnings,
      next: `Call video_generate with this quote_id to buy the video for ${price}${
        topUp > 0n ? ` (tops the credit up by ${Money.display(topUp)} first)` : ''
      }.${needsApproval ? ' The wallet’s owner will have to approve it.' : ''}`,
    }
  },
})
