import { faults, type Kind } from '../../../src/sandbox/faults.js'
import { startPostgres } from '../../support/postgres.js'
import { bundleWorker } from '../../crash/bundleWorker.js'
import { type Boundary, names } from './boundaries.js'
import { createLane, type Engine, type Lane } from './createLane.js'
import {
  type Dimension,
  leastCharged,
  names as dimensions,
  type Turn,
  turnsOf,
} from './dimensions.js'
import { counters, judge, type Verdict } from './judge.js'
import { cycle } from './killsPlan.js'
import { planOf } from './planOf.js'
import { type Evidence, play } from './play.js'
import { playLive } from './playLive.js'
import { slow } from './troubles.js'
import { sayings, sayingOf } from './words.js'

/** A run that found something, with the command that repeats it alone. */
export type Failure = { command: string; says: string[] }

/** What the runs of one dimension came to. */
export type Share = Record<(typeof counters)[number], number> & {
  /** Runs in which something was bought. */
  charged: number
  /** The longest that something paid for was left alone while a process lived, in minutes. */
  left_alone_minutes_max: number
  runs: number
}

/** What all runs came to. */
export type Report = Record<(typeof counters)[number], number> & {
  ambiguous: number
  ambiguous_without_request_id: number
  /** What the runs of each dimension came to. */
  dimensions: Record<Dimension, Share>
  engine: Engine['name']
  failures: Failure[]
  faults_by_kind: Record<Kind, number>
  frozen: number
  kills: number
  kills_by_boundary: Record<Boundary | 'random', number>
  left_alone_minutes_max: number
  /** Files that the provider itself has lost. */
  lost_by_provider: number
  /** Files of which the provider was out until it deleted them. */
  lost_to_outage: number
  /** Boundaries and kinds of faults that no run has met. */
  never_hit: string[]
  runs: number
  seed: string
  /** Runs with at most one kind of fault; `ambiguous` counts among those whose request ids are queue ids. */
  single_fault_runs: number
  unrecoverable_by_api: number
  /** What owners said, and how much of it was carried out; what they were refused is the rest. */
  words: Record<string, { carried_out: number; said: number }>
}

/**
 * Kills buyers at every boundary and at any moment, while the provider fails too, lets them settle,
 * and compares what they say with what the sandbox knows.
 */
export async function prove(options: prove.Options): Promise<Report> {
  const { dimension, engine, from = 0, lanes, onRun = () => {}, only, runs, seed, signal } = options
  const programs = {
    host: await bundleWorker('test/prove/world/host.mjs'),
    worker: await bundleWorker('test/prove/world/worker.mjs'),
  }
  const postgres = engine === 'postgres' ? await startPostgres() : undefined
  const report = emptyReport(options)
  const turns: Turn[] =
    only === undefined
      ? turnsOf({ cycle, only: dimension, runs: from + runs }).slice(from)
      : [{ dimension: dimension ?? 'kills', turn: only }]
  const count = turns.length
  const place: Engine = postgres
    ? { name: 'postgres', schema: 'prove', url: postgres.url }
    : { name: 'sqlite' }

  async function work({ live, quick }: Lanes): Promise<void> {
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
      if (signal?.aborted) return
      const which = `--dimension ${turn.dimension} --only ${turn.turn}`
      const command = `npm run prove:world -- --seed ${seed} --engine ${engine} ${which}`
      const share = report.dimensions[turn.dimension]
      try {
        const plan = planOf({ ...turn, seed })
        const evidence = 'script' in plan ? await playLive(live, plan) : await play(quick, plan)
        const verdict = judge(evidence)
        add(report, evidence, verdict)
        const says = verdict.findings.map(({ counter, says }) => `${counter}: ${says}`)
        if (verdict.leftAlone > longestAlone)
          says.push(`left_alone_minutes_max: for ${verdict.leftAlone} minutes nobody looked`)
        if (says.length > 0) report.failures.push({ command, says })
        onRun(evidence, verdict)
      } catch (error) {
        report.unexplained += 1
        share.unexplained += 1
        report.failures.push({ command, says: [String(error)] })
      }
      report.runs += 1
      share.runs += 1
      if (report.runs === 6) quick.pool.compile()
      if (report.runs === 6) live.hosts.compile()
    }
  }

  const open: Lanes[] = []
  try {
    for (let index = 0; index < Math.min(lanes, count); index += 1)
      open.push({
        live: await createLane({ engine: place, programs, speed: 4 }),
        quick: await createLane({ engine: place, programs, speed: 1_000 }),
      })
    await Promise.all(open.map(work))
  } finally {
    await Promise.all(open.flatMap(({ live, quick }) => [live.close(), quick.close()]))
    await postgres?.stop()
  }
  if (only === undefined && report.dimensions.kills.runs >= cycle)
    report.never_hit = neverHit(report)
  return report
}

/** Two sandboxes: one that makes a video at once, and one that takes its time. */
type Lanes = { live: Lane; quick: Lane }

export declare namespace prove {
  type Options = {
    /** Plays runs of this dimension alone. */
    dimension?: Dimension | undefined
    engine: Engine['name']
    /** Number of the first run, to go on where another process stopped. @default 0 */
    from?: number | undefined
    /** How many runs are under way at the same time. */
    lanes: number
    onRun?: (evidence: Evidence, verdict: Verdict) => void
    /** Plays this run of the dimension alone. */
    only?: number | undefined
    runs: number
    seed: string
    /** Ends it after the runs under way. */
    signal?: AbortSignal | undefined
  }
}

/** Runs from which on the share of ambiguous jobs counts: of fewer, chance alone makes too much. */
const many = 300

/** Longest that something paid for may be left alone while a process lives, in minutes. */
const longestAlone = 2

/** Runs of a dimension from which on it counts how many of them bought something. */
const enough = 10

/**
 * Whether nothing was found that must not be, few jobs ended without an answer, and in each
 * dimension enough was bought for that to mean something.
 */
export function holds(report: Report): boolean {
  const { ambiguous, never_hit: missed, single_fault_runs: single } = report
  const few = single < many || ambiguous * 20 <= single
  const zero =
    counters.every((counter) => report[counter] === 0) &&
    report.left_alone_minutes_max <= longestAlone
  return few && missed.length === 0 && zero && idle(report).length === 0
}

/** Dimensions in which too few runs bought anything. */
export function idle({ dimensions: shares }: Report): Dimension[] {
  return dimensions.filter(
    (name) =>
      shares[name].runs >= enough && shares[name].charged < leastCharged * shares[name].runs,
  )
}

function emptyReport({ engine, seed }: prove.Options): Report {
  const zeros = <name extends string>(names: readonly name[]) =>
    Object.fromEntries(names.map((name) => [name, 0])) as Record<name, number>
  return {
    runs: 0,
    seed,
    engine,
    dimensions: Object.fromEntries(
      dimensions.map((name) => [
        name,
        { runs: 0, charged: 0, ...zeros(counters), left_alone_minutes_max: 0 },
      ]),
    ) as Record<Dimension, Share>,
    kills: 0,
    kills_by_boundary: zeros([...names, 'random']),
    faults_by_kind: zeros(Object.keys(faults) as Kind[]),
    ...zeros(counters),
    left_alone_minutes_max: 0,
    lost_to_outage: 0,
    unrecoverable_by_api: 0,
    lost_by_provider: 0,
    ambiguous: 0,
    ambiguous_without_request_id: 0,
    single_fault_runs: 0,
    frozen: 0,
    never_hit: [],
    failures: [],
    words: Object.fromEntries(sayings.map((name) => [name, { carried_out: 0, said: 0 }])),
  }
}

function add(report: Report, evidence: Evidence, verdict: Verdict): void {
  const { hits, kills, plan, words } = evidence
  for (const { code, word } of words) {
    const count = (report.words[sayingOf(word)] ??= { carried_out: 0, said: 0 })
    count.said += 1
    if (code === undefined) count.carried_out += 1
  }
  report.kills += kills.length
  for (const at of kills) report.kills_by_boundary[at] += 1
  for (const [kind, count] of hits) report.faults_by_kind[kind] += count
  const share = report.dimensions[plan.dimension]
  if (verdict.charged) share.charged += 1
  share.left_alone_minutes_max = Math.max(share.left_alone_minutes_max, verdict.leftAlone)
  for (const { counter } of verdict.findings) {
    report[counter] += 1
    share[counter] += 1
  }
  report.unrecoverable_by_api += verdict.unrecoverable
  report.lost_by_provider += verdict.lostByProvider
  report.lost_to_outage += verdict.lostToOutage
  const most = Math.max(report.left_alone_minutes_max, verdict.leftAlone)
  report.left_alone_minutes_max = most
  if (verdict.frozen) report.frozen += 1

  if (plan.dimension !== 'kills') return
  const others = plan.kinds.filter((kind) => kind !== 'other-request-id')
  if (others.length > 1) return
  if (plan.kinds.includes('other-request-id')) {
    if (verdict.ambiguous) report.ambiguous_without_request_id += 1
    return
  }
  report.single_fault_runs += 1
  if (verdict.ambiguous) report.ambiguous += 1
}

function neverHit({ faults_by_kind: kinds, kills_by_boundary: kills }: Report): string[] {
  const others: readonly string[] = slow
  return Object.entries({ ...kills, ...kinds }).flatMap(([name, count]) =>
    count > 0 || others.includes(name) ? [] : [name],
  )
}
