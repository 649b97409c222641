import * as z from 'zod'

import * as Job from '../Job.js'
import * as Money from '../Money.js'
import { defineTool } from './defineTool.js'

export const videoList = defineTool({
  name: 'video_list',
  title: 'List jobs',
  description: 'Free. Lists this wallet’s video jobs, newest first. Next: video_retrieve.',
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
  async run({ ledger }, { limit, status }) {
    const found = await ledger.jobs({ limit, statuses: status && [status] })
    const jobs = found.map((job) => ({
      job_id: job.id,
      status: job.status,
      model: job.model,
      price_usd: Money.format(job.price),
      created_at: job.createdAt.toISOString(),
      ...(job.file && { path: job.file.path }),
      ...(job.detail && Job.isSettled(job.status) && { detail: job.detail }),
    }))
    const waiting = found.some((job) => !Job.isSettled(job.status))
    return {
      jobs,
      next: waiting
        ? 'Call video_retrieve with a job_id that is not finished.'
        : 'Call video_quote to buy another video.',
    }
  },
})
