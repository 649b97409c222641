import * as z from 'zod'

import { admit } from '../admit.js'
import { checkType } from '../checkType.js'
import { findJob, refuseId } from '../findJob.js'
import { parseBody } from '../parseBody.js'
import { readJson } from '../readJson.js'
import type { Trace, World } from '../world.js'

const Body = z.strictObject({
  model: z.string().min(1).max(200),
  queue_id: z.string().min(1).max(200),
})

/**
 * `POST /video/complete`: deletes the media. The real one answers 400 to every id today, so this
 * one does too unless the documented behaviour is asked for.
 */
export async function serveComplete(
  world: World,
  request: Request,
  trace: Trace,
): Promise<Response> {
  const json = await readJson(request, trace)
  const account = await admit(world, { request, route: 'complete', trace })
  checkType(request, trace)
  const body = parseBody(Body, json)
  trace.queueId = body.queue_id.slice(0, 100)
  const answer =
    world.observed?.facts.complete ?? (world.behavior === 'live' ? 'refused' : 'deleted')
  if (answer === 'refused') return refuseId('no id of a queue is taken here')
  const job = findJob(world, account, body)
  if (answer === 'not_deleted') return Response.json({ success: false })
  job.deleted ??= 'deleted'
  trace.verdict = 'media deleted'
  return Response.json({ success: true })
}
