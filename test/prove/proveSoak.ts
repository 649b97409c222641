import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import * as Clock from '../../src/Clock.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import { bundleWorker } from '../crash/bundleWorker.js'
import { cheap, linked } from '../support/cheap.js'
import { control } from '../support/createBuyer.js'
import { compareSoak } from './compareSoak.js'
import { diceOf } from './diceOf.js'
import { faultAt } from './soakFaults.js'
import { removeFolder } from '../support/removeFolder.js'

/** Processes on the one ledger, and how many videos each has under way. */
const [processes, lanes] = [3, 3]

/** How far time moves at a step, and once nothing has happened for a while, in milliseconds. */
const step = { quiet: 5_000, usual: 1_000 }

/**
 * How late a fault may make a charge or a credit, and how long a row that names no job waits until it
 * is tied to one, in simulated milliseconds.
 */
const latest = 120_000 + Clock.settling

/** Every price has eight decimals, so that nothing is even to the micro-dollar by itself. */
const dust = { kind: 'dust', route: '*', times: 'always', units: 44 } as const

/**
 * Has three processes buy thousands of videos from one wallet, in simulated time and with faults,
 * and holds their ledger against what the sandbox knows.
 */
export async function proveSoak(options: proveSoak.Options): Promise<proveSoak.ReturnType> {
  const { jobs, onProgress = () => {}, rate = 0.12, seed } = options
  const dice = diceOf(seed)
  const home = mkdtempSync(join(tmpdir(), 'zecchino-soak-'))
  const key = randomBytes(32).toString('hex')
  const { address } = privateKeyWallet(key)
  await using sandbox = await listenSandbox({ faults: [dust], limits: 'none' })
  const { apiUrl, controlUrl } = sandbox
  const sandboxControl = control(controlUrl)
  const started = (await sandboxControl.time()).getTime()
  const funded = String(100 + jobs)
  await sandboxControl.fund(address, funded)
  const place = { apiUrl, controlUrl, home, key }
  const worker = await bundleWorker('test/prove/workers/soak.mjs')
  const children = Array.from({ length: processes }, (_, index) => ({
    child: fork(worker, { execArgv: [] }),
    lanes: Array.from({ length: lanes }, (_, lane) =>
      tasksOf({ jobs, lane: index * lanes + lane, seed }),
    ),
  }))
  try {
    const problems: string[] = []
    const ends: Record<string, number> = {}
    const rss: { end: number; start: number }[] = []
    let [ended, resting, unfrozen] = [0, 0, 0]
    for (const [index, { child, lanes }] of children.entries()) {
      child.on('message', (told: Told) => {
        if (told.begins !== undefined && dice(told.begins, 'strikes') < rate)
          void sandboxControl.fault(faultAt(dice(told.begins, 'fault')))
        if (told.error) problems.push(`a process failed: ${told.error}`)
        if (told.rests) resting += 1
        if (told.rss) rss.push(told.rss)
        if (told.unfroze) {
          unfrozen += 1
          onProgress(`unfrozen: ${told.unfroze}`)
        }
        if (told.ended === undefined) return
        ended += 1
        ends[told.ended] = (ends[told.ended] ?? 0) + 1
        if (ended % 100 === 0) onProgress(`${ended} of ${jobs} jobs, ${JSON.stringify(ends)}`)
      })
      child.on('exit', (code) => {
        if (code !== 0 && code !== null) problems.push(`a process ended with ${code}`)
      })
      child.send({ plan: { ...place, isOwner: index === 0, lanes } })
    }
    const crowd = children.map(({ child }) => child)
    const faults = new Map<string, number>()
    const over = () => resting === processes || problems.length > 0
    const time = await runTime({ control: sandboxControl, controlUrl, crowd, faults, over })
    // A charge may be booked late, and tied later: the last look at the rows comes after that.
    let later = Math.ceil(latest / step.usual)
    await runTime({ control: sandboxControl, controlUrl, crowd, faults, over: () => later-- <= 0 })
    for (const child of crowd) if (child.connected) child.send({ rest: true })
    const done = () => rss.length === processes || problems.length > 0
    await runTime({ control: sandboxControl, controlUrl, crowd, faults, over: done })

    if (problems.length > 0) return { found: { jobs: ended, ends }, problems }
    const compared = await compareSoak({ ...place, address, funded })
    problems.push(...compared.problems)
    if (ended !== jobs) problems.push(`${ended} of ${jobs} jobs came to an end`)
    const mib = (bytes: number) => Math.round(bytes / 2 ** 20)
    return {
      found: {
        jobs: ended,
        ends,
        faults: [...faults.values()].reduce((sum, hits) => sum + hits, 0),
        faults_by_kind: Object.fromEntries([...faults].toSorted()),
        simulated_hours: Math.round((time - started) / 360_000) / 10,
        unfrozen,
        ...compared.found,
        rss_mib: rss.map(({ end, start }) => ({ start: mib(start), end: mib(end) })),
      },
      problems,
    }
  } finally {
    for (const { child } of children) await end(child)
    removeFolder(home)
  }
}

export declare namespace proveSoak {
  type Options = {
    jobs: number
    onProgress?: ((line: string) => void) | undefined
    /** Faults per job. @default 0.12: of its dozen requests, one in a hundred */
    rate?: number | undefined
    seed: number
  }
  type ReturnType = { found: Record<string, unknown>; problems: string[] }
}

/** What a process says. */
type Told = {
  begins?: number
  ended?: string
  error?: string
  heard?: number
  moves?: number
  rests?: boolean
  rss?: { end: number; start: number }
  unfroze?: string
}

/** What one lane buys, one after the other; every fifth video is of a private model. */
function tasksOf({ jobs, lane, seed }: { jobs: number; lane: number; seed: number }) {
  const dice = diceOf(seed)
  const all = Array.from({ length: jobs }, (_, index) => index)
  return all
    .filter((index) => index % (processes * lanes) === lane)
    .map((index) => ({
      index,
      pause: Math.floor(dice(index, 'pause') * 8_000),
      request: {
        ...(dice(index, 'private') < 0.2 ? linked : { ...cheap, audio: false }),
        aspect_ratio: '1:1',
        prompt: `Gondola ${index}.`,
      },
    }))
}

/**
 * Lets time pass, step by step: each process has heard of a step before the next one comes, so
 * that a machine under load makes time slow and not the processes late.
 */
async function runTime(options: {
  control: ReturnType<typeof control>
  controlUrl: string
  crowd: readonly ChildProcess[]
  faults: Map<string, number>
  over: () => boolean
}): Promise<number> {
  const { control, controlUrl, crowd, faults, over } = options
  let [moves, quiet, at] = [0, 0, 0]
  for (let round = 1; !over(); round += 1) {
    at = await timeOf(control.advance(quiet > 100 ? step.quiet : step.usual))
    const heard = await Promise.all(crowd.map((child) => tell(child, at)))
    const moved = heard.reduce((sum, count) => sum + count, 0)
    quiet = moved === moves ? quiet + 1 : 0
    moves = moved
    if (round % 200 === 0) await collectFaults(controlUrl, faults)
    await sleep(2)
  }
  await collectFaults(controlUrl, faults)
  return at
}

async function timeOf(answer: Promise<unknown>): Promise<number> {
  return Date.parse(((await answer) as { now: string }).now)
}

/** Tells a process the time, and resolves with how much it has done so far. */
function tell(child: ChildProcess, time: number): Promise<number> {
  return new Promise((resolve) => {
    if (!child.connected) return resolve(0)
    const hear = (told: Told) => told.heard === time && finish(told.moves ?? 0)
    const leave = () => finish(0)
    const finish = (moves: number) => {
      child.off('message', hear).off('disconnect', leave)
      resolve(moves)
    }
    child.on('message', hear).once('disconnect', leave)
    child.send({ time }, (error) => error && leave())
    return undefined
  })
}

/** Counts the faults that have struck, and takes them away. */
async function collectFaults(controlUrl: string, counts: Map<string, number>): Promise<void> {
  const { faults } = (await (await fetch(`${controlUrl}/faults`)).json()) as {
    faults: { hits: number; id: string; kind: string; route: string; times: number | 'always' }[]
  }
  for (const { id, kind, route } of faults.filter(
    ({ hits, times }) => hits > 0 && times !== 'always',
  )) {
    const name = `${route} ${kind}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
    await fetch(`${controlUrl}/faults/${id}`, { method: 'DELETE' })
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
