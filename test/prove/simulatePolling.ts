import { createHash } from 'node:crypto'

import { Response } from 'undici'

import type { Init } from '../../src/client/createWire.js'
import { withLimits } from '../../src/client/withLimits.js'
import { createRhythm } from '../../src/flows/createRhythm.js'
import { crowdOf } from '../../src/flows/crowdOf.js'
import { progressOf } from '../../src/flows/progressOf.js'
import type * as Job from '../../src/Job.js'
import { createVirtualTime } from './virtualTime.js'

/** One job of the simulation. Times are milliseconds. */
export type Task = { estimate: number; took: number }

/** What the looks at a job led to. Times are milliseconds. */
export type Outcome = {
  /** When the file was noticed, after it was there. */
  lateness: number
  looks: number
  /** How late the ETA of the last look before the end said that the file would be noticed. */
  promised: number
}

/**
 * Makes tasks that take 20 to 400 s, with estimates off by up to half: of what the job takes, or of
 * the estimate itself.
 */
export function makeTasks(options: { count: number; off: 'estimate' | 'took'; seed: string }) {
  const { count, off, seed } = options
  const random = createRandom(seed)
  return Array.from({ length: count }, (): Task => {
    const [base, error] = [20_000 + 380_000 * random(), 0.5 + random()]
    return off === 'took'
      ? { estimate: base * error, took: base }
      : { estimate: base, took: base * error }
  })
}

/** Mean and spread of times, in seconds. */
export function spreadOf(times: readonly number[]) {
  const sorted = times.toSorted((one, other) => one - other)
  const at = (share: number) =>
    seconds(sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)] ?? 0)
  return { mean: seconds(meanOf(times)), p50: at(0.5), p90: at(0.9), max: at(1) }
}

/** The mean; of nothing it is 0. */
export function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / Math.max(numbers.length, 1)
}

/** Milliseconds as seconds with two decimals. */
export function seconds(ms: number): number {
  return Math.round(ms / 10) / 100
}

/**
 * Lets jobs run, so many at once, and looks at them until each has ended: through the limiter of
 * the client and in the rhythm of the flows, or every five seconds through the same limiter. Only
 * the clock and the server are made up.
 */
export async function simulatePolling(options: simulatePolling.Options) {
  const { atOnce, latency = 100, rhythm, seed, tasks } = options
  const time = createVirtualTime()
  const { now, sleep } = time
  const random = createRandom(`${seed}:jitter`)
  const randomHex = () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  const sent: number[] = []
  let [inFlight, mostInFlight] = [0, 0]

  const look = withLimits(
    async (_, { onEnd }) => {
      sent.push(now().getTime())
      inFlight += 1
      mostInFlight = Math.max(mostInFlight, inFlight)
      await sleep(latency)
      inFlight -= 1
      onEnd?.()
      return new Response(null, { status: 200 })
    },
    { now, sleep },
  )
  const init: Init = {
    deadline: 3_600_000,
    method: 'POST',
    repeatable: false,
    signIn: true,
  }
  const running = new Map<Task, Job.Job>()

  async function follow(task: Task): Promise<Outcome> {
    const began = now().getTime()
    const job = { queuedAt: now(), status: 'queued' } as Job.Job
    running.set(task, job)
    const own = createRhythm({ now, randomHex, sleep })
    let promised = 0
    for (let looks = 1; ; looks += 1) {
      if (rhythm === 'every 5 s') await sleep(5_000)
      const urgency = rhythm === 'ours' ? { urgency: own.urgency } : {}
      await look('http://venice/video/retrieve', { ...init, ...urgency })
      // The server looked half a latency ago.
      const elapsed = now().getTime() - latency / 2 - began
      if (elapsed >= task.took) {
        running.delete(task)
        return { lateness: now().getTime() - began - task.took, looks, promised }
      }
      job.estimate = task.estimate
      const crowd = crowdOf([...running.values()], now())
      const says = (crowd: number) => progressOf(job, { crowd, now: now() }).etaSeconds ?? 0
      promised = (says(crowd) - says(0)) * 1_000
      if (rhythm === 'ours') await own.rest({ elapsed, estimate: task.estimate })
    }
  }

  const left = [...tasks]
  const outcomes: Outcome[] = []
  const worker = async () => {
    for (let task = left.shift(); task; task = left.shift()) outcomes.push(await follow(task))
  }
  await time.run(Promise.all(Array.from({ length: atOnce }, worker)))
  return { mostInFlight, mostPerMinute: mostWithin(sent, 60_000), outcomes, requests: sent.length }
}

export declare namespace simulatePolling {
  type Options = {
    /** Jobs at the same time. */
    atOnce: number
    /** From request to answer. @default 100 */
    latency?: number
    rhythm: 'every 5 s' | 'ours'
    seed: string
    tasks: readonly Task[]
  }
}

/** The most events within any window of that length. */
function mostWithin(times: readonly number[], length: number): number {
  let [first, most] = [0, 0]
  for (const [index, time] of times.entries()) {
    while ((times[first] ?? time) <= time - length) first += 1
    most = Math.max(most, index - first + 1)
  }
  return most
}

/** Numbers from 0 to 1, the same for the same seed. */
function createRandom(seed: string): () => number {
  let state = createHash('sha256').update(seed).digest().readUInt32BE()
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
