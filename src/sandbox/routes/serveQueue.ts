import * as z from 'zod'

import * as Money from '../../Money.js'
import * as Video from '../../Video.js'
import { admit, refuseForFunds } from '../admit.js'
import { checkRequest } from '../checkRequest.js'
import { createJob } from '../createJob.js'
import { spendable } from '../credit.js'
import { findModel } from '../findModel.js'
import { parseBody } from '../parseBody.js'
import { price } from '../price.js'
import { readJson, refuseBody } from '../readJson.js'
import type { Trace, World } from '../world.js'

const Consent = z.strictObject({
  confirmed_terms_and_privacy: z.literal(true),
  confirmed_legal_right: z.literal(true),
  confirmed_screening_acknowledged: z.literal(true),
})

const Body = Video.Request.extend({
  consents: z.strictObject({ seedance: Consent.optional() }).optional(),
})

/** `POST /video/queue`: accepts a job and charges it. Nothing here is idempotent. */
export async function serveQueue(world: World, request: Request, trace: Trace): Promise<Response> {
  const json = await readJson(request, trace)
  const account = await admit(world, { request, route: 'queue', trace })
  const { consents: _, ...body } = parseBody(Body, json)
  const entry = findModel(world, body.model)
  const issues = checkRequest(entry, body)
  if (issues.length > 0) refuseBody(issues)

  const amount = price(entry, {
    audio: body.audio,
    resolution: body.resolution,
    seconds: Video.secondsOf(body.duration) ?? 5,
  })
  if (spendable(account) < amount) refuseForFunds(account, amount)
  const job = createJob(world, { account, entry, price: amount, request: body })
  trace.verdict = `accepted ${job.queueId}, charged ${Money.display(amount)}`
  return Response.json({
    model: entry.id,
    queue_id: job.queueId,
    ...(job.token && { download_url: `${trace.origin}/storage/${job.token}/video.mp4` }),
  })
}
