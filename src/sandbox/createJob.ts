import { randomBytes } from 'node:crypto'

import * as Video from '../Video.js'
import type { Entry } from './catalogue.js'
import { post } from './credit.js'
import { defaultResolution } from './price.js'
import type { Account, Job, World } from './world.js'

/** The largest sides that are rendered: larger videos come smaller, and the state says so. */
const rendered = { long: 2_560, short: 1_080 }

/** Pictures differ by request, but not more than this, so that most videos come from the cache. */
const pictures = 8

/** Accepts a job: charges it, and starts to render so that the file is there when the job is done. */
export function createJob(world: World, options: createJob.Options): Job {
  const { account, entry, price, request, source } = options
  const now = world.now().getTime()
  const [least, most] = entry.estimate
  const took = (least + (most - least) * world.random()) / world.speed
  const { height, note, seconds, width } = shapeOf(entry, request, source)
  const job: Job = {
    account: account.id,
    bodyHash: Video.hashOf(request),
    createdAt: now,
    estimate: (least + (most - least) * 0.8) / world.speed,
    gets: 0,
    height,
    model: entry,
    note,
    price,
    queueId: world.id(),
    readyAt: now + took,
    seconds,
    width,
    ...(entry.private && { token: randomBytes(32).toString('hex') }),
  }
  world.jobs.set(job.queueId, job)
  charge(world, account, job)
  void render(world, job)
  return job
}

export declare namespace createJob {
  type Options = {
    account: Account
    entry: Entry
    price: bigint
    request: Video.Request
    /** What the source file says, for jobs whose length or size follows from it. */
    source?: Source | undefined
  }
  type Source = { height: number; seconds: number; width: number }
}

/** Gives the charge of a failed job back, once. */
export function refund(world: World, job: Job): void {
  if (job.failure) job.failure.refunded = true
  const account = world.accounts.get(job.account)
  if (!account) return
  if (account.diem !== undefined) account.diem += job.price
  else
    post(world, account, {
      amount: job.price,
      modelId: job.model.id,
      requestId: job.queueId,
      type: 'REFUND',
    })
}

function charge(world: World, account: Account, job: Job): void {
  if (account.diem !== undefined) account.diem -= job.price
  else
    post(world, account, {
      amount: -job.price,
      modelId: job.model.id,
      requestId: job.queueId,
      type: 'CHARGE',
    })
}

/** A renderer that fails is the provider failing: the job ends with 500 and its money comes back. */
async function render(world: World, job: Job): Promise<void> {
  try {
    const { height, seconds, width } = job
    const renderer = await world.renderer()
    const seed = Number.parseInt(job.bodyHash.slice(0, 8), 16) % pictures
    job.media = await renderer.render({ height, seconds, seed, width })
  } catch (error) {
    job.note = `rendering failed: ${error instanceof Error ? error.message : 'unknown'}`
    job.failure = { body: { error: 'Inference processing failed' }, refunded: true, status: 500 }
    refund(world, job)
  }
}

function shapeOf(entry: Entry, request: Video.Request, source: createJob.Source | undefined) {
  const asked =
    entry.price === 'upscale' && source
      ? scale(source, request.upscale_factor ?? 2)
      : (Video.dimensionsOf({
          aspectRatio: request.aspect_ratio ?? (source && `${source.width}:${source.height}`),
          resolution: request.resolution ?? defaultResolution(entry),
        }) ?? { height: 720, width: 1280 })
  const factor = Math.min(
    1,
    rendered.short / Math.min(asked.height, asked.width),
    rendered.long / Math.max(asked.height, asked.width),
  )
  const size = factor < 1 ? scale(asked, factor) : asked
  return {
    ...size,
    note:
      factor < 1
        ? `asked for ${asked.width}x${asked.height}, rendered as ${size.width}x${size.height}`
        : undefined,
    seconds: Video.secondsOf(request.duration) ?? source?.seconds ?? 5,
  }
}

function scale({ height, width }: Video.Dimensions, factor: number): Video.Dimensions {
  const even = (length: number) => Math.round((length * factor) / 2) * 2
  return { height: even(height), width: even(width) }
}
