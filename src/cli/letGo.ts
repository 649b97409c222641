import { constants } from 'node:os'

import type { Zecchino } from '../flows/createZecchino.js'
import * as Job from '../Job.js'
import { nextOf } from '../tools/nextOf.js'
import type { Context } from './runCommand.js'

/** By which a person, a terminal that closes, or a supervisor ends a program. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Within this time a second signal is the first one's echo (a wrapper passes it on), in milliseconds. */
const echo = 700

/**
 * How long the step under way may take to end, in milliseconds: a paid call keeps its only answer, so
 * that is waited for as long as it is waited for anyway.
 */
const patience = { call: 160_000, step: 10_000 }

/**
 * Waits for work on a job until it is done, or a signal ends the waiting: then the step under way is
 * finished and whoever waited is told, in a line, how to get at the job. A second Ctrl-C ends at once.
 */
export async function letGo<value>(
  context: Context,
  zecchino: Zecchino,
  options: letGo.Options<value>,
): Promise<value | undefined> {
  const { bar, find, run } = options
  const stop = new AbortController()
  const signal = listen()
  const work = run(stop.signal)
  work.catch(() => {}) // if nobody waits for it any more
  const ended = await Promise.race([work.then((value) => ({ value })), signal.told]).finally(() => {
    bar.end()
    signal.unless()
  })
  if (typeof ended !== 'string') return ended.value

  const status = statusOf(ended)
  process.exitCode = status
  stop.abort()
  const isClosed = await close(context, zecchino, { find })
  const job = await find().catch(() => undefined)
  if (context.json) context.print(resultOf(zecchino, job), [])
  else process.stderr.write(`${wordsOf(job)}\n`)
  if (!isClosed) process.exit(status)
  // Whatever still waits for something waits for nothing.
  setTimeout(() => process.exit(status), 3_000).unref()
  return undefined
}

export declare namespace letGo {
  type Options<value> = {
    /** Ended with the waiting, whichever way that ends. */
    bar: { end(): void }
    /** The job as it stands, if there is one yet. */
    find(): Promise<Job.Job | undefined>
    run(signal: AbortSignal): Promise<value>
  }
}

function statusOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}

/** Hears the signals from now on. After the first, only a Ctrl-C means anything. */
function listen() {
  let toldAt: number | undefined
  let tell!: (signal: NodeJS.Signals) => void
  const told = new Promise<NodeJS.Signals>((resolve) => (tell = resolve))
  const hear = (signal: NodeJS.Signals) => {
    if (toldAt === undefined) {
      toldAt = performance.now()
      tell(signal)
    } else if (signal === 'SIGINT' && performance.now() - toldAt > echo)
      process.exit(statusOf(signal))
  }
  for (const signal of signals) process.on(signal, hear)
  return {
    told,
    /** Hears them no more, unless one was heard. */
    unless() {
      if (toldAt === undefined) for (const signal of signals) process.off(signal, hear)
    },
  }
}

/** Lets the worker finish the step of each job. `false`: it takes too long. */
async function close(
  { note }: Context,
  { worker }: Zecchino,
  { find }: Pick<letGo.Options<unknown>, 'find'>,
): Promise<boolean> {
  const closed = worker.close().then(() => true)
  if (await Promise.race([closed, after(500)])) return true
  const isSent = (await find().catch(() => undefined))?.status === 'sending'
  if (isSent)
    note('The paid request is under way, and its answer is waited for; Ctrl-C again ends at once.')
  return Promise.race([closed, after(isSent ? patience.call : patience.step)])
}

function after(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(resolve, ms, false).unref())
}

function wordsOf(job: Job.Job | undefined): string {
  if (!job) return 'Stopped; nothing was bought.'
  const { file, id, status } = job
  if (Job.isSaved(status)) return `The video is saved${file ? ` at ${file.path}` : ''}.`
  if (Job.isSettled(status)) return `Stopped waiting for ${id}, which stands in ${status}.`
  const get = `zecchino retrieve ${id}`
  if (status === 'sending')
    return `Stopped waiting. Do not buy it again: it may be paid for, and its answer was not here yet. To find out and fetch it: ${get}`
  if (status === 'reserved')
    return `Stopped waiting. The video is bought but not sent yet, and goes on wherever zecchino runs with this wallet. To go on here: ${get}`
  return `Stopped waiting. The video is paid for, and Venice goes on making it. To fetch it, within 24 hours: ${get}`
}

function resultOf({ client, payer }: Zecchino, job: Job.Job | undefined): object {
  if (!job) return { next: 'Stopped; nothing was bought.' }
  return {
    job_id: job.id,
    status: job.status,
    next: nextOf(job, { now: client.providerTime().at, payer }),
  }
}
