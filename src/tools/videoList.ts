import * as z from 'zod'

import { readWaits } from '../flows/readWaits.js'
import * as Job from '../Job.js'
import * as Money from '../Money.js'
import { callOf } from './callOf.js'
import { defineTool } from './defineTool.js'

export const videoList = defineTool({
  capped: ['limit'],
  name: 'video_list',
  title: 'List jobs',
  description:
    'Free. Lists this wallet’s jobs, newest first: look here for a lost job_id before buying again. Next: video_retrieve.',
  input: z.strictObject({
    status: z.enum(Job.statuses).optional(),
    limit: z.int().min(1).max(100).default(20),
  }),
  output: z.object({
    jobs: z.array(
      z.object({
        job_id: z.string(),
        status: z.enum(Job.statuses),
        model: z.string(),
        price_usd: z.string(),
        created_at: z.string(),
        path: z.string().optional(),
        detail: z.string().optional(),
      }),
    ),
    next: z.string(),
  }),
  spends: false,
  async run(zecchino, { limit, status }) {
    const found = await zecchino.ledger.jobs({ limit, statuses: status && [status] })
    const waitsOf = await readWaits(zecchino)
    const isTold = ({ status }: Job.Job) => Job.isSettled(status) || status === 'ready'
    const detailOf = (job: Job.Job) => (isTold(job) && job.detail) || waitsOf(job)
    const jobs = found.map((job) => ({
      job_id: job.id,
      status: job.status,
      model: job.model,
      price_usd: Money.format(job.price),
      created_at: job.createdAt.toISOString(),
      ...(job.file && { path: job.file.path }),
      ...(detailOf(job) && { detail: detailOf(job) }),
    }))
    const waiting = found.find(({ status }) => !Job.isSettled(status) && !Job.isSaved(status))
    const now = zecchino.client.providerTime().at
    const givenUp = found.find((job) => Job.canLookAgain(job, now))
    return {
      jobs,
      next: waiting
        ? `Call ${callOf('video_retrieve', { job_id: waiting.id })} to wait for the newest that is not finished.`
        : givenUp
          ? `Call ${callOf('video_retrieve', { job_id: givenUp.id })}: it is paid for, was given up, and is looked at again. Do not buy it again.`
          : 'Nothing is under way. Call video_models, then video_quote, to make a video.',
    }
  },
})
