import { faults, type Kind } from '../../../src/sandbox/faults.js'
import { startPostgres } from '../../support/postgres.js'
import { bundleWorker } from '../../crash/bundleWorker.js'
import { type Boundary, names } from './boundaries.js'
import { createLane, type Engine, type Lane } from './createLane.js'
import { counters, judge, type Verdict } from './judge.js'
import { planOf } from './planOf.js'
import { type Evidence, play } from './play.js'

/** A run that found something, with the command that repeats it alone. */
export type Failure = { command: string; says: string[] }

/** What all runs came to. */
export type Report = Record<(typeof counters)[number], number> & {
  ambiguous: number
  ambiguous_without_request_id: number
  engine: Engine['name']
  failures: Failure[]
  faults_by_kind: Record<Kind, number>
  frozen: number
  kills: number
  kills_by_boundary: Record<Boundary | 'random', number>
  /** Files that the provider itself has lost. */
  lost_by_provider: number
  /** Boundaries and kinds of faults that no run has met. */
  never_hit: string[]
  runs: number
  seed: string
  /** Runs with at most one kind of fault; `ambiguous` counts among those whose request ids are queue ids. */
  single_fault_runs: number
  unrecoverable_by_api: number
}

/**
 * Kills buyers at every boundary and at any moment, while the provider fails too, lets them settle,
 * and compares what they say with what the sandbox knows.
 */
export async function prove(options: prove.Options): Promise<Report> {
  const { engine, from = 0, lanes, onRun = () => {}, only, runs, seed, signal } = options
  const program = await bundleWorker('test/prove/crash/worker.mjs')
  const postgres = engine === 'postgres' ? await startPostgres() : undefined
  const report = emptyReport(options)
  const numbers = only === undefined ? Array.from({ length: runs }, (_, run) => from + run) : [only]
  const place: Engine = postgres
    ? { name: 'postgres', schema: 'prove', url: postgres.url }
    : { name: 'sqlite' }

  async function work(lane: Lane): Promise<void> {
    for (let run = numbers.shift(); run !== undefined; run = numbers.shift()) {
      if (signal?.aborted) return
      const command = `npm run prove:crash -- --seed ${seed} --engine ${engine} --only ${run}`
      try {
        const evidence = await play(lane, planOf({ run, seed }))
        const verdict = judge(evidence)
        add(report, evidence, verdict)
        const says = verdict.findings.map(({ counter, says }) => `${counter}: ${says}`)
        if (says.length > 0) report.failures.push({ command, says })
        onRun(evidence, verdict)
      } catch (error) {
        report.unexplained += 1
        report.failures.push({ command, says: [String(error)] })
      }
      report.runs += 1
      if (report.runs === 4) lane.pool.compile()
    }
  }

  const open: Lane[] = []
  try {
    for (let index = 0; index < Math.min(lanes, numbers.length); index += 1)
      open.push(await createLane({ engine: place, program }))
    await Promise.all(open.map(work))
  } finally {
    await Promise.all(open.map((lane) => lane.close()))
    await postgres?.stop()
  }
  if (only === undefined) report.never_hit = neverHit(report)
  return report
}

export declare namespace prove {
  type Options = {
    engine: Engine['name']
    /** Number of the first run, to go on where another process stopped. @default 0 */
    from?: number | undefined
    /** How many runs are under way at the same time. */
    lanes: number
    onRun?: (evidence: Evidence, verdict: Verdict) => void
    /** Plays this run alone. */
    only?: number | undefined
    runs: number
    seed: string
    /** Ends it after the runs under way. */
    signal?: AbortSignal | undefined
  }
}

/** Runs from which on the share of ambiguous jobs counts: of fewer, chance alone makes too much. */
const many = 300

/** Whether nothing was found that must not be, and few jobs ended without an answer. */
export function holds(report: Report): boolean {
  const { ambiguous, never_hit: missed, runs, single_fault_runs: single } = report
  const few = runs < many || ambiguous * 20 <= single
  return few && missed.length === 0 && counters.every((counter) => report[counter] === 0)
}

function emptyReport({ engine, seed }: prove.Options): Report {
  const zeros = <name extends string>(names: readonly name[]) =>
    Object.fromEntries(names.map((name) => [name, 0])) as Record<name, number>
  return {
    runs: 0,
    seed,
    engine,
    kills: 0,
    kills_by_boundary: zeros([...names, 'random']),
    faults_by_kind: zeros(Object.keys(faults) as Kind[]),
    ...zeros(counters),
    unrecoverable_by_api: 0,
    lost_by_provider: 0,
    ambiguous: 0,
    ambiguous_without_request_id: 0,
    single_fault_runs: 0,
    frozen: 0,
    never_hit: [],
    failures: [],
  }
}

function add(report: Report, evidence: Evidence, verdict: Verdict): void {
  const { hits, kills, plan } = evidence
  report.kills += kills.length
  for (const at of kills) report.kills_by_boundary[at] += 1
  for (const [kind, count] of hits) report.faults_by_kind[kind] += count
  for (const { counter } of verdict.findings) report[counter] += 1
  report.unrecoverable_by_api += verdict.unrecoverable
  report.lost_by_provider += verdict.lostByProvider
  if (verdict.frozen) report.frozen += 1

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
  return Object.entries({ ...kills, ...kinds }).flatMap(([name, count]) =>
    count > 0 ? [] : [name],
  )
}
