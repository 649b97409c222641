import * as Money from '../../Money.js'
import { admit, refuseForFunds } from '../admit.js'
import type { Entry } from '../catalogue.js'
import { checkConsent } from '../checkConsent.js'
import { checkRequest } from '../checkRequest.js'
import { checkSeedance, readsPrompt, workflowOf } from '../checkSeedance.js'
import { checkType } from '../checkType.js'
import { createJob } from '../createJob.js'
import { spendable } from '../credit.js'
import { findModel } from '../findModel.js'
import { type Measured, measure } from '../measure.js'
import { parseBody } from '../parseBody.js'
import { price } from '../price.js'
import { QueueBody, type Request as Wanted, withAliases } from '../queueBody.js'
import { readJson, refuseBody } from '../readJson.js'
import { refuse } from '../refuse.js'
import { secondsOf } from '../secondsOf.js'
import { takeFault } from '../takeFault.js'
import type { Trace, World } from '../world.js'

/** `POST /video/queue`: accepts a job and charges it. Nothing here is idempotent. */
export async function serveQueue(world: World, request: Request, trace: Trace): Promise<Response> {
  const json = await readJson(request, trace)
  const account = await admit(world, { request, route: 'queue', trace })
  checkType(request, trace)
  const { consents, ...body } = parseBody(QueueBody, withAliases(json))
  const entry = findModel(world, body.model)
  const measured = await measure(entry, body)
  const issues = [
    ...checkRequest(entry, body, world.behavior),
    ...checkSeedance(entry, body),
    ...measured.issues,
  ]
  if (issues.length > 0) refuseBody(issues)
  if (takeFault(world, trace, 'content-policy'))
    refuse(
      422,
      {
        error: 'Your prompt violates the content policy of Venice.ai or the model provider',
        suggested_prompt: 'A gondola crossing a quiet canal at dawn.',
      },
      'the prompt violates the content policy; nothing was charged',
    )
  checkConsent(world, { account, consents, entry, request: body, trace })

  const amount = priceOf(entry, body, measured)
  if (spendable(account) < amount) refuseForFunds(account, amount)
  const lie = takeFault(world, trace, 'price-lie')
  const charged = lie ? Money.fromNumber(Money.toNumber(amount) * lie.factor) : amount
  const job = createJob(world, {
    account,
    entry,
    measured,
    price: charged < spendable(account) ? charged : spendable(account),
    request: body,
    trace,
  })
  const task = readsPrompt(entry.id)
    ? `, read as ${workflowOf(body.prompt ?? '') ?? 'no known task'}`
    : ''
  trace.verdict = `accepted ${job.queueId}, charged ${Money.display(job.price)}${task}`
  return Response.json({
    model: entry.id,
    queue_id: job.queueId,
    ...(job.token && { download_url: `${trace.origin}/storage/${job.token}/video.mp4` }),
  })
}

function priceOf(entry: Entry, body: Wanted, { referenceSeconds, source }: Measured) {
  return price(entry, {
    audio: body.audio,
    fps: source?.fps,
    height: (source?.height ?? 720) * (body.upscale_factor ?? 2),
    referenceSeconds,
    resolution: body.resolution,
    seconds: secondsOf(body.duration) ?? source?.seconds ?? 5,
  })
}
