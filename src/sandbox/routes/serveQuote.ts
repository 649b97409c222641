import * as z from 'zod'

import * as Money from '../../Money.js'
import * as Video from '../../Video.js'
import type { Entry } from '../catalogue.js'
import { findModel } from '../findModel.js'
import { checkErrorBudget } from '../limits.js'
import { measure } from '../measure.js'
import { parseBody } from '../parseBody.js'
import { price } from '../price.js'
import { type Issue, readJson, refuseBody } from '../readJson.js'
import { refuse } from '../refuse.js'
import { takeFault } from '../takeFault.js'
import type { Trace, World } from '../world.js'

/** Fields it does not know are ignored: a good quote does not prove the queue body valid. */
const Body = z.object({
  model: z.string().min(1),
  duration: z.string().optional(),
  aspect_ratio: z.string().optional(),
  resolution: z.string().optional(),
  upscale_factor: z.union([z.literal(1), z.literal(2), z.literal(4)]).optional(),
  audio: z.boolean().optional(),
  video_url: z.string().min(1).optional(),
  reference_video_total_duration: z.number().min(0).max(150).optional(),
  reference_image_count: z.number().int().min(0).optional(),
})
type Body = z.output<typeof Body>

/** `POST /video/quote`: the price now, without credentials and without a promise. */
export async function serveQuote(world: World, request: Request, trace: Trace): Promise<Response> {
  const json = await readJson(request, trace)
  checkErrorBudget(world, trace)
  const body = parseBody(Body, json)
  const entry = findModel(world, body.model)
  if (entry.price === 'upscale' && !request.headers.has('authorization'))
    refuse(
      403,
      { error: 'Video upscale quotes need an API key.' },
      'a wallet cannot quote an upscale model',
    )
  const issues = check(entry, body)
  if (issues.length > 0) refuseBody(issues)
  const source = entry.price === 'upscale' ? await upscaled(entry, body) : {}
  const amount = price(entry, {
    audio: body.audio,
    referenceSeconds: body.reference_video_total_duration,
    resolution: body.resolution,
    seconds: Video.secondsOf(body.duration) ?? body.reference_video_total_duration ?? 5,
    ...source,
  })
  const lie = takeFault(world, trace, 'price-lie')
  const dust = BigInt(takeFault(world, trace, 'dust')?.units ?? 0)
  const quote = Money.exactToNumber(Money.exact(amount) + dust) * (lie?.factor ?? 1)
  trace.verdict = `quoted ${Money.display(Money.fromNumber(quote))}`
  return Response.json({ quote })
}

function check(entry: Entry, body: Body): Issue[] {
  const { durations, price, resolutions } = entry
  const { duration, reference_video_total_duration: reference, resolution } = body
  const matched = duration === 'auto' || duration === '-1'
  const wrong = (path: string, message: string) => [{ message, path: [path] }]
  return [
    ...(durations.length > 0 && duration === undefined ? wrong('duration', 'Required') : []),
    ...(duration !== undefined && price !== 'upscale' && !durations.includes(duration)
      ? wrong('duration', `Must be one of ${durations.join(', ')}`)
      : []),
    ...(resolution !== undefined && !resolutions.includes(resolution)
      ? wrong('resolution', `Must be one of ${resolutions.join(', ') || 'none'}`)
      : []),
    ...(matched && reference === undefined
      ? wrong('reference_video_total_duration', 'Required for source-matched duration')
      : []),
  ]
}

/** An upscale costs by what it makes of its source, so the source is read. */
async function upscaled(entry: Entry, { model, upscale_factor: factor = 2, video_url }: Body) {
  if (video_url === undefined) return refuseBody([{ message: 'Required', path: ['video_url'] }])
  const { issues, source } = await measure(entry, { model, video_url })
  if (issues.length > 0) refuseBody(issues)
  const { fps, height = 720, seconds = 5 } = source ?? {}
  return { fps, height: height * factor, seconds }
}
