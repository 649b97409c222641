import { refuse } from './refuse.js'
import type { Account, Job, World } from './world.js'

const day = 86_400_000

/** The job a body names. Unknown, older than 24 h, of another wallet or another model: 400. */
export function findJob(world: World, account: Account, body: findJob.Options): Job {
  const job = world.jobs.get(body.queue_id)
  const found = job?.account === account.id && job.model.id === body.model ? job : undefined
  if (found && world.now().getTime() - found.createdAt <= day) return found
  if (!found && !world.catalogue.has(body.model))
    return refuse(404, { error: 'Specified model not found' }, 'no such model')
  return refuseId('no such job, or it is older than 24 h')
}

/** Venice's words for an id that it does not know. */
export function refuseId(verdict: string): never {
  return refuse(400, { error: 'Request ID is invalid.' }, verdict)
}

export declare namespace findJob {
  type Options = { model: string; queue_id: string }
}
