// `npm run prove:world -- --runs 150 --seed 1 --engine sqlite --json`: see `world/prove.ts`.
import { parseArgs } from 'node:util'

import { type Dimension, dimensions } from './world/dimensions.js'
import { holds, idle, prove, type Report } from './world/prove.js'

const { values } = parseArgs({
  options: {
    dimension: { type: 'string' },
    engine: { default: 'sqlite', type: 'string' },
    from: { default: '0', type: 'string' },
    json: { default: false, type: 'boolean' },
    lanes: { default: '2', type: 'string' },
    only: { type: 'string' },
    runs: { default: '150', type: 'string' },
    seed: { default: '1', type: 'string' },
    verbose: { default: false, type: 'boolean' },
  },
})
const { dimension, engine, json, only, seed, verbose } = values
if (engine !== 'postgres' && engine !== 'sqlite') throw new Error('--engine is sqlite or postgres')
if (dimension !== undefined && !(dimension in dimensions))
  throw new Error(`--dimension is one of ${Object.keys(dimensions).join(', ')}`)

// Whoever loses patience gets what the runs so far came to.
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())

let done = 0
const report = await prove({
  dimension: dimension as Dimension | undefined,
  engine,
  from: Number(values.from),
  lanes: Number(values.lanes),
  onRun({ kills, live, outcomes, plan, told, truth, words }, { findings, leftAlone }) {
    done += 1
    if (verbose)
      console.error(
        JSON.stringify({
          dimension: plan.dimension,
          turn: plan.turn,
          kinds: plan.kinds,
          planned:
            'script' in plan
              ? [plan.varied, ...plan.script.map((one) => JSON.stringify(one))]
              : plan.acts.map(({ advance, parts }) => ({
                  advance,
                  kills: parts.map(({ deed, kill }) => ({ deed, ...kill })),
                })),
          kills,
          outcomes,
          jobs: told[1].jobs.map(({ detail, id, model, status }) => ({
            detail,
            id,
            model,
            status,
          })),
          payments: told[1].payments.map(({ detail, status }) => ({ detail, status })),
          frozen: told[1].state.frozen,
          findings,
          words,
          leftAlone,
          moves: live?.moves,
          requests: truth.requests.map(({ at, fault, path, status }) => [at, path, status, fault]),
        }),
      )
    else if (!json && process.stderr.isTTY) process.stderr.write(`\r${done} of ${values.runs} runs`)
  },
  ...(only !== undefined && { only: Number(only) }),
  runs: Number(values.runs),
  seed,
  signal: stop.signal,
})
console.log(json ? JSON.stringify(report, null, 2) : tableOf(report))
process.exit(holds(report) ? 0 : 1)

/** The same for people. */
function tableOf(report: Report): string {
  const { dimensions: shares, faults_by_kind: kinds, failures, words, ...others } = report
  const { kills_by_boundary: kills, ...rest } = others
  const list = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')
  return [
    ...Object.entries(rest).map(([name, value]) => `${name.padEnd(30)} ${String(value)}`),
    `${'kills_by_boundary'.padEnd(30)} ${list(kills)}`,
    `${'faults_by_kind'.padEnd(30)} ${list(kinds)}`,
    `${'words_carried_out'.padEnd(30)} ${Object.entries(words)
      .map(([name, { carried_out: count, said }]) => `${name} ${count} of ${said}`)
      .join(', ')}`,
    ...Object.entries(shares).flatMap(([name, { charged, runs, ...counts }]) => [
      '',
      `${name}: ${runs} runs, ${charged} reached a charge: ${dimensions[name as Dimension]}`,
      `  ${list(counts)}`,
    ]),
    ...failures.flatMap(({ command, says }) => ['', ...says, `Again: ${command}`]),
    '',
    ...idle(report).map((name) => `Too few runs of ${name} bought anything.`),
    holds(report) ? 'Nothing was paid twice, and nothing was lost.' : 'It does not hold.',
  ].join('\n')
}
