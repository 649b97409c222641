import { quoteVideo } from '../actions/quoteVideo.js'
import { ApiRefusedError } from '../client/call.js'
import type { Client } from '../client/createClient.js'
import type * as Media from '../Media.js'
import * as Families from '../Families.js'
import * as Video from '../Video.js'
import { findModel } from './findModel.js'
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
  const { model, reference_video_urls, video_references, video_url } = request
  const { model: row } = await findModel(client, model)
  const bare: Video.Request = { model, reference_video_urls, video_references, video_url }
  const { media } = await readMedia(bare, { folders: [], model: row })
  const { known, total } = referenceSeconds(request, media)
  const asked = {
    ...request,
    ...(total > 0 && { reference_video_total_duration: total }),
  }
  if (Families.kindOf(row) === 'upscale') {
    // Venice quotes an upscale to a key only, and perhaps not to every one.
    const price = client.wallet ? undefined : await askFor(client, asked)
    return price === undefined ? estimate(request, media) : { estimate: false, price, warnings: [] }
  }
  const price = await ask(client, asked)
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

/** The price, or nothing where the server does not tell it to whoever asks. */
async function askFor(client: Client, request: quoteVideo.Request): Promise<bigint | undefined> {
  try {
    return await ask(client, request)
  } catch (error) {
    if (error instanceof ModelUnavailableError) return undefined
    throw error
  }
}

/** What is taken for the longest clips where the family of a model does not tell, in seconds. */
const usual = { most: 15, total: 15 }

/** Seconds of all reference videos, to the millisecond; those not known count as the most. */
function referenceSeconds(request: Video.Request, media: readonly Media.Medium[]) {
  const { most = usual.most, total = usual.total } = Families.of(request.model).videos ?? usual
  const { reference_video_urls: urls = [], video_references: named = [] } = request
  const count = urls.length + named.length
  const clips = media.filter(({ field }) =>
    /^(reference_video_urls|video_references)\./.test(field),
  )
  const sum = clips.reduce((sum, { seconds = most }) => sum + seconds, 0)
  const rest = (count - clips.length) * most
  const seconds = rest > 0 ? Math.max(sum, Math.min(sum + rest, total)) : sum
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
