import { refuse } from '../refuse.js'
import { statusOf } from '../statusOf.js'
import { serveRange } from '../serveRange.js'
import { takeFault } from '../takeFault.js'
import type { Trace, World } from '../world.js'

const day = 86_400_000

/** A link is for one download with a few tries, not for a player. */
const maxGets = 10

/** `GET` and `DELETE` on a private model's download link. The link is the only credential. */
export function serveDownload(world: World, request: Request, trace: Trace): Response {
  const token = new URL(request.url).pathname.split('/')[2]
  const job = [...world.jobs.values()].find((job) => job.token !== undefined && job.token === token)
  if (!job) return refuse(404, { error: 'Not found' }, 'no such link')
  trace.queueId = job.queueId
  if (takeFault(world, trace, 'media-gone')) job.deleted ??= 'gone'
  if (request.method === 'DELETE') {
    job.deleted ??= 'deleted'
    trace.verdict = 'link revoked, media deleted'
    return new Response(null, { status: 204 })
  }
  if (job.deleted || world.now().getTime() - job.createdAt > day)
    refuse(410, { error: 'Gone' }, `the link is ${job.deleted ?? 'older than 24 h'}`)
  if (statusOf(world, job) !== 'COMPLETED' || !job.media)
    return refuse(404, { error: 'Not found' }, 'the file is not there yet')
  if (++job.gets > maxGets)
    refuse(429, { error: 'Too many downloads' }, `more than ${maxGets} downloads of one link`)
  trace.verdict = `download ${job.gets} of ${maxGets}`
  return serveRange(request, job.media)
}
