import { createHash, randomBytes } from 'node:crypto'

import * as Money from '../Money.js'
import { canonicalJson } from '../internal/canonicalJson.js'
import type { Entry, Kind } from './catalogue.js'
import { bookAt } from './bookAt.js'
import { post } from './credit.js'
import { idOf } from './idOf.js'
import type { Measured } from './measure.js'
import type { Request } from './queueBody.js'
import { shapeOf } from './shapeOf.js'
import { takeFault } from './takeFault.js'
import type { Account, Job, Trace, World } from './world.js'

/** Pictures differ by request, but not more than this, so that most videos come from the cache. */
const pictures = 8

/** Decided here: what a provider takes before `--speed`, least and most, in milliseconds. */
const estimates: Record<Kind, readonly [least: number, most: number]> = {
  edit: [80_000, 140_000],
  image: [60_000, 110_000],
  reference: [90_000, 150_000],
  text: [60_000, 100_000],
  upscale: [60_000, 120_000],
}

/** Accepts a job: charges it, and starts to render, so that the file is there when the job is done. */
export function createJob(world: World, options: createJob.Options): Job {
  const { account, entry, measured, price, request, trace } = options
  const now = world.now().getTime()
  const [least, most] = estimates[entry.kind]
  const took = (least + (most - least) * world.random()) / world.speed
  const { note, ...shape } = shapeOf(entry, request, measured.source)
  const notes = [note, measured.note].filter((text) => text !== undefined)
  const job: Job = {
    ...shape,
    account: account.id,
    bodyHash: createHash('sha256').update(canonicalJson(request)).digest('hex'),
    createdAt: now,
    estimate: (least + (most - least) * 0.8) / world.speed,
    gets: 0,
    model: entry,
    price,
    queueId: world.id(),
    readyAt: now + took,
    ...(notes.length > 0 && { note: notes.join('; ') }),
    ...(hasLink(world, entry) && { token: randomBytes(32).toString('hex') }),
  }
  world.jobs.set(job.queueId, job)
  charge(world, { account, job, trace })
  chargeForOthers(world, { account, job, trace })
  bookOddRow(world, { account, trace })
  void renderJob(world, job)
  return job
}

export declare namespace createJob {
  type Options = {
    account: Account
    entry: Entry
    /** What the media of the request say: length and shape follow from it where not asked for. */
    measured: Measured
    /** Micro-dollars. */
    price: bigint
    request: Request
    trace: Trace
  }
}

function hasLink({ observed }: World, entry: Entry): boolean {
  return observed?.facts.download_url?.[entry.id] ?? entry.link
}

/** Ends a job for good: every later retrieve gets the same answer. Gives its money back or not. */
export function endJob(
  world: World,
  job: Job,
  options: { body: unknown; refund: boolean; status: number; trace?: Trace | undefined },
): void {
  const { body, refund, status, trace = { route: 'retrieve' } } = options
  if (job.failure) return
  job.failure = { body, refunded: refund, status }
  const account = world.accounts.get(job.account)
  if (!refund || !account) return
  if (account.diem !== undefined) {
    account.diem += job.price
    return
  }
  const requestId = takeFault(world, trace, 'nameless-refund') ? undefined : requestIdOf(job)
  const late = takeFault(world, trace, 'late-refund')?.ms ?? 0
  const rows = [{ amount: job.charged ?? 0n, modelId: job.model.id, requestId, type: 'REFUND' }]
  bookAt(world, { account: account.id, at: world.now().getTime() + late, rows })
}

/** What a job's rows name: `undefined` where they name nothing. */
function requestIdOf({ queueId, requestId = queueId }: Job): string | undefined {
  return requestId || undefined
}

/** Forms of a row's `requestId` that were recorded, where it is not a `queue_id`. */
const requestIds = { chat: 'chatcmpl-<hex 32>', hex: '<hex 32>', none: '' } as const

function charge(world: World, options: { account: Account; job: Job; trace: Trace }): void {
  const { account, job, trace } = options
  const { model, price } = job
  if (account.diem !== undefined) {
    account.diem -= price
    return
  }
  const { charge_after_ms: after = 0, request_id: named } = world.observed?.facts ?? {}
  const other = takeFault(world, trace, 'other-request-id')
  if (other || named === 'another') job.requestId = idOf(world, requestIds[other?.form ?? 'hex'])
  if (named === 'none') job.requestId = ''
  const requestId = requestIdOf(job)
  const exact = Money.exact(price) + BigInt(takeFault(world, trace, 'dust')?.units ?? 0)
  const split = takeFault(world, trace, 'split-charge')?.rows ?? 1
  job.charged = exact < account.credit - account.held ? exact : account.credit - account.held
  const rows = partsOf(job.charged, split).map((part) => ({
    amount: -part,
    modelId: model.id,
    requestId,
    type: 'CHARGE',
  }))
  const late = takeFault(world, trace, 'late-charge')?.ms ?? after
  const held = late === 0 ? 0n : job.charged
  account.held += held
  bookAt(world, { account: account.id, at: job.createdAt + late, held, rows })
}

/** Books a row that no document knows: credit from nowhere, or an amount of nothing. */
function bookOddRow(world: World, { account, trace }: { account: Account; trace: Trace }): void {
  const odd = takeFault(world, trace, 'odd-row')
  if (!odd) return
  const dated = odd.dated === undefined ? undefined : Date.parse(odd.dated)
  post(world, account, { amount: Money.parseExact(odd.usd), dated, type: odd.type })
}

/** So many parts of an exact amount, none of them even; together they are all of it. */
function partsOf(amount: bigint, count: number): bigint[] {
  const part = amount / BigInt(count)
  const parts = Array.from({ length: count - 1 }, () => part)
  return [...parts, amount - part * BigInt(count - 1)]
}

/** Takes credit for something that no request of this client caused; never below 0. */
function chargeForOthers(
  world: World,
  options: { account: Account; job: Job; trace: Trace },
): void {
  const { account, job, trace } = options
  const foreign = takeFault(world, trace, 'foreign-charge')
  if (!foreign) return
  const [asked, left] = [Money.parseExact(foreign.usd), account.credit - account.held]
  const amount = asked < left ? asked : left
  post(world, account, {
    amount: -amount,
    modelId: job.model.id,
    requestId: idOf(world, requestIds.chat),
    type: 'CHARGE',
  })
}

/** A renderer that fails is the provider failing: the job ends with 500 and its money comes back. */
export async function renderJob(world: World, job: Job): Promise<void> {
  try {
    const { height, seconds, width } = job
    const renderer = await world.renderer()
    const seed = Number.parseInt(job.bodyHash.slice(0, 8), 16) % pictures
    job.media = await renderer.render({ height, seconds, seed, width })
  } catch (error) {
    job.note = `rendering failed: ${error instanceof Error ? error.message : 'unknown'}`
    endJob(world, job, {
      body: { error: 'Inference processing failed' },
      refund: true,
      status: 500,
    })
  }
}
