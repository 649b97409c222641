import * as z from 'zod'

import * as Money from '../../Money.js'
import type { Entry } from '../catalogue.js'
import { checkType } from '../checkType.js'
import { findModel } from '../findModel.js'
import { issue } from '../issues.js'
import { checkErrorBudget } from '../limits.js'
import { measure } from '../measure.js'
import { parseBody } from '../parseBody.js'
import { price } from '../price.js'
import { type Issue, readJson, refuseBody } from '../readJson.js'
import { refuse } from '../refuse.js'
import { secondsOf } from '../secondsOf.js'
import { takeFault } from '../takeFault.js'
import type { Trace, World } from '../world.js'

/** Fields it does not know are dropped: a good quote does not prove the queue body valid. */
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
  checkType(request, trace)
  const body = parseBody(Body, json)
  const entry = findModel(world, body.model)
  if (entry.kind === 'upscale' && !request.headers.has('authorization'))
    refuse(
      403,
      { error: 'Video upscale quotes need an API key.' },
      'a wallet cannot quote an upscale model',
    )
  const issues = check(entry, body)
  if (issues.length > 0) refuseBody(issues)
  const amount = price(entry, { ...(await measured(entry, body)), audio: body.audio })
  const lie = takeFault(world, trace, 'price-lie')
  const dust = BigInt(takeFault(world, trace, 'dust')?.units ?? 0)
  const quote = Money.exactToNumber(Money.exact(amount) + dust) * (lie?.factor ?? 1)
  trace.verdict = `quoted ${Money.display(Money.fromNumber(quote))}`
  return Response.json({ quote })
}

function check({ kind, rules, spec }: Entry, body: Body): Issue[] {
  const { aspect_ratio: ratio = '', duration, resolution, video_url: source } = body
  const { reference_image_count: images = 0, reference_video_total_duration: total } = body
  const { durations, resolutions, video_input: takesVideo } = spec.constraints
  const lengths = durations.filter((value) => value !== 'Auto')
  const isFree = lengths.length < durations.length || lengths.length === 0
  const follows = rules.matched?.duration?.includes(duration ?? '') === true
  const isNumber = isFree && secondsOf(duration) !== undefined
  const isListed = duration === undefined ? isFree : durations.includes(duration) || isNumber
  const { images: mostImages = 0, videos } = rules
  return [
    ...issue(duration === undefined && !isFree, 'duration', 'duration is required'),
    ...issue(
      duration !== undefined && !follows && !isListed && kind !== 'upscale',
      'duration',
      `Must be one of ${durations.join(', ')}`,
    ),
    ...issue(
      resolution !== undefined && !resolutions.includes(resolution),
      'resolution',
      resolutions.length > 0
        ? `Must be one of ${resolutions.join(', ')}`
        : 'This model does not support resolution',
    ),
    ...issue(takesVideo === true && source === undefined, 'video_url', 'video_url is required'),
    ...issue(
      (follows || (rules.matched?.ratio.includes(ratio) ?? false)) && total === undefined,
      'reference_video_total_duration',
      'reference_video_total_duration is required where the source decides',
    ),
    ...issue(
      videos?.total !== undefined && (total ?? 0) > videos.total,
      'reference_video_total_duration',
      `Must be at most ${videos?.total} seconds`,
    ),
    ...issue(
      kind === 'reference' && images > mostImages,
      'reference_image_count',
      `Must be at most ${mostImages}`,
    ),
  ]
}

/** What the price depends on. Where the source decides, Venice reads the file. */
async function measured(entry: Entry, body: Body) {
  const { duration, model, reference_video_total_duration: total, resolution } = body
  const { upscale_factor: factor = 2, video_url } = body
  const { issues, source } = await measure(entry, { model, video_url })
  if (issues.length > 0) refuseBody(issues)
  const { fps, height = 720, seconds } = source ?? {}
  return {
    fps,
    height: height * factor,
    referenceSeconds: entry.rules.videos ? total : 0,
    resolution,
    seconds: secondsOf(duration) ?? seconds ?? Math.ceil(total ?? 5),
  }
}
