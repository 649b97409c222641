import { call, valueOf } from '../client/call.js'
import type { Client } from '../client/createClient.js'
import * as Venice from '../Venice.js'
import type * as Video from '../Video.js'

/**
 * Asks for the price of a request, in micro-dollars. Free, a point in time. A wallet asks without
 * credentials; a key goes along, because upscales are quoted to keys only.
 *
 * @throws {@link ApiRefusedError} with status 403 for upscale models, which a wallet cannot quote.
 */
export async function quoteVideo(client: Client, request: quoteVideo.Request): Promise<bigint> {
  const { aspect_ratio, audio, duration, model, resolution, upscale_factor, video_url } = request
  const body = {
    model,
    duration,
    aspect_ratio,
    resolution,
    upscale_factor,
    audio,
    // Venice reads the source of every model that takes one: without it there is no price.
    video_url,
    reference_video_total_duration: request.reference_video_total_duration,
    reference_image_count: request.reference_image_urls?.length,
  }
  const answer = await call(client, { body, path: '/video/quote', signIn: !client.wallet })
  return valueOf(answer, Venice.Quote).quote
}

export declare namespace quoteVideo {
  type Request = Video.Request & {
    /** Seconds of all reference videos together; without it they are not priced. */
    reference_video_total_duration?: number | undefined
  }
}
