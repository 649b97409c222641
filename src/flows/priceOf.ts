import { quoteVideo } from '../actions/quoteVideo.js'
import { ApiRefusedError } from '../client/call.js'
import type { Client } from '../client/createClient.js'
import type * as Media from '../Media.js'
import * as Rules from '../Rules.js'
import * as Video from '../Video.js'
import { readMedia } from './readMedia.js'
import { serverIssues } from './serverIssues.js'
import { ModelUnavailableError } from './validate.js'

/**
 * Finds the price of a request as it would be sent, in micro-dollars. An upscale is estimated from
 * its source, because a wallet cannot ask; reference videos behind URLs are taken for as long as
 * they may be, because without their length the answer would be too low.
 *
 * @throws {@link Video.InvalidRequestError} {@link ModelUnavailableError}
 */
export async function priceOf(client: Client, request: Video.Request): Promise<priceOf.ReturnType> {
  const { reference_video_urls, video_url } = request
  const bare: Video.Request = { model: request.model, reference_video_urls, video_url }
  const { media } = await readMedia(bare, { folders: [] })
  if (Rules.isUpscale(request.model)) return estimate(request, media)
  const { known, total } = referenceSeconds(request, media)
  const price = await ask(client, {
    ...request,
    ...(total > 0 && { reference_video_total_duration: total }),
  })
  const warning = `Reference videos behind URLs are not fetched: they are priced as ${total} s, the most they may have in all. Data URLs or files give the exact price.`
  return known
    ? { estimate: false, price, warnings: [] }
    : { estimate: true, price, warnings: [warning] }
}

export declare namespace priceOf {
  type ReturnType = {
    /** Computed from what is published or assumed, not from what the server was told. */
    estimate: boolean
    /** Micro-dollars. */
    price: bigint
    warnings: string[]
  }
}

/** Asks the server. A refusal names the field, like our own. */
async function ask(client: Client, request: quoteVideo.Request): Promise<bigint> {
  try {
    return await quoteVideo(client, request)
  } catch (error) {
    if (!(error instanceof ApiRefusedError)) throw error
    if (error.status === 400 && error.issues.length > 0)
      throw new Video.InvalidRequestError({ issues: serverIssues(request, error.issues) })
    if (error.status === 403)
      throw new ModelUnavailableError({ cause: error, model: request.model, says: error.facts })
    throw error
  }
}

/** Seconds of all reference videos, rounded up to a tenth; those not known count as the most. */
function referenceSeconds(request: Video.Request, media: readonly Media.Medium[]) {
  const { each, total: most } = Rules.referenceLimits(request.model).seconds
  const count = request.reference_video_urls?.length ?? 0
  const clips = media.filter(({ field }) => field.startsWith('reference_video_urls.'))
  const sum = clips.reduce((sum, { seconds = each }) => sum + seconds, 0)
  const rest = (count - clips.length) * each
  const seconds = rest > 0 ? Math.min(sum + rest, most) : sum
  return { known: rest === 0, total: Math.round(seconds * 1_000) / 1_000 }
}

function estimate(request: Video.Request, media: readonly Media.Medium[]): priceOf.ReturnType {
  const source = media.find(({ field }) => field === 'video_url')
  const { fps, height, seconds } = source ?? {}
  if (fps === undefined || height === undefined || seconds === undefined)
    throw new Video.InvalidRequestError({
      issues: [
        {
          allowed:
            'a file or a data URL, because the price of an upscale is estimated from its source',
          field: 'video_url',
          given: request.video_url,
        },
      ],
    })
  const price = Video.upscalePrice({ factor: request.upscale_factor ?? 2, fps, height, seconds })
  const warning =
    'The price is an estimate from the published tiers: Venice does not quote an upscale to a wallet.'
  return { estimate: true, price, warnings: [warning] }
}
