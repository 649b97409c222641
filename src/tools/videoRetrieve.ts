import * as z from 'zod'

import { watch } from '../flows/watch.js'
import * as Job from '../Job.js'
import * as Money from '../Money.js'
import { createShow } from './createShow.js'
import { defineTool } from './defineTool.js'
import { explain } from './explain.js'
import { nextOf } from './nextOf.js'

export const videoRetrieve = defineTool({
  capped: ['wait_seconds'],
  name: 'video_retrieve',
  title: 'Wait for a video',
  description:
    'Free. Waits up to wait_seconds for a job, and answers at once when it is over: with the path of the saved MP4, or why there is none; before that with progress and ETA. Asked about a job that was given up, it looks again. Jobs go on by themselves and cannot be cancelled: follow next, and never buy again because one is slow.',
  input: z.strictObject({
    job_id: z.string().min(1).max(100).describe('From video_generate or video_list.'),
    wait_seconds: z.int().min(0).max(50).default(25).describe('0 answers at once.'),
  }),
  output: z.object({
    job_id: z.string(),
    status: z.enum(Job.statuses),
    price_usd: z.string(),
    progress: z.number().describe('Share done, 0 to 1.'),
    eta_seconds: z.number().optional(),
    file: z
      .object({
        path: z.string(),
        bytes: z.int(),
        sha256: z.string(),
        duration_seconds: z.number(),
        width: z.int(),
        height: z.int(),
        codec: z.string(),
      })
      .optional(),
    refund: z.object({ usd: z.string() }).optional(),
    detail: z.string().optional(),
    next: z.string(),
  }),
  spends: false,
  async run(zecchino, { job_id, wait_seconds }, { onProgress, signal }) {
    const { client, ledger, payer, worker } = zecchino
    const known = await ledger.findJob(job_id)
    if (!known) throw new Job.NotFoundError({ id: job_id })
    if (!Job.isSettled(known.status)) worker.start(job_id)
    const show = await createShow(zecchino, onProgress)
    const job = await watch(zecchino, {
      jobId: job_id,
      onLook: show.onLook,
      signal,
      timeout: wait_seconds * 1000,
      until: ({ status }) => Job.isSaved(status),
    }).catch(async (error: unknown) => {
      throw await explain(zecchino, { error, jobId: job_id })
    })
    const { done, etaSeconds, waits } = await show.last(job)
    const isTold = Job.isSettled(job.status) || ['queued', 'ready', 'saved'].includes(job.status)
    const detail = (isTold && job.detail) || waits
    return {
      job_id,
      status: job.status,
      price_usd: Money.format(job.price),
      progress: Math.round(done * 100) / 100,
      ...(etaSeconds !== undefined && { eta_seconds: etaSeconds }),
      ...(job.file && Job.isSaved(job.status) && { file: fileOf(job.file) }),
      ...(job.refund !== undefined && { refund: { usd: Money.format(job.refund) } }),
      ...(detail && { detail }),
      next: nextOf(job, { now: client.providerTime().at, payer }),
    }
  },
})

/** The fields of a file in the order people read them. */
export function fileOf(file: NonNullable<Job.Job['file']>) {
  const { bytes, codec, duration_seconds, height, path, sha256, width } = file
  return { path, bytes, sha256, duration_seconds, width, height, codec }
}
