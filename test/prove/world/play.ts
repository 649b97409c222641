import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import type { Kind } from '../../../src/sandbox/faults.js'
import type { Boundary } from './boundaries.js'
import type { Lane, Truth } from './createLane.js'
import type { Child, Ears, Witness } from './createPool.js'
import { filesOf, linesOf } from './filesOf.js'
import type { Act, KillsPlan, Part } from './killsPlan.js'
import type { Plan } from './planOf.js'
import type { Step } from './playLive.js'
import type { Span } from './createTroubles.js'
import type { Told } from './told.js'
import type { Spoken } from './words.js'

/** What one thing that a process did came to. */
export type Outcome = { code?: string; message?: string; stack?: string }

/** What a recovery came to: how much is still under way, and what the ledger says. */
type Recovered = Outcome & { left: number; told: Told }

/** All that is known after a run. */
export type Evidence = {
  address: string
  /** Files in the output folder at the end, with their sha256. */
  files: Map<string, string>
  /** What was wrong on the way, while processes were dead. */
  glimpses: readonly Glimpse[]
  hits: ReadonlyMap<Kind, number>
  kills: readonly (Boundary | 'random')[]
  /** What only a run in simulated time has. */
  live?: Live
  outcomes: Outcome[]
  plan: Plan
  /** Nonces of the payments that were signed, by whichever process. */
  signed: readonly string[]
  /** What the ledger says, twice: the second time after another recovery. */
  told: readonly [Told, Told]
  truth: Truth
  /** sha256 of the provider's videos, by queue id. */
  videos: ReadonlyMap<string, string>
  witnesses: readonly Witness[]
  /** What the owner said on the way, in its order. */
  words: readonly Spoken[]
}

/** How time went by, in milliseconds since the run began. */
export type Live = {
  /** Until then somebody lived who was there from before. */
  aliveUntil: number
  /** Moves of jobs that are on record. */
  moves: readonly { at: number; jobId: string; to: string }[]
  /** When the run began, by the sandbox's clock. */
  noon: number
  steps: readonly Step[]
  /** When something was wrong with a disk or the ledger. */
  troubled: readonly Span[]
}

/** Something that must not even be for a moment. */
export type Glimpse = {
  counter: 'deleted_before_saved' | 'partial_files' | 'unexplained'
  says: string
}

/** How much time passes before each attempt to settle, in milliseconds. */
const pauses = [20_000, 20_000, 130_000, 320_000, 31 * 60_000, 31 * 60_000, 60_000, 60 * 60_000]

/** Plays a run on a lane: acts with their kills, then restarts until it has settled. */
export async function play(lane: Lane, plan: KillsPlan & Plan): Promise<Evidence> {
  const { address, home, place } = await lane.prepare(plan)
  const folder = join(home, 'videos')
  const glimpses: Glimpse[] = []
  const hits = new Map<Kind, number>()
  const kills: (Boundary | 'random')[] = []
  const outcomes: Outcome[] = []
  const witnesses: Witness[] = []
  const words: Spoken[] = []
  const hear: Ears = {
    onWitness: (witness) => void witnesses.push(witness),
    onWord: (spoken) => void words.push(spoken),
  }

  const advance = async (ms: number) =>
    (await lane.control('POST', '/time', { advance_ms: ms })).json() as Promise<object>
  /** Switches faults off, and remembers how often they struck. */
  const calm = async (kind?: Kind) => {
    const { faults } = (await (await lane.control('GET', '/faults')).json()) as {
      faults: { hits: number; id: string; kind: Kind }[]
    }
    for (const fault of faults.filter((fault) => kind === undefined || fault.kind === kind)) {
      hits.set(fault.kind, (hits.get(fault.kind) ?? 0) + fault.hits)
      await lane.control('DELETE', `/faults/${fault.id}`)
    }
  }

  async function runPart(part: Part, act: Act, cast: Set<Child>): Promise<void> {
    const { deed, kill, requests, wish } = part
    const child = lane.pool.take()
    cast.add(child)
    const point = kill && 'point' in kill ? kill.point : undefined
    const over = new AbortController()
    let struck = false
    if (kill && 'after' in kill)
      void setTimeout(kill.after, undefined, { signal: over.signal }).then(
        () => {
          struck = true
          return child.kill()
        },
        () => {}, // it was done before
      )
    const alone = act.parts.length === 1
    const told = await child.ask<Outcome[]>({ ...place, alone, deed, point, requests, wish }, hear)
    over.abort()
    cast.delete(child)
    if (told) outcomes.push(...told)
    if (told && !struck) {
      lane.pool.release(child)
      return
    }
    await child.kill()
    if (!kill) throw new Error('a process that nobody killed has ended')
    kills.push(kill.at)
    if (cast.size === 0) return
    // The lease of the dead runs out, and the others learn what time it is.
    const time = await advance(20_000)
    for (const other of cast) other.tell({ time })
  }

  for (const act of plan.acts) {
    if (act.advance > 0) await advance(act.advance)
    if (act.faults.length > 0) await lane.control('POST', '/faults', act.faults)
    const cast = new Set<Child>()
    await Promise.all(act.parts.map((part) => runPart(part, act, cast)))
    await calm('hang')
    glimpses.push(...(await glimpse(lane, folder)))
  }

  const last = lane.pool.take()
  async function recover(): Promise<Recovered> {
    const plan = { ...place, alone: true, deed: 'recover' }
    const [recovered] = (await last.ask<Recovered[]>(plan, hear)) ?? []
    if (!recovered) throw new Error('a process that nobody killed has ended')
    const { left: _left, told: _told, ...outcome } = recovered
    outcomes.push(outcome)
    return recovered
  }
  let settled: Recovered | undefined
  for (const [attempt, pause] of pauses.entries()) {
    await advance(pause)
    if (attempt === 2) await calm()
    settled = await recover()
    if (settled.left === 0) break
  }
  await calm()
  await advance(60 * 60_000)
  // An hour may bring late rows; one more recovery finds nothing to do.
  let told = [settled?.told ?? (await recover()).told, (await recover()).told] as const
  if (JSON.stringify(told[0]) !== JSON.stringify(told[1])) told = [told[1], (await recover()).told]
  lane.pool.release(last)

  const truth = await lane.state()
  const videos = await lane.videosOf(truth)
  const files = filesOf(folder)
  const signed = linesOf(join(home, 'signed'))
  lane.forget(home)
  return {
    address,
    files,
    glimpses,
    hits,
    kills,
    outcomes,
    plan,
    signed,
    told,
    truth,
    videos,
    witnesses,
    words,
  }
}

/** Looks at the files while nobody works on them: whole or absent, and deleted only once whole. */
async function glimpse(lane: Lane, folder: string): Promise<Glimpse[]> {
  const finals = [...filesOf(folder)].filter(([name]) => name.endsWith('.mp4'))
  const { jobs } = await lane.state(0)
  const deleted = jobs.filter(({ media }) => media === 'deleted')
  if (finals.length === 0 && deleted.length === 0) return []
  const videos = new Set(await Promise.all(jobs.map(({ queue_id: id }) => lane.video(id))))
  const whole = finals.filter(([, sha256]) => videos.has(sha256))
  const found: Glimpse[] = []
  if (whole.length < finals.length)
    found.push({ counter: 'partial_files', says: 'a file has its final name and is not whole' })
  if (whole.length < deleted.length)
    found.push({ counter: 'deleted_before_saved', says: 'media was deleted before it was saved' })
  return found
}
