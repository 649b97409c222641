import * as Money from '../../Money.js'
import { videoList } from '../../tools/videoList.js'
import type { Context } from '../runCommand.js'
import { table } from '../table.js'
import { toolInput } from '../toolInput.js'

/** `zecchino list`. */
export async function list({ open, options, print }: Context): Promise<void> {
  const zecchino = await open()
  const input = toolInput(videoList, {
    limit: Number(options['limit']),
    status: options['status'],
  })
  const result = await videoList.run(zecchino, input, {})
  const rows = result.jobs.map((job) => [
    job.job_id,
    job.status,
    job.model,
    Money.display(Money.parse(job.price_usd)),
    job.created_at,
    job.path ?? job.detail ?? '',
  ])
  print(
    result,
    rows.length > 0
      ? table(['job', 'status', 'model', 'price', 'created', 'file'], rows)
      : ['No jobs yet.'],
  )
}
