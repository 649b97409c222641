import * as z from 'zod'

import { admit } from '../admit.js'
import { checkType } from '../checkType.js'
import { endJob } from '../createJob.js'
import { findJob } from '../findJob.js'
import { parseBody } from '../parseBody.js'
import { readJson } from '../readJson.js'
import { refuse } from '../refuse.js'
import { statusOf } from '../statusOf.js'
import { takeFault } from '../takeFault.js'
import type { Job, Trace, World } from '../world.js'

const Body = z.strictObject({
  model: z.string().min(1).max(200),
  queue_id: z.string().min(1).max(200),
  delete_media_on_completion: z.boolean().optional(),
})

/** `POST /video/retrieve`: progress, the file itself, or where the file comes over a link that it is done. */
export async function serveRetrieve(
  world: World,
  request: Request,
  trace: Trace,
): Promise<Response> {
  const json = await readJson(request, trace)
  const account = await admit(world, { request, route: 'retrieve', trace })
  checkType(request, trace)
  const body = parseBody(Body, json)
  trace.queueId = body.queue_id.slice(0, 100)
  const job = findJob(world, account, body)
  spoil(world, trace, job)
  if (job.failure) refuse(job.failure.status, job.failure.body, 'the job has failed')
  if (job.deleted)
    refuse(
      404,
      { error: 'Media could not be found. Request may be invalid, expired, or deleted.' },
      `the media is ${job.deleted}`,
    )

  const status = statusOf(world, job)
  const progress = {
    average_execution_time: Math.round(job.estimate),
    execution_duration: Math.round(
      Math.min(world.now().getTime(), status === 'COMPLETED' ? job.readyAt : Infinity) -
        job.createdAt,
    ),
  }
  trace.verdict = `${status.toLowerCase()}: ${Math.round(progress.execution_duration / 100) / 10} s`
  if (status === 'PROCESSING' || !job.media) return Response.json({ status, ...progress })
  // Decided here: what lies behind a link stays until the link goes, for Venice's own example asks for
  // the deletion first and follows the link after.
  if (job.token) return Response.json({ status, ...progress })
  if (body.delete_media_on_completion) {
    trace.verdict += ', media deleted on request'
    job.deleted = 'deleted'
  }
  return new Response(Uint8Array.from(job.media), {
    headers: { 'Content-Length': String(job.media.byteLength), 'Content-Type': 'video/mp4' },
  })
}

/** The faults that end a job. */
function spoil(world: World, trace: Trace, job: Job): void {
  if (takeFault(world, trace, 'media-gone')) job.deleted ??= 'gone'
  const failed = takeFault(world, trace, 'job-failed')
  if (failed)
    endJob(world, job, {
      body: { error: 'Inference processing failed' },
      refund: failed.refund,
      status: 500,
      trace,
    })
  const refused = takeFault(world, trace, 'content-policy')
  if (!refused) return
  // The Runway models keep the charge of what their policy refuses.
  const refund = refused.refund && !job.model.rules.keepsCharge
  const message =
    'The selected model provider rejected this request due to its content policies.' +
    (refund ? ' Credits have been refunded.' : '')
  const nested = {
    credits_refunded: refund,
    message,
    recommended_model: 'wan-2-7-text-to-video',
    type: 'provider_content_policy',
  }
  const hint = 'Change the prompt or the media and try again.'
  const body =
    refused.shape === 'flat'
      ? { credits_refunded: refund, error: message, hint }
      : { error: nested }
  endJob(world, job, { body, refund, status: 422, trace })
}
